import { appendEvents } from '@lockstep/domain/store/append-events'
import { mirrorShows } from '@lockstep/domain/mirror/kinds'
import { mirroredId } from '@lockstep/domain/mirror/mirrored'
import { expect, test } from 'vitest'
import { exportAnswered } from '../src/export/export-route.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

const at = Date.parse('2026-01-01T00:00:00Z')
/** More than one read takes of a record. */
const many = 120

async function linked(gateway: TestGateway, key: string): Promise<{ id: string; stripeId: string }> {
  const { body } = await gateway.call('POST', '/v1/customers', { json: { key, name: 'Ada' } })
  const { id } = body.data
  await gateway.worker.sync({ tenantId: 'default', customerId: id })
  const read = await gateway.call('GET', `/v1/customers/${id}`)
  return { id, stripeId: read.body.data.stripe_customer_id }
}

/** Many records of each kind; their numbers stand in their ids. */
async function fill({ store }: TestGateway, { id, stripeId }: { id: string; stripeId: string }) {
  const tenant_id = 'default'
  const numbers = Array.from({ length: many }, (_, n) => n)
  await store.insertOperations(
    numbers.map((n) => ({
      _id: crypto.randomUUID(),
      tenant_id,
      customer_id: id,
      number: 1_000 + n,
      status: 'accepted' as const,
      body: { kind: 'report_usage', event_name: 'calls', value: n, identifier: `u-${n}`, at: at / 1000 },
      if_match: null,
      api_key_id: 'key_1',
      request_hash: 'hash',
      accepted_at: at,
    })),
  )
  const event = { tenant_id, customer_id: id, at }
  await appendEvents(
    store,
    tenant_id,
    numbers.map((n) => ({
      ...event,
      _id: `event-${n}`,
      seq: n + 1,
      type: n % 2 === 0 ? 'entitlement.checked' : 'billing.seen',
      data: JSON.stringify({ n }),
    })),
  )
  const stripeEvent = { tenant_id, stripe_customer_id: stripeId, idempotency_key: null, lockstep_id: null }
  await store.insertStripeEvents(
    numbers.map((n) => ({
      ...stripeEvent,
      _id: `default/evt_${n}`,
      event_id: `evt_${n}`,
      type: 'customer.updated',
      previous_attributes: null,
      created: at / 1000,
      received_at: at,
      done_at: null,
      outcome: null,
    })),
  )
  const empty = Object.fromEntries(mirrorShows('invoice').map((name) => [name, null]))
  for (const n of numbers) {
    const call = { endpoint: 'GET /v1/customers/{id}', answer: 'ok' as const, status: null }
    const whose = { tenant_id, customer_id: id, stripe_id: null, at, request_id: `req_${n}`, ms: 1 }
    await store.insertStripeCall({ _id: crypto.randomUUID(), ...whose, ...call })
    await store.insertMirrored({
      _id: mirroredId(tenant_id, 'invoice', `in_${n}`),
      tenant_id,
      kind: 'invoice',
      object_id: `in_${n}`,
      stripe_customer_id: stripeId,
      rev: 0,
      turn: 1,
      created: at / 1000,
      status: 'paid',
      shown: JSON.stringify({ ...empty, id: `in_${n}` }),
      seen_at: at,
    })
  }
}

test('an export holds every record once, of this customer alone, as its schema says', async () => {
  const gateway = await startGateway()
  const [mine, other] = [await linked(gateway, 'mine'), await linked(gateway, 'other')]
  await fill(gateway, mine)
  await gateway.store.insertStripeCall({
    _id: crypto.randomUUID(),
    tenant_id: 'default',
    customer_id: other.id,
    stripe_id: null,
    at,
    endpoint: 'GET /v1/customers/{id}',
    answer: 'ok',
    status: null,
    request_id: 'req_other',
    ms: 1,
  })
  const { status, headers, body } = await gateway.call('GET', `/v1/customers/${mine.id}/export`)
  expect(status).toBe(200)
  expect(headers.get('content-disposition')).toBe(`attachment; filename="customer-${mine.id}.json"`)
  expect(exportAnswered.safeParse(body).error).toBeUndefined()
  const { data } = body
  expect(data.customer).toMatchObject({ id: mine.id, name: 'Ada' })
  const count = (section: string, name: string) =>
    new Set(data[section].map((record: Record<string, unknown>) => record[name])).size
  expect([data.usage_events.length, count('usage_events', 'identifier')]).toEqual([many, many])
  expect([data.entitlement_checks.length, count('entitlement_checks', 'id')]).toEqual([many / 2, many / 2])
  // And the create.
  expect([data.operations.length, count('operations', 'id')]).toEqual([many + 1, many + 1])
  expect([data.events.length, count('events', 'id')]).toEqual([many, many])
  expect([data.stripe_events.length, count('stripe_events', 'id')]).toEqual([many, many])
  expect([data.stripe_calls.length, count('stripe_calls', 'request_id')]).toEqual([many, many])
  expect([data.invoices.length, count('invoices', 'id')]).toEqual([many, many])
  expect(data.operations.at(-1)).toMatchObject({ kind: 'create', request: { key: 'mine' } })
})

test('an export of a customer that Stripe does not know has its empty lists', async () => {
  const gateway = await startGateway()
  const { body } = await gateway.call('POST', '/v1/customers', { json: { key: 'new' } })
  const exported = await gateway.call('GET', `/v1/customers/${body.data.id}/export`)
  expect(exportAnswered.safeParse(exported.body).error).toBeUndefined()
  expect(exported.body.data).toMatchObject({ subscriptions: [], stripe_events: [], stripe_calls: [] })
})

test('an export is in the audit log before its first byte, and in itself', async () => {
  const gateway = await startGateway()
  const { id } = await linked(gateway, 'audited')
  const exported = await gateway.call('GET', `/v1/customers/${id}/export`)
  const entries = exported.body.data.audit_log
  expect(entries).toMatchObject([
    { action: 'customer.export', customer_id: id, request_id: exported.headers.get('request-id') },
  ])
  gateway.store.appendAudit = async () => {
    throw new Error('no room')
  }
  expect((await gateway.call('GET', `/v1/customers/${id}/export`)).status).toBe(500)
})

test('an export that breaks off is no answer, rather than a shorter document', async () => {
  const gateway = await startGateway()
  const { id } = await linked(gateway, 'broken')
  gateway.store.listStripeEvents = async () => {
    gateway.away(true)
    return await gateway.store
      .listStripeCalls({ tenantId: '', customerId: '', stripeIds: [], limit: 1 })
      .then(() => [])
  }
  await expect(gateway.call('GET', `/v1/customers/${id}/export`)).rejects.toThrow()
  gateway.away(false)
  await expect.poll(() => gateway.lines.some(({ code }) => code === 'unavailable')).toBe(true)
})

test('nobody exports another tenant’s customer, nor one that is not there, and no such entry is written', async () => {
  const gateway = await startGateway()
  const { id } = await linked(gateway, 'mine')
  const stranger = await gateway.addKey({ tenantId: 'other' })
  const foreign = await gateway.call('GET', `/v1/customers/${id}/export`, { key: stranger })
  expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found'])
  expect((await gateway.call('GET', `/v1/customers/${crypto.randomUUID()}/export`)).status).toBe(404)
  const action = 'customer.export' as const
  expect(await gateway.store.listAudit({ tenantId: 'default', action, limit: 9 })).toEqual([])
})
