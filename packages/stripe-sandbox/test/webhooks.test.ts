import type Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { startReceiver } from './support/receiver.ts'
import { failureOf, testSandbox } from './support/sandbox.ts'

const receiver = await startReceiver()
const secret = 'whsec_preset'
const sandbox = await testSandbox({
  frozen: true,
  webhooks: [{ url: receiver.url, secret }],
  webhook_retry_seconds: [60, 600],
})
const { stripe } = sandbox

beforeEach(async () => {
  await sandbox.door('POST', '/reset')
  sandbox.set({ event_on_no_change: false, previous_attributes_nested: 'leaf' })
  await sandbox.settled()
  receiver.clear()
})

const types = () => receiver.received.map(({ event }) => event.type)

describe('a webhook', () => {
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
})

describe('previous_attributes', () => {
  const previousOf = async (params: Stripe.CustomerUpdateParams) => {
    const { id } = await stripe.customers.create({
      name: 'old',
      metadata: { a: '1', gone: 'x' },
      address: { city: 'A', line1: '1' },
      preferred_locales: ['en', 'de'],
    })
    await stripe.customers.update(id, params)
    const { data } = await stripe.events.list({ limit: 1, type: 'customer.updated' })
    return data[0]?.data.previous_attributes
  }

  it('hold only what changed, with the old values', async () => {
    expect(await previousOf({ name: 'new', email: 'a@b.c', phone: '' })).toEqual({ name: 'old', email: null })
  })

  it('hold metadata by key, a new key as null, and arrays whole', async () => {
    expect(
      await previousOf({ metadata: { a: '2', gone: '', fresh: 'y' }, preferred_locales: ['en'] }),
    ).toEqual({
      metadata: { a: '1', gone: 'x', fresh: null },
      preferred_locales: ['en', 'de'],
    })
  })

  it('cut nested objects by member, or hold them whole by a setting', async () => {
    expect(await previousOf({ address: { city: 'B' } })).toEqual({ address: { city: 'A' } })
    expect(await previousOf({ address: '' })).toMatchObject({
      address: { city: 'A', line1: '1', country: null },
    })
    sandbox.set({ previous_attributes_nested: 'whole' })
    expect(await previousOf({ address: { city: 'B' } })).toMatchObject({
      address: { city: 'A', line1: '1', country: null },
    })
  })

  it('of an update that changes nothing: no event, or an empty one by a setting', async () => {
    expect(await previousOf({ name: 'old', metadata: { a: '1', never: '' } })).toBeUndefined()
    sandbox.set({ event_on_no_change: true })
    expect(await previousOf({ name: 'old' })).toEqual({})
  })
})

describe('delivery', () => {
  it('is tried again with back-off on the clock, newly signed each time, and counts down pending_webhooks', async () => {
    receiver.script(500, 302)
    const { id } = await stripe.customers.create({})
    await sandbox.settled()
    const pending = async (success: boolean) =>
      (await stripe.events.list({ delivery_success: success })).data.map((event) => event.pending_webhooks)
    expect(await pending(false)).toEqual([1])
    await sandbox.clock.advance(59_000)
    expect(receiver.received).toHaveLength(1)
    await sandbox.clock.advance(1000)
    expect(receiver.received).toHaveLength(2)
    await sandbox.clock.advance(600_000)
    expect(receiver.received).toHaveLength(3)
    expect(await pending(false)).toEqual([])
    expect(await pending(true)).toEqual([0])
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(1)
    expect(receiver.received.every(({ event }) => JSON.stringify(event.data.object).includes(id))).toBe(true)
  })

  it('is given up after the last try; one advance walks through all of them', async () => {
    receiver.script(500, 0, 500, 500, 500)
    await stripe.customers.create({})
    await sandbox.settled()
    await sandbox.clock.advance(30 * 86_400_000 - 1000)
    expect(receiver.received).toHaveLength(3)
    const { json } = await sandbox.door('GET', '/deliveries')
    expect(json['deliveries']).toMatchObject([
      { status: 'failed', attempts: 3, next_at: null, last_result: '500' },
    ])
    expect((await stripe.events.list({ delivery_success: false })).data).toHaveLength(1)
  })

  it('goes on only if the endpoint is enabled when the next try is due', async () => {
    const [endpoint] = (await stripe.webhookEndpoints.list()).data
    receiver.script(500, 500)
    await stripe.customers.create({})
    await sandbox.settled()
    await stripe.webhookEndpoints.update(endpoint?.id ?? '', { disabled: true })
    await stripe.webhookEndpoints.update(endpoint?.id ?? '', { disabled: false })
    await sandbox.clock.advance(60_000)
    expect(receiver.received).toHaveLength(2)
    await stripe.webhookEndpoints.update(endpoint?.id ?? '', { disabled: true })
    await sandbox.clock.advance(600_000)
    await stripe.webhookEndpoints.update(endpoint?.id ?? '', { disabled: false })
    await sandbox.clock.advance(86_400_000)
    expect(receiver.received).toHaveLength(2)
  })

  it('goes to every enabled endpoint that asks for the type, in its version', async () => {
    const other = await startReceiver()
    const endpoint = await stripe.webhookEndpoints.create({
      url: other.url,
      enabled_events: ['customer.deleted'],
      api_version: '2026-09-30.endive',
    })
    const { id } = await stripe.customers.create({})
    await stripe.customers.del(id)
    await sandbox.settled()
    expect(types()).toEqual(['customer.created', 'customer.deleted'])
    const [got] = other.received
    expect(got?.event).toMatchObject({
      type: 'customer.deleted',
      api_version: '2026-09-30.endive',
      pending_webhooks: 2,
    })
    stripe.webhooks.constructEvent(
      got?.body ?? '',
      got?.headers['stripe-signature'] ?? '',
      endpoint.secret ?? '',
    )
  })

  it('owed at a reset is forgotten', async () => {
    receiver.script(500)
    await stripe.customers.create({})
    await sandbox.settled()
    await sandbox.door('POST', '/reset')
    await sandbox.clock.advance(86_400_000)
    expect(receiver.received).toHaveLength(1)
    await stripe.customers.create({})
    await sandbox.settled()
    expect(receiver.received).toHaveLength(2)
  })
})

describe('webhook faults', () => {
  const rule = (action: object, more: object = {}) =>
    sandbox.door('POST', '/faults', { on: 'webhook', times: 1, ...more, action })

  it('drop an event for good, or as a failed try', async () => {
    await rule({ kind: 'drop' })
    await stripe.customers.create({ name: 'lost' })
    await stripe.customers.create({ name: 'kept' })
    await sandbox.settled()
    await sandbox.clock.advance(86_400_000)
    expect(receiver.received.map(({ event }) => JSON.stringify(event.data.object).includes('kept'))).toEqual([
      true,
    ])
    receiver.clear()
    await rule({ kind: 'drop', retry: true })
    await stripe.customers.create({})
    await sandbox.settled()
    expect(receiver.received).toHaveLength(0)
    await sandbox.clock.advance(60_000)
    expect(receiver.received).toHaveLength(1)
  })

  it('duplicate and reorder deliveries', async () => {
    await rule({ kind: 'duplicate', count: 2 }, { event_type: 'customer.*' })
    await stripe.customers.create({})
    await sandbox.settled()
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(1)
    expect(receiver.received).toHaveLength(3)
    receiver.clear()
    await rule({ kind: 'reorder', behind: 1, ms: 60_000 }, { event_type: 'customer.created' })
    const { id } = await stripe.customers.create({})
    await stripe.customers.update(id, { name: 'later' })
    await sandbox.settled()
    expect(types()).toEqual(['customer.updated', 'customer.created'])
  })
})

describe('a webhook endpoint', () => {
  it('shows its secret once, and lives through update and deletion', async () => {
    const made = await stripe.webhookEndpoints.create({
      url: receiver.url,
      enabled_events: ['customer.created'],
      metadata: { a: '1' },
    })
    expect(made.secret).toMatch(/^whsec_\w{32}$/)
    const read = await stripe.webhookEndpoints.retrieve(made.id)
    expect(read).not.toHaveProperty('secret')
    expect(read).toMatchObject({
      status: 'enabled',
      enabled_events: ['customer.created'],
      api_version: null,
      application: null,
    })
    const changed = await stripe.webhookEndpoints.update(made.id, {
      disabled: true,
      description: 'd',
      enabled_events: ['*'],
      metadata: { a: '' },
    })
    expect(changed).toMatchObject({
      status: 'disabled',
      description: 'd',
      enabled_events: ['*'],
      metadata: {},
    })
    expect(await stripe.webhookEndpoints.del(made.id)).toMatchObject({ id: made.id, deleted: true })
    expect(await failureOf(stripe.webhookEndpoints.retrieve(made.id))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    })
  })

  it.each([
    ['no url', { enabled_events: ['*'] }, 'url'],
    ['a bad url', { url: 'nope', enabled_events: ['*'] }, 'url'],
    ['an unknown type', { url: 'http://x.y', enabled_events: ['customer.nope'] }, 'enabled_events[0]'],
    ['no types', { url: 'http://x.y' }, 'enabled_events'],
  ])('with %s is refused', async (_what, params, param) => {
    // The point is to send what the types forbid.
    const refused = await failureOf(
      stripe.webhookEndpoints.create(params as Stripe.WebhookEndpointCreateParams),
    )
    expect(refused).toMatchObject({ statusCode: 400, param })
  })
})
