import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sendingSandbox } from '../support/sending-sandbox.ts'

const { sandbox, receiver, secret } = await sendingSandbox()
const { stripe } = sandbox

const types = () => receiver.received.map(({ event }) => event.type)

describe('A webhook (FACTS 4)', () => {
  it('is signed so that the official client accepts it, with the time of the attempt', async () => {
    const customer = await stripe.customers.create({ name: 'Žofie' })
    await sandbox.settled()
    const [got] = receiver.received
    const event = stripe.webhooks.constructEvent(
      got?.body ?? '',
      got?.headers['stripe-signature'] ?? '',
      secret,
    )
    expect(event).toMatchObject({
      object: 'event',
      type: 'customer.created',
      api_version: '2026-10-28.endive',
      livemode: false,
      pending_webhooks: 1,
      data: { object: { id: customer.id, name: 'Žofie' } },
    })
    expect(event.id).toMatch(/^evt_\w{24}$/)
    expect(() =>
      stripe.webhooks.constructEvent(got?.body ?? '', got?.headers['stripe-signature'] ?? '', 'whsec_other'),
    ).toThrow()
  })

  it('names the request and key that caused it; a DELETE without a key has none', async () => {
    const customer = await stripe.customers.create({}, { idempotencyKey: 'mine' })
    await stripe.customers.del(customer.id)
    await sandbox.settled()
    expect(receiver.received[0]?.event.request).toEqual({
      id: customer.lastResponse.requestId,
      idempotency_key: 'mine',
    })
    expect(receiver.received[1]?.event.request).toMatchObject({ idempotency_key: null })
  })

  it('of a deletion carries the whole customer, without a deleted member', async () => {
    const customer = await stripe.customers.create({ name: 'x' })
    await stripe.customers.del(customer.id)
    await sandbox.settled()
    const { data } = receiver.received[1]?.event ?? {}
    expect(data).toEqual({ object: expect.objectContaining({ id: customer.id, name: 'x', metadata: {} }) })
    expect(data?.object).not.toHaveProperty('deleted')
  })

  it('of a replayed request is not sent again', async () => {
    for (let time = 0; time < 3; time++) await stripe.customers.create({}, { idempotencyKey: 'once' })
    await sandbox.settled()
    expect(types()).toEqual(['customer.created'])
  })

  it('has a header of its time and one signature, over time, dot and the raw body', async () => {
    await stripe.customers.create({ name: 'Žofie' })
    await sandbox.settled()
    const [got] = receiver.received
    const [, time = '', signature] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(got?.headers['stripe-signature'] as string) ?? []
    expect(signature).toBe(createHmac('sha256', secret).update(`${time}.${got?.body}`).digest('hex'))
  })

  it('is an event of exactly these members', async () => {
    const { id } = await stripe.customers.create({})
    await stripe.customers.update(id, { name: 'x' })
    await sandbox.settled()
    const [created, updated] = receiver.received.map(({ event }) => event)
    const members = [
      'id',
      'object',
      'api_version',
      'created',
      'data',
      'livemode',
      'pending_webhooks',
      'request',
      'type',
    ]
    expect(Object.keys(created ?? {})).toEqual(members)
    expect(Object.keys(created?.data ?? {})).toEqual(['object'])
    expect(Object.keys(updated?.data ?? {})).toEqual(['object', 'previous_attributes'])
  })

  it('is never expanded, whatever the request asked for', async () => {
    await stripe.customers.create({ expand: ['tax_ids', 'subscriptions', 'sources', 'cash_balance', 'tax'] })
    await sandbox.settled()
    const object = receiver.received[0]?.event.data.object
    for (const name of ['tax_ids', 'subscriptions', 'sources', 'cash_balance', 'tax'])
      expect(object).not.toHaveProperty(name)
  })

  it('names the first request, also when its answer was replayed, and the request of a DELETE without a key', async () => {
    const first = await stripe.customers.create({}, { idempotencyKey: 'first' })
    await stripe.customers.create({}, { idempotencyKey: 'first' })
    const gone = await stripe.customers.del(first.id)
    await sandbox.settled()
    expect(receiver.received.map(({ event }) => event.request)).toEqual([
      { id: first.lastResponse.requestId, idempotency_key: 'first' },
      { id: gone.lastResponse.requestId, idempotency_key: null },
    ])
  })

  it('is of the version of the account, whatever version the request asked for', async () => {
    await sandbox.request('POST', '/v1/customers', '', { 'Stripe-Version': '2024-06-20' })
    await sandbox.settled()
    expect(receiver.received[0]?.event.api_version).toBe('2026-10-28.endive')
  })
})
