import { beforeEach, describe, expect, it } from 'vitest'
import { eventTypes, eventTypesOf } from '../src/events/event-types.ts'
import { startReceiver } from './support/receiver.ts'
import { testSandbox } from './support/sandbox.ts'

const receiver = await startReceiver()
const sandbox = await testSandbox({ frozen: true, webhooks: [{ url: receiver.url, secret: 'whsec_1' }] })
beforeEach(() => sandbox.door('POST', '/reset'))

describe('an event of each type can be triggered', () => {
  it.each(eventTypes)('%s, and really comes', async (type) => {
    const { status, json } = await sandbox.door('POST', '/trigger', { type })
    expect([status, json]).toEqual([200, { type, events: [expect.stringMatching(/^evt_/)] }])
    const { json: kept } = await sandbox.door('GET', '/events')
    const ids = Array.isArray(json['events']) ? json['events'] : []
    expect(kept['events']).toContainEqual(expect.objectContaining({ id: ids[0], type }))
    await sandbox.settled()
    // What is thin only goes to destinations alone.
    const got = receiver.received.filter(({ event }) => event.id === ids[0])
    expect(got).toHaveLength(/^v\d\./.test(type) ? 0 : 1)
  })
})

it('a triggered event is caused by calls that are in the log, and no limit or fault touches them', async () => {
  sandbox.set({ limits: 'sandbox', endpoint_limit: 1, account_limit: 1 })
  sandbox.faults.add({ action: { kind: 'cut', when: 'before' } })
  const { status } = await sandbox.door('POST', '/trigger', { type: 'customer.updated' })
  sandbox.set({ limits: 'off' })
  expect(status).toBe(200)
  expect(sandbox.requests().map(({ method, path, status: got }) => [method, path.slice(0, 17), got])).toEqual(
    [
      ['POST', '/v1/customers', 200],
      ['POST', '/v1/customers/cus', 200],
    ],
  )
  expect(sandbox.faults.list()).toMatchObject([{ matched: 0 }])
})

it('a thin name triggers its twin; a ping reaches the destination that there is', async () => {
  expect((await sandbox.door('POST', '/trigger', { type: 'v1.customer.created' })).json).toMatchObject({
    type: 'customer.created',
  })
  const { stripe } = sandbox
  const destination = await stripe.v2.core.eventDestinations.create({
    name: 'd',
    type: 'webhook_endpoint',
    event_payload: 'thin',
    enabled_events: ['v1.customer.created'],
    webhook_endpoint: { url: receiver.url },
  })
  receiver.clear()
  await sandbox.door('POST', '/trigger', { type: 'v2.core.event_destination.ping' })
  await sandbox.settled()
  expect(receiver.received.map(({ body }) => JSON.parse(body).related_object.id)).toEqual([destination.id])
})

it('a name that is none is refused with those that are near', async () => {
  const { status, json } = await sandbox.door('POST', '/trigger', { type: 'coupon.change' })
  expect([status, json['error']]).toEqual([
    400,
    'no event is called coupon.change; type must be one of coupon.created, coupon.deleted, coupon.updated',
  ])
  expect((await sandbox.door('POST', '/trigger', {})).json['error']).toContain('customer.created')
  expect((await sandbox.door('POST', '/trigger', { type: 'coupon.*' })).status).toBe(400)
})

it('a pattern means all that begin so', () => {
  expect(eventTypesOf('coupon.*')).toEqual(['coupon.created', 'coupon.deleted', 'coupon.updated'])
  expect(eventTypesOf('*')).toEqual(eventTypes)
  expect(eventTypesOf('v1.customer.created')).toEqual(['customer.created'])
  expect(eventTypesOf('customer.subscription.past_due')).toEqual(['v1.customer.subscription.past_due'])
  expect(eventTypesOf('coupon')).toEqual([])
})
