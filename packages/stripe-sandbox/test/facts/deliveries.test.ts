import { describe, expect, it } from 'vitest'
import { startSandbox } from '../../src/index.ts'
import { startReceiver } from '../support/receiver.ts'
import { sendingSandbox } from '../support/sending-sandbox.ts'

const { sandbox, receiver } = await sendingSandbox({ webhook_retry_seconds: [60, 600] })
const { stripe } = sandbox

const types = () => receiver.received.map(({ event }) => event.type)

describe('A delivery (FACTS 4)', () => {
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

  it('that failed is found among the events by that, type and time, to be asked for again', async () => {
    receiver.script(200, 500, 500)
    const { id } = await stripe.customers.create({})
    await sandbox.settled()
    await stripe.customers.update(id, { name: 'x' })
    await sandbox.settled()
    await stripe.customers.del(id)
    await sandbox.settled()
    const [first] = (await stripe.events.list({ type: 'customer.created' })).data
    const missed = await stripe.events.list({
      delivery_success: false,
      types: ['customer.updated', 'customer.created'],
      ending_before: first?.id ?? '',
    })
    expect(missed.data.map(({ type }) => type)).toEqual(['customer.updated'])
  })

  it('is signed again for each attempt, at the time of the attempt', async () => {
    sandbox.set({ signature_clock: 'sandbox' })
    receiver.script(500)
    await stripe.customers.create({})
    await sandbox.settled()
    await sandbox.clock.advance(60_000)
    const signatures = receiver.received.map(({ headers }) => String(headers['stripe-signature']))
    const times = signatures.map((one) => Number(/t=(\d+)/.exec(one)?.[1]))
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(60)
    expect(new Set(signatures.map((one) => one.split('v1=')[1])).size).toBe(2)
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body)
    sandbox.set({ signature_clock: 'wall' })
  })

  it('by hand is newly signed, also after it was taken, and stops no attempt that is still to come', async () => {
    receiver.script(500)
    await stripe.customers.create({})
    await sandbox.settled()
    const id = receiver.received[0]?.event.id ?? ''
    const { json } = await sandbox.door('POST', `/events/${id}/resend`)
    expect(json['sent']).toMatchObject([{ ok: true, result: '200' }])
    await sandbox.clock.advance(60_000)
    expect(receiver.received.map(({ event }) => event.id)).toEqual([id, id, id])
    expect((await sandbox.door('POST', `/events/${id}/resend`)).json['sent']).toMatchObject([{ ok: true }])
    expect((await sandbox.door('POST', '/events/evt_nope/resend')).status).toBe(400)
  })
})

describe('Attempts by the default settings (FACTS 4)', () => {
  it.each([
    ['test', 3, 6],
    ['live', 11, 72],
  ])('in %s mode are %i within %i hours, with growing waits', async (mode, attempts, hours) => {
    const own = await startSandbox({ latency: 0, limits: 'off', frozen: true })
    const client = sandbox.client(`sk_${mode}_waits`, { port: own.port })
    await client.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] })
    receiver.script(...Array.from({ length: 20 }, () => 500))
    await client.customers.create({})
    await own.settled()
    await own.clock.advance(hours * 3_600_000)
    const tried = receiver.received.length
    await own.clock.advance(20 * 86_400_000)
    await own.close()
    expect([tried, receiver.received.length]).toEqual([attempts, attempts])
  })
})
