import { appendEvents } from '@lockstep/domain/store/append-events'
import type { Store } from '@lockstep/domain/store/store'
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { startGateway, type TestGateway } from './support/gateway.ts'

const at = Date.parse('2026-01-01T00:00:00Z')

interface Entry {
  kind: string
  id: string
  at: string
}

/** A customer with a Stripe customer, and nothing on its timeline but its create. */
async function linked(gateway: TestGateway): Promise<{ id: string; stripeId: string }> {
  const { body } = await gateway.call('POST', '/v1/customers', { json: { key: randomUUID() } })
  const { id } = body.data
  await gateway.worker.sync({ tenantId: 'default', customerId: id })
  const read = await gateway.call('GET', `/v1/customers/${id}`)
  return { id, stripeId: read.body.data.stripe_customer_id }
}

async function tell(store: Store, customerId: string, told: { id: string; at: number }): Promise<void> {
  const { id, at: when } = told
  const event = { _id: id, tenant_id: 'default', customer_id: customerId, seq: 1, at: when }
  await appendEvents(store, 'default', [{ ...event, type: 'customer.updated', data: '{"by":"api"}' }])
}

function stripeEvent(stripeId: string, id: string, received_at: number) {
  return {
    _id: `default/${id}`,
    tenant_id: 'default',
    event_id: id,
    type: 'customer.updated',
    stripe_customer_id: stripeId,
    idempotency_key: null,
    lockstep_id: null,
    previous_attributes: '{"name":"Before"}',
    created: received_at / 1000,
    received_at,
    done_at: null,
    outcome: null,
  }
}

function stripeCall(customerId: string, id: string, when: number) {
  const whose = { tenant_id: 'default', customer_id: customerId, stripe_id: null }
  const call = { endpoint: 'GET /v1/customers/{id}', answer: 'ok' as const, status: null }
  return { _id: id, ...whose, at: when, ...call, request_id: 'req_1', ms: 4 }
}

/** Every page, one after the other. */
async function pagesOf(gateway: TestGateway, id: string, limit: number): Promise<Entry[][]> {
  const pages: Entry[][] = []
  for (let after = ''; ; ) {
    const { status, body } = await gateway.call('GET', `/v1/customers/${id}/timeline?limit=${limit}${after}`)
    expect(status).toBe(200)
    pages.push(body.data)
    expect(body.has_more).toBe(body.next_after !== null)
    if (!body.has_more) return pages
    after = `&after=${body.next_after}`
  }
}

test('operations, events, Stripe’s events and calls of one customer are woven together, newest first', async () => {
  const gateway = await startGateway()
  const { id, stripeId } = await linked(gateway)
  const other = await linked(gateway)
  const { store, call } = gateway
  const later = Date.now() + 1_000
  await store.insertStripeEvents([stripeEvent(stripeId, 'evt_mine', later)])
  await store.insertStripeEvents([stripeEvent(other.stripeId, 'evt_other', later)])
  await store.insertStripeCall(stripeCall(id, 'call', later + 1))
  await store.insertStripeCall(stripeCall(other.id, 'other-call', later + 1))
  await tell(store, id, { id: 'told', at: later + 2 })
  await tell(store, other.id, { id: 'told-other', at: later + 2 })
  await call('POST', `/v1/customers/${id}/archive`)
  const { body } = await call('GET', `/v1/customers/${id}/timeline`)
  expect(body.data.map(({ kind }: Entry) => kind)).toEqual([
    'event',
    'stripe_call',
    'stripe_event',
    'operation',
    'operation',
  ])
  const [event, made, received, archive, create] = body.data
  expect(event.event).toMatchObject({ type: 'customer.updated', data: { by: 'api' } })
  expect(made.stripe_call).toMatchObject({ request_id: 'req_1', endpoint: 'GET /v1/customers/{id}' })
  expect(received.stripe_event).toMatchObject({ id: 'evt_mine', state: 'waiting', outcome: null })
  expect(archive.operation).toMatchObject({ kind: 'archive', status: 'applied', code: null })
  expect(create.operation).toMatchObject({ kind: 'create', status: 'applied', reason: null })
  expect(create.operation.actor).toMatch(/^key_/)
})

test.each([1, 2, 3, 7])(
  'pages of %i hold each entry once, also of one moment and of clocks that disagree',
  async (limit) => {
    const gateway = await startGateway()
    const { id, stripeId } = await linked(gateway)
    const { store } = gateway
    const expected: string[] = []
    for (let n = 0; n < 12; n++) {
      const name = String(n).padStart(2, '0')
      expected.push(`evt_${name}`, `call_${name}`, `told_${name}`)
      await store.insertStripeEvents([stripeEvent(stripeId, `evt_${name}`, at)])
      await store.insertStripeCall(stripeCall(id, `call_${name}`, at))
      // A log is in the order of its positions, whatever the clocks of its writers said.
      await tell(store, id, { id: `told_${name}`, at: at + (n % 3) * 1_000 })
    }
    const pages = await pagesOf(gateway, id, limit)
    const [created, ...seen] = pages.flat().map((entry) => entry.id)
    expect(created).not.toContain('_')
    expect(seen.toSorted()).toEqual(expected.toSorted())
    expect(pages.slice(0, -1).map((page) => page.length)).toEqual(pages.slice(1).map(() => limit))
  },
)

test('what is written between two pages repeats nothing and hides nothing', async () => {
  const gateway = await startGateway()
  const { id } = await linked(gateway)
  for (let n = 0; n < 4; n++) await tell(gateway.store, id, { id: `told_${n}`, at: Date.now() + n })
  const first = await gateway.call('GET', `/v1/customers/${id}/timeline?limit=2`)
  await tell(gateway.store, id, { id: 'late', at: Date.now() + 100 })
  const rest = await gateway.call('GET', `/v1/customers/${id}/timeline?after=${first.body.next_after}`)
  const ids = (called: typeof first) => called.body.data.map((entry: Entry) => entry.id)
  expect(ids(first)).toEqual(['told_3', 'told_2'])
  expect(ids(rest).slice(0, 2)).toEqual(['told_1', 'told_0'])
})

test('what Stripe wrote of a former Stripe customer stays on the timeline', async () => {
  const gateway = await startGateway()
  const { id, stripeId } = await linked(gateway)
  const doc = await gateway.store.readCustomer({ tenantId: 'default', customerId: id })
  if (!doc) throw new Error('no customer')
  const { stripe_id: _, ...unlinked } = doc
  await gateway.store.replaceCustomer({ ...unlinked, former_stripe_ids: [stripeId] })
  await gateway.store.insertStripeEvents([stripeEvent(stripeId, 'evt_former', at)])
  const { body } = await gateway.call('GET', `/v1/customers/${id}/timeline`)
  expect(body.data.map((entry: Entry) => entry.id)).toContain('evt_former')
})

test('a timeline shows nobody else’s customer, and a cursor that is none names the parameter', async () => {
  const gateway = await startGateway()
  const { id } = await linked(gateway)
  const stranger = await gateway.addKey({ tenantId: 'other' })
  const foreign = await gateway.call('GET', `/v1/customers/${id}/timeline`, { key: stranger })
  expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found'])
  for (const after of ['x', '', 'e30x', Buffer.from('{"event":"1"}').toString('base64url')]) {
    const { status, body } = await gateway.call('GET', `/v1/customers/${id}/timeline?after=${after}`)
    expect([after, status, body.errors?.[0]?.field]).toEqual([after, 422, 'after'])
  }
  for (const limit of ['0', '101', '-1', 'x']) {
    const { status, body } = await gateway.call('GET', `/v1/customers/${id}/timeline?limit=${limit}`)
    expect([limit, status, body.errors?.[0]?.field]).toEqual([limit, 422, 'limit'])
  }
})
