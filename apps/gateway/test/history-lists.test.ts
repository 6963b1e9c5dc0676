import { expect, test } from 'vitest'
import { startGateway, type TestGateway } from './support/gateway.ts'
import { snapshotEvent } from './support/stripe-events.ts'

const operator = ({ operatorKey: key }: TestGateway) => ({ key })

/** A customer with one operation that failed for good. */
async function parked(gateway: TestGateway): Promise<{ id: string; customerId: string }> {
  const made = await gateway.call('POST', '/v1/customers', { json: { key: crypto.randomUUID() } })
  const customerId = made.body.data.id
  gateway.worker.hold()
  const sent = await gateway.call('PATCH', `/v1/customers/${customerId}`, {
    json: { name: 'Ada' },
    headers: { Prefer: 'respond-async', 'Idempotency-Key': 'parked' },
  })
  const id = sent.body.data.operation_id
  const outcome = { code: 'link_lost', version: 1, customer: null, parked: true as const }
  await gateway.store.settleOperations('default', [{ id, at: Date.now(), outcome }])
  return { id, customerId }
}

test('operations are listed, the last first, by customer and status, each once over all pages', async () => {
  const gateway = await startGateway()
  const { call } = gateway
  const made = await call('POST', '/v1/customers', { json: { key: 'k' } })
  const { id } = made.body.data
  for (let n = 0; n < 4; n++) await call('PATCH', `/v1/customers/${id}`, { json: { name: `n${n}` } })
  await call('POST', '/v1/customers', { json: { key: 'other' } })
  const kinds: string[] = []
  for (let after = ''; ; ) {
    const { body } = await call('GET', `/v1/operations?customer_id=${id}&limit=2${after}`)
    kinds.push(...body.data.map(({ kind }: { kind: string }) => kind))
    if (!body.has_more) break
    after = `&after=${body.next_after}`
  }
  expect(kinds).toEqual(['update', 'update', 'update', 'update', 'create'])
  expect((await call('GET', '/v1/operations?status=applied')).body.data).toHaveLength(6)
  expect((await call('GET', '/v1/operations?status=parked')).body.data).toEqual([])
  const stranger = await gateway.addKey({ tenantId: 'other' })
  expect((await call('GET', '/v1/operations', { key: stranger })).body.data).toEqual([])
  const foreign = await call('GET', `/v1/operations?after=${made.body.data.id}`)
  expect([foreign.status, foreign.body.errors[0].field]).toEqual([422, 'after'])
  for (const query of [
    'limit=0',
    'limit=101',
    'status=waiting',
    'customer_id=x',
    'after=x',
    'status=a&status=b',
  ]) {
    const { status, body } = await call('GET', `/v1/operations?${query}`)
    expect([query, status, body.errors[0].field]).toEqual([query, 422, query.split('=')[0]])
  }
})

test('a parked operation that is retried takes effect, and is on record', async () => {
  const gateway = await startGateway()
  const { id, customerId } = await parked(gateway)
  const listed = await gateway.call('GET', '/v1/operations?status=parked')
  expect(listed.body.data).toMatchObject([{ id, code: 'link_lost', status: 'parked' }])
  const retried = await gateway.call('POST', `/v1/operations/${id}/retry`, operator(gateway))
  expect([retried.status, retried.body.data.status, retried.body.data.code]).toEqual([200, 'accepted', null])
  await gateway.worker.wake()
  expect((await gateway.call('GET', `/v1/operations/${id}`)).body.data.status).toBe('applied')
  expect((await gateway.call('GET', `/v1/customers/${customerId}`)).body.data.name).toBe('Ada')
  expect(await gateway.store.listAudit({ tenantId: 'default', customerId, limit: 9 })).toMatchObject([
    { action: 'operation.retry', subject: id },
  ])
})

test('one that is discarded is rejected for good, and its caller’s repeat is told so', async () => {
  const gateway = await startGateway()
  const { id, customerId } = await parked(gateway)
  const discarded = await gateway.call('POST', `/v1/operations/${id}/discard`, operator(gateway))
  expect(discarded.body.data).toMatchObject({ status: 'rejected', code: 'discarded' })
  await gateway.worker.wake()
  const doc = await gateway.store.readCustomer({ tenantId: 'default', customerId })
  expect(doc?.outbox.map(({ type }) => type)).toContain('operation.rejected')
  expect((await gateway.call('GET', `/v1/customers/${customerId}`)).body.data.name).toBeNull()
  const repeat = await gateway.call('PATCH', `/v1/customers/${customerId}`, {
    json: { name: 'Ada' },
    headers: { 'Idempotency-Key': 'parked' },
  })
  expect([repeat.status, repeat.body.code]).toEqual([409, 'discarded'])
  for (const verb of ['retry', 'discard']) {
    const again = await gateway.call('POST', `/v1/operations/${id}/${verb}`, operator(gateway))
    expect([verb, again.status, again.body.code]).toEqual([verb, 409, 'not_parked'])
  }
})

test('a discard is told as any rejection, once however often it is asked for, also where its process died before', async () => {
  const gateway = await startGateway()
  const { store, worker, call } = gateway
  const { id, customerId } = await parked(gateway)
  const told = async () => {
    await worker.wake()
    const doc = await store.readCustomer({ tenantId: 'default', customerId })
    return (doc?.outbox ?? []).filter(({ type }) => type === 'operation.rejected')
  }
  // Here the process died: it is discarded, and nobody was told.
  await store.discardOperation('default', id, Date.now())
  expect(await told()).toEqual([])
  const other = await gateway.addKey({ scopes: ['operator'] })
  for (const key of [gateway.operatorKey, gateway.operatorKey, other]) {
    expect((await call('POST', `/v1/operations/${id}/discard`, { key })).status).toBe(409)
    expect((await told()).map(({ data }) => JSON.parse(data))).toEqual([
      { operation_id: id, code: 'discarded', version: null },
    ])
  }
})

test('only an operator moves what is parked, and nobody what is not there', async () => {
  const gateway = await startGateway()
  const { id } = await parked(gateway)
  const stranger = await gateway.addKey({ tenantId: 'other', scopes: ['operator'] })
  for (const verb of ['retry', 'discard']) {
    expect((await gateway.call('POST', `/v1/operations/${id}/${verb}`)).status).toBe(403)
    const foreign = await gateway.call('POST', `/v1/operations/${id}/${verb}`, { key: stranger })
    expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found'])
  }
  expect((await gateway.call('GET', `/v1/operations/${id}`)).body.data.status).toBe('parked')
})

test('Stripe events are listed as they were taken in, by customer and state', async () => {
  const gateway = await startGateway()
  const { call, store, webhook } = gateway
  const ids: string[] = []
  for (let n = 0; n < 3; n++) {
    const id = `evt_list_${n}`
    ids.unshift(id)
    await webhook(snapshotEvent({ id, data: { object: { id: `cus_${n % 2}`, object: 'customer' } } }))
  }
  await store.markStripeEvents([{ id: 'default/evt_list_0', at: Date.now(), outcome: 'looked' }])
  const listed = async (query: string) => {
    const { body } = await call('GET', `/v1/stripe-events?${query}`)
    return body.data.map(({ id }: { id: string }) => id)
  }
  expect(await listed('')).toEqual(ids)
  expect(await listed('stripe_customer_id=cus_0')).toEqual(['evt_list_2', 'evt_list_0'])
  expect(await listed('state=done')).toEqual(['evt_list_0'])
  expect(await listed('state=waiting')).toEqual(['evt_list_2', 'evt_list_1'])
  const first = await call('GET', '/v1/stripe-events?limit=2')
  expect(first.body.has_more).toBe(true)
  expect(await listed(`after=${first.body.next_after}`)).toEqual(['evt_list_0'])
  for (const query of ['limit=0', 'state=x', 'after=evt_unheard', 'stripe_customer_id=']) {
    const { status, body } = await call('GET', `/v1/stripe-events?${query}`)
    expect([query, status, body.errors[0].field]).toEqual([query, 422, query.split('=')[0]])
  }
})

test('a Stripe event that is replayed waits again, rings for its customer, and is on record', async () => {
  const gateway = await startGateway()
  const { call, store, webhook, worker } = gateway
  await webhook(snapshotEvent({ id: 'evt_replayed' }))
  await store.markStripeEvents([{ id: 'default/evt_replayed', at: Date.now(), outcome: 'looked' }])
  worker.rung.length = 0
  expect((await call('POST', '/v1/stripe-events/evt_replayed/replay')).status).toBe(403)
  const replayed = await call('POST', '/v1/stripe-events/evt_replayed/replay', operator(gateway))
  expect([replayed.status, replayed.body.data.state, replayed.body.data.outcome]).toEqual([
    202,
    'waiting',
    null,
  ])
  expect(worker.rung).toEqual([{ kind: 'stripe_customer', tenantId: 'default', id: 'cus_ada' }])
  const action = 'stripe_event.replay' as const
  expect(await store.listAudit({ tenantId: 'default', action, limit: 9 })).toMatchObject([
    { subject: 'evt_replayed' },
  ])
  const unheard = await call('POST', '/v1/stripe-events/evt_unheard/replay', operator(gateway))
  expect([unheard.status, unheard.body.code]).toEqual([404, 'not_found'])
})
