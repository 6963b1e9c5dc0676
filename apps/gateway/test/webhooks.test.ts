import Stripe from 'stripe'
import { expect, test } from 'vitest'
import { secondWebhookSecret, startGateway, webhookSecret } from './support/gateway.ts'
import { snapshotEvent, thinEvent } from './support/stripe-events.ts'

const now = () => Math.floor(Date.now() / 1000)

test('a signed event is stored once, rings once for its customer, and can be read', async () => {
  const { call, webhook, worker } = await startGateway()
  const event = snapshotEvent()
  const first = await webhook(event)
  const again = await webhook(event)
  expect([first.status, first.body, again.status]).toEqual([200, { received: true }, 200])
  expect(worker.rung).toEqual([{ kind: 'stripe_customer', tenantId: 'default', id: 'cus_ada' }])
  const read = await call('GET', `/v1/stripe-events/${String(event.id)}`)
  expect(read.body.data).toMatchObject({
    id: event.id,
    type: 'customer.updated',
    state: 'waiting',
    outcome: null,
    stripe_customer_id: 'cus_ada',
  })
})

test('of the payload only what the sync needs is kept', async () => {
  const { webhook, store } = await startGateway()
  const lockstepId = '0199b7a0-0000-7000-8000-000000000001'
  const event = snapshotEvent({
    request: { id: 'req_1', idempotency_key: 'ls:update:1:1.1' },
    data: {
      object: {
        id: 'cus_ada',
        object: 'customer',
        email: 'secret@example.com',
        metadata: { lockstep_id: lockstepId },
      },
      previous_attributes: { name: 'A' },
    },
  })
  await webhook(event)
  const kept = await store.readStripeEvent('default', String(event.id))
  expect(kept).toMatchObject({
    idempotency_key: 'ls:update:1:1.1',
    lockstep_id: lockstepId,
    previous_attributes: '{"name":"A"}',
    created: event.created,
  })
  expect(JSON.stringify(kept)).not.toContain('secret@example.com')
})

test.each([
  [
    'a type nobody knows',
    snapshotEvent({ type: 'moon.landed', data: { object: { id: 'moon_1', object: 'moon' } } }),
    null,
  ],
  [
    'a subscription',
    snapshotEvent({
      type: 'customer.subscription.updated',
      data: {
        object: { id: 'sub_1', object: 'subscription', customer: 'cus_b' },
        previous_attributes: { status: 'x' },
      },
    }),
    'cus_b',
  ],
  [
    'an expanded customer',
    snapshotEvent({
      type: 'invoice.paid',
      data: { object: { id: 'in_1', object: 'invoice', customer: { id: 'cus_c' } } },
    }),
    'cus_c',
  ],
  [
    'a detached payment method',
    snapshotEvent({
      type: 'payment_method.detached',
      data: {
        object: { id: 'pm_1', object: 'payment_method', customer: null },
        previous_attributes: { customer: 'cus_d' },
      },
    }),
    'cus_d',
  ],
  ['a thin event', thinEvent(), 'cus_ada'],
  [
    'a thin event about another object',
    thinEvent({
      type: 'v2.core.account[requirements].updated',
      related_object: { id: 'acct_1', type: 'v2.core.account', url: '/x' },
    }),
    null,
  ],
])('%s is answered 200 and kept', async (_name, event, customer) => {
  const { webhook, store } = await startGateway()
  expect((await webhook(event)).status).toBe(200)
  const kept = await store.readStripeEvent('default', String(event.id))
  // What speaks of no customer has nothing to wait for.
  const outcome = customer === null ? 'not_mirrored' : null
  expect(kept).toMatchObject({ stripe_customer_id: customer, type: event.type, outcome })
})

test('previous attributes are kept of customers alone', async () => {
  const { webhook, store } = await startGateway()
  const event = snapshotEvent({
    data: {
      object: { id: 'sub_1', object: 'subscription', customer: 'cus_b' },
      previous_attributes: { status: 'x' },
    },
  })
  await webhook(event)
  expect((await store.readStripeEvent('default', String(event.id)))?.previous_attributes).toBeNull()
})

test('during a rotation both secrets are good, and a header with several signatures', async () => {
  const { webhook } = await startGateway()
  expect((await webhook(snapshotEvent(), { secret: secondWebhookSecret })).status).toBe(200)
  const payload = JSON.stringify(snapshotEvent())
  const [good] = Stripe.webhooks
    .generateTestHeaderString({ payload, secret: webhookSecret, timestamp: now() })
    .split(',v1=')
    .slice(1)
  const header = `t=${now()},v0=0,v1=${'0'.repeat(64)},v1=${good}`
  expect((await webhook(payload, { header })).status).toBe(200)
})

test.each([
  ['another secret', { secret: 'whsec_somebody_else' }, 'bad_signature'],
  ['no signature', { header: '' }, 'bad_signature'],
  ['a header that is none', { header: 'v1' }, 'bad_signature'],
  ['an old timestamp', { timestamp: now() - 400 }, 'bad_timestamp'],
  ['a far-future timestamp', { timestamp: now() + 400 }, 'bad_timestamp'],
])('%s is 400 and leaves no trace', async (_name, options, code) => {
  const { webhook, store, worker } = await startGateway()
  const event = snapshotEvent()
  const refused = await webhook(event, options)
  expect([refused.status, refused.body.code]).toEqual([400, code])
  expect(await store.readStripeEvent('default', String(event.id))).toBeNull()
  expect(worker.rung).toEqual([])
})

test('one changed byte breaks the signature', async () => {
  const { webhook } = await startGateway()
  const payload = JSON.stringify(snapshotEvent())
  const header = Stripe.webhooks.generateTestHeaderString({
    payload,
    secret: webhookSecret,
    timestamp: now(),
  })
  expect((await webhook(payload.replace('Ada', 'Eve'), { header })).body.code).toBe('bad_signature')
})

test.each([
  ['of the other mode', snapshotEvent({ livemode: true })],
  ['of another account', snapshotEvent({ account: 'acct_other' })],
  ['of another account, thin', thinEvent({ context: 'acct_other/cus_1' })],
])('an event %s is 400 wrong_mode and not stored', async (_name, event) => {
  const { webhook, store } = await startGateway()
  const refused = await webhook(event)
  expect([refused.status, refused.body.code]).toEqual([400, 'wrong_mode'])
  expect(await store.readStripeEvent('default', String(event.id))).toBeNull()
})

test('a webhook may name its tenant; one that does not exist is 404', async () => {
  const { webhook, store } = await startGateway()
  const event = snapshotEvent({ account: 'acct_ours' })
  expect((await webhook(event, { path: '/webhooks/stripe/default' })).status).toBe(200)
  expect(await store.readStripeEvent('default', String(event.id))).not.toBeNull()
  expect((await webhook(snapshotEvent(), { path: '/webhooks/stripe/nobody' })).body.code).toBe('not_found')
})

test('a signed body that is no event is refused', async () => {
  const { webhook } = await startGateway()
  expect((await webhook('{"id":')).body.code).toBe('malformed_json')
  expect((await webhook({ id: 'evt_1', object: 'event' })).body.code).toBe('invalid_request')
})

test('a body over a megabyte is 413, another content type 415', async () => {
  const { webhook, call } = await startGateway()
  const large = snapshotEvent({
    data: { object: { id: 'cus_1', object: 'customer', description: 'x'.repeat(1024 * 1024) } },
  })
  expect((await webhook(large)).body.code).toBe('too_large')
  const text = await call('POST', '/webhooks/stripe', {
    raw: '{}',
    headers: { 'Content-Type': 'text/plain' },
  })
  expect(text.body.code).toBe('unsupported_media_type')
})

test('with the database away a webhook is 503, so that Stripe sends it again', async () => {
  const { webhook, away } = await startGateway()
  away(true)
  const event = snapshotEvent()
  const refused = await webhook(event)
  expect([refused.status, refused.body.code]).toEqual([503, 'unavailable'])
  away(false)
  expect((await webhook(event)).status).toBe(200)
})

test('many deliveries at once are all stored', async () => {
  const { webhook, store } = await startGateway()
  const events = Array.from({ length: 60 }, () => snapshotEvent())
  const answers = await Promise.all([...events, ...events].map((event) => webhook(event)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect((await store.backlog()).waitingStripeEvents).toBe(60)
})
