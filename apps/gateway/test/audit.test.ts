import { expect, test } from 'vitest'
import { startGateway, type TestGateway } from './support/gateway.ts'

interface Entry {
  id: string
  action: string
  customer_id: string | null
  subject: string | null
  request_id: string | null
  key_id: string
}

async function auditLog(gateway: TestGateway, query = ''): Promise<Entry[]> {
  const { status, body } = await gateway.call('GET', `/v1/audit-log?limit=100${query}`, {
    key: gateway.operatorKey,
  })
  expect(status).toBe(200)
  return body.data
}

/** Without the use of keys, of which each test has its own. */
async function done(gateway: TestGateway): Promise<Entry[]> {
  return (await auditLog(gateway)).filter(({ action }) => action !== 'api_key.use')
}

async function archived({ call }: TestGateway, key: string): Promise<string> {
  const { body } = await call('POST', '/v1/customers', { json: { key } })
  await call('POST', `/v1/customers/${body.data.id}/archive`)
  return body.data.id
}

test('a purge and an erasure are on record with who asked for them, under the request’s own id', async () => {
  const gateway = await startGateway()
  const [one, two] = [await archived(gateway, 'one'), await archived(gateway, 'two')]
  const purged = await gateway.call('POST', `/v1/customers/${one}/purge`)
  const erased = await gateway.call('POST', `/v1/customers/${two}/erase`)
  expect(await done(gateway)).toMatchObject([
    { action: 'customer.erase', customer_id: two, request_id: erased.headers.get('request-id') },
    { action: 'customer.purge', customer_id: one, request_id: purged.headers.get('request-id') },
  ])
  const [used] = await auditLog(gateway, `&action=customer.purge`)
  expect(used?.key_id).toMatch(/^key_/)
})

test('a link that a caller names is on record with the Stripe customer, also where it comes with a create', async () => {
  const gateway = await startGateway()
  const { call } = gateway
  const headers = { Prefer: 'respond-async' }
  const made = await call('POST', '/v1/customers', {
    json: { key: 'linked', external_billing_id: 'cus_named' },
    headers,
  })
  const { body } = await call('POST', '/v1/customers', { json: { key: 'plain' } })
  const json = { external_billing_id: 'cus_other' }
  await call('PATCH', `/v1/customers/${body.data.id}`, { json, headers })
  await call('PATCH', `/v1/customers/${body.data.id}`, { json: { name: 'Ada' } })
  expect(await done(gateway)).toMatchObject([
    { action: 'customer.link_change', customer_id: body.data.id, subject: 'cus_other' },
    { action: 'customer.link_change', customer_id: made.body.data.id, subject: 'cus_named' },
  ])
})

test('a repeat under its Idempotency-Key is no second entry, and a refused request none at all', async () => {
  const gateway = await startGateway()
  const id = await archived(gateway, 'once')
  const headers = { 'Idempotency-Key': 'purge-once' }
  const first = await gateway.call('POST', `/v1/customers/${id}/purge`, { headers })
  const again = await gateway.call('POST', `/v1/customers/${id}/purge`, { headers })
  expect([first.status, again.status]).toEqual([200, 200])
  await gateway.call('POST', `/v1/customers/${crypto.randomUUID()}/purge`)
  const { body } = await gateway.call('POST', '/v1/customers', { json: { key: 'linked' } })
  const link = { json: { external_billing_id: 'cus_named' }, headers: { 'Idempotency-Key': 'link-once' } }
  for (let sends = 0; sends < 2; sends++) {
    const headers = { ...link.headers, Prefer: 'respond-async' }
    const sent = await gateway.call('PATCH', `/v1/customers/${body.data.id}`, { ...link, headers })
    expect(sent.status).toBeLessThan(300)
  }
  expect((await done(gateway)).map(({ action }) => action)).toEqual([
    'customer.link_change',
    'customer.purge',
  ])
})

test('what cannot be recorded is not done', async () => {
  const gateway = await startGateway()
  const id = await archived(gateway, 'kept')
  gateway.store.appendAudit = async () => {
    throw new Error('no room')
  }
  expect((await gateway.call('POST', `/v1/customers/${id}/purge`)).status).toBe(500)
  expect(await gateway.store.listOperations({ tenantId: 'default', limit: 1 })).toMatchObject([
    { body: { kind: 'archive' } },
  ])
  expect((await gateway.call('GET', `/v1/customers/${id}`)).status).toBe(200)
})

test('a key’s use is on record once a day, however many calls and processes', async () => {
  const [day, next] = [Date.parse('2026-03-01T08:00:00Z'), Date.parse('2026-03-02T00:00:00Z')]
  let now = day
  const clock = { now: () => now, sleep: async () => undefined }
  const gateway = await startGateway({ deps: { clock } })
  for (let n = 0; n < 5; n++) await gateway.call('GET', '/v1/customers')
  const uses = async () =>
    (await gateway.store.listAudit({ tenantId: 'default', action: 'api_key.use', limit: 100 })).map(
      ({ at, key_id }) => ({ at, key_id }),
    )
  expect(await uses()).toMatchObject([{ at: day }])
  now = next
  await gateway.call('GET', '/v1/customers')
  await gateway.call('GET', '/v1/customers')
  expect(await uses()).toMatchObject([{ at: next }, { at: day }])
})

test('the log is read by operators alone, by pages and filters, and nobody can change it', async () => {
  const gateway = await startGateway()
  for (const key of ['a', 'b', 'c']) {
    await gateway.call('POST', `/v1/customers/${await archived(gateway, key)}/purge`)
  }
  expect((await gateway.call('GET', '/v1/audit-log')).status).toBe(403)
  const read = (query: string) =>
    gateway.call('GET', `/v1/audit-log?action=customer.purge&limit=2${query}`, { key: gateway.operatorKey })
  const first = await read('')
  expect([first.body.data.length, first.body.has_more]).toEqual([2, true])
  const second = await read(`&after=${first.body.next_after}`)
  expect([second.body.data.length, second.body.has_more, second.body.next_after]).toEqual([1, false, null])
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const refused = await gateway.call(method, '/v1/audit-log', { key: gateway.operatorKey })
    expect([method, refused.status]).toEqual([method, 405])
  }
  for (const query of ['action=nothing', 'customer_id=x', 'after=x', 'limit=0', 'limit=1&limit=2', 'x=1']) {
    const refused = await gateway.call('GET', `/v1/audit-log?${query}`, { key: gateway.operatorKey })
    expect([query, refused.status]).toEqual([query, 422])
  }
})

test('another tenant’s entries are nobody’s business', async () => {
  const gateway = await startGateway()
  await gateway.call('POST', `/v1/customers/${await archived(gateway, 'mine')}/purge`)
  const stranger = await gateway.addKey({ tenantId: 'other', scopes: ['operator'] })
  const { body } = await gateway.call('GET', '/v1/audit-log', { key: stranger })
  expect(body.data.map(({ action }: Entry) => action)).toEqual(['api_key.use'])
})
