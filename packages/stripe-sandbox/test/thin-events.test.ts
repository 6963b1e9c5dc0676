import { expect, it } from 'vitest'
import { startReceiver } from './support/receiver.ts'
import { failureOf, testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox
const receiver = await startReceiver()

const destination = await stripe.v2.core.eventDestinations.create({
  name: 'thin',
  type: 'webhook_endpoint',
  event_payload: 'thin',
  enabled_events: ['v1.customer.created', 'v1.customer.updated'],
  webhook_endpoint: { url: receiver.url },
  include: ['webhook_endpoint.signing_secret', 'webhook_endpoint.url'],
})
const secret = destination.webhook_endpoint?.signing_secret ?? ''

it('a thin event is signed, names its object, and is fetched whole with its changes, cause and twin', async () => {
  const { id } = await stripe.customers.create({ name: 'old' })
  await stripe.customers.update(id, { name: 'new' }, { idempotencyKey: 'mine' })
  await stripe.customers.del(id)
  await sandbox.settled()
  expect(receiver.received).toHaveLength(2)
  const got = receiver.received[1]
  const notice = stripe.parseEventNotification(
    got?.body ?? '',
    got?.headers['stripe-signature'] ?? '',
    secret,
  )
  expect(() =>
    stripe.webhooks.constructEvent(got?.body ?? '', got?.headers['stripe-signature'] ?? '', secret),
  ).toThrow()
  expect(notice).toMatchObject({
    object: 'v2.core.event',
    type: 'v1.customer.updated',
    livemode: false,
    related_object: { id, type: 'customer', url: `/v1/customers/${id}` },
  })
  expect(JSON.parse(got?.body ?? '{}')).not.toHaveProperty('reason')
  const event = await stripe.v2.core.events.retrieve(notice.id)
  const [twin] = (await stripe.events.list({ type: 'customer.updated' })).data
  expect(event).toMatchObject({
    id: notice.id,
    changes: { name: 'old' },
    snapshot_event: twin?.id,
    reason: { type: 'request', request: { idempotency_key: 'mine' } },
  })
  expect(new Date(event.created).getTime()).toBe(sandbox.clock.now() - (sandbox.clock.now() % 1000))
  const listed = await stripe.v2.core.events.list({ object_id: id })
  expect(listed.data.map(({ type }) => type)).toEqual([
    'v1.customer.deleted',
    'v1.customer.updated',
    'v1.customer.created',
  ])
  expect(await failureOf(stripe.v2.core.events.retrieve('evt_65nope'))).toMatchObject({ statusCode: 404 })
})

it('a destination shows url and secret only when asked, is switched off and on, pinged, changed and deleted', async () => {
  expect(secret).toMatch(/^whsec_/)
  const read = await stripe.v2.core.eventDestinations.retrieve(destination.id)
  expect(read).toMatchObject({
    object: 'v2.core.event_destination',
    status: 'enabled',
    event_payload: 'thin',
    webhook_endpoint: {},
  })
  expect(read.webhook_endpoint).toEqual({})
  expect((await stripe.v2.core.eventDestinations.disable(destination.id)).status).toBe('disabled')
  receiver.clear()
  await stripe.customers.create({})
  await sandbox.settled()
  expect((await stripe.v2.core.eventDestinations.enable(destination.id)).status).toBe('enabled')
  await stripe.v2.core.eventDestinations.ping(destination.id)
  await sandbox.settled()
  expect(receiver.received.map(({ event }) => event.type)).toEqual(['v2.core.event_destination.ping'])
  expect((await stripe.events.list({ limit: 1 })).data[0]?.type).toBe('customer.created')
  const changed = await stripe.v2.core.eventDestinations.update(destination.id, {
    description: 'd',
    metadata: { a: '1' },
  })
  expect(changed).toMatchObject({ description: 'd', metadata: { a: '1' } })
  expect((await stripe.v2.core.eventDestinations.list()).data.map(({ id }) => id)).toEqual([destination.id])
  expect(await stripe.v2.core.eventDestinations.del(destination.id)).toMatchObject({ id: destination.id })
  expect(await failureOf(stripe.v2.core.eventDestinations.retrieve(destination.id))).toMatchObject({
    statusCode: 404,
  })
})

it('a destination of snapshots receives what a webhook endpoint does', async () => {
  receiver.clear()
  const made = await stripe.v2.core.eventDestinations.create({
    name: 's',
    type: 'webhook_endpoint',
    event_payload: 'snapshot',
    enabled_events: ['customer.created'],
    webhook_endpoint: { url: receiver.url },
    include: ['webhook_endpoint.signing_secret'],
  })
  const { id } = await stripe.customers.create({})
  await sandbox.settled()
  const [got] = receiver.received
  const event = stripe.webhooks.constructEvent(
    got?.body ?? '',
    got?.headers['stripe-signature'] ?? '',
    made.webhook_endpoint?.signing_secret ?? '',
  )
  expect(event).toMatchObject({ object: 'event', type: 'customer.created', data: { object: { id } } })
})

it('v2 keys hold for POST and DELETE, and a failed request is executed again', async () => {
  const headers = { 'Idempotency-Key': 'v2', 'Content-Type': 'application/json' }
  const body = JSON.stringify({
    name: 'n',
    type: 'webhook_endpoint',
    event_payload: 'thin',
    enabled_events: ['*'],
    webhook_endpoint: { url: receiver.url },
  })
  const first = await sandbox.request('POST', '/v2/core/event_destinations', body, headers)
  const again = await sandbox.request('POST', '/v2/core/event_destinations', body, headers)
  expect([again.json['id'], again.headers.get('idempotent-replayed')]).toEqual([first.json['id'], 'true'])
  const path = `/v2/core/event_destinations/${String(first.json['id'])}`
  const gone = await sandbox.request('DELETE', path, undefined, { 'Idempotency-Key': 'gone' })
  const goneAgain = await sandbox.request('DELETE', path, undefined, { 'Idempotency-Key': 'gone' })
  expect([gone.status, goneAgain.status]).toEqual([200, 200])
  const missing = await sandbox.request('POST', path, '{}', { 'Idempotency-Key': 'missing' })
  const missingAgain = await sandbox.request('POST', path, '{}', { 'Idempotency-Key': 'missing' })
  expect([missing.status, missingAgain.status, missingAgain.headers.get('idempotent-replayed')]).toEqual([
    404,
    404,
    null,
  ])
})

it.each([
  '{',
  '[]',
  '{"nope":1}',
  '{"name":{"a":1},"type":"webhook_endpoint","event_payload":"thin","enabled_events":[]}',
  '{"name":"x"}',
])('the body %s is refused', async (body) => {
  expect(
    (
      await sandbox.request('POST', '/v2/core/event_destinations', body, {
        'Content-Type': 'application/json',
      })
    ).status,
  ).toBe(400)
})
