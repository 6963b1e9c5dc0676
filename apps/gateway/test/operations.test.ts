import { newCustomer } from '@lockstep/domain/customer/document'
import { expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

test('alive and ready without a key; Redis away is degraded but ready', async () => {
  const up = await startGateway()
  expect((await up.call('GET', '/livez', { key: null })).status).toBe(200)
  expect((await up.call('GET', '/readyz', { key: null })).body.data).toEqual({
    ready: true,
    mongo: 'up',
    redis: 'up',
  })
  const down = await startGateway({ redisDown: true })
  const ready = await down.call('GET', '/readyz', { key: null })
  expect([ready.status, ready.body.data.redis]).toEqual([200, 'degraded'])
})

test('a draining process is not ready and asks its callers to leave', async () => {
  const { call } = await startGateway({ deps: { draining: () => true } })
  const ready = await call('GET', '/readyz')
  expect([ready.status, ready.body.code, ready.headers.get('connection')]).toEqual([
    503,
    'shutting_down',
    'close',
  ])
  expect((await call('GET', '/livez')).status).toBe(200)
})

test('metrics count requests by template, acknowledgements by kind, and what waits', async () => {
  const { call, webhook, worker } = await startGateway()
  const { body } = await call('POST', '/v1/customers', { json: { key: 'k' } })
  await call('GET', `/v1/customers/${body.data.id}`)
  await webhook({
    id: 'evt_1',
    object: 'event',
    type: 'x',
    created: 1,
    livemode: false,
    data: { object: {} },
  })
  worker.hold()
  await call('PUT', `/v1/customers/${body.data.id}`, { json: {}, headers: { Prefer: 'respond-async' } })
  const { text } = await call('GET', '/metrics', { key: null })
  expect(text).toContain('route="/v1/customers/:id"')
  expect(text).not.toContain(body.data.id)
  expect(text).toContain('lockstep_operations_acknowledged_total{kind="create"} 1')
  expect(text).toContain('lockstep_stripe_events_acknowledged_total{result="stored"} 1')
  expect(text).toContain('lockstep_group_commit_batch_size_count{what="operations"} 2')
  expect(text).toMatch(/^lockstep_operations_waiting 1$/m)
  expect(text).toMatch(/^lockstep_store_up 1$/m)
})

test('a scrape shows which direction of a tenant stands still, and who is parked, as of now', async () => {
  const { call, store } = await startGateway()
  const paused = async () => {
    const { text } = await call('GET', '/metrics', { key: null })
    return text.split('\n').filter((line) => /^lockstep_(tenant_paused|customers_parked)\{/.test(line))
  }
  const both = (inbound: number, outbound: number) => [
    `lockstep_tenant_paused{tenant="default",direction="inbound"} ${inbound}`,
    `lockstep_tenant_paused{tenant="default",direction="outbound"} ${outbound}`,
  ]
  expect(await paused()).toEqual(both(0, 0))
  const tenant = await store.readTenant('default')
  if (!tenant) throw new Error('the test has no tenant')
  await store.replaceTenant({ ...tenant, paused_outbound: { reason: 'operator', detail: 'moving', at: 1 } })
  const born = newCustomer({ id: 'c', tenantId: 'default', key: 'k', at: 1, touchedByApi: true })
  await store.insertCustomer({ ...born, parked: { code: 'internal', at: 1 } })
  expect((await paused()).toSorted()).toEqual(['lockstep_customers_parked{code="internal"} 1', ...both(0, 1)])
  await store.replaceTenant({ ...tenant, rev: tenant.rev + 1 })
  await store.replaceCustomer({ ...born, rev: 1 })
  expect(await paused()).toEqual(both(0, 0))
})

test('a scrape works while the database is away', async () => {
  const { call, away } = await startGateway()
  expect((await call('GET', '/metrics')).text).toContain('lockstep_tenant_paused{')
  away(true)
  const scraped = await call('GET', '/metrics')
  expect(scraped.status).toBe(200)
  expect(scraped.text).toMatch(/^lockstep_store_up 0$/m)
  expect(scraped.text).not.toContain('lockstep_tenant_paused{')
})

test('each request is one line: template, ids and duration, nothing personal', async () => {
  const { call, lines, apiKey } = await startGateway()
  const made = await call('POST', '/v1/customers', {
    json: { key: 'secret-key', email: 'ada@example.com', name: 'Ada' },
  })
  await call('GET', '/v1/customers/email/ada@example.com')
  await call('GET', '/v1/customers/email/ada@example.com?x=ada')
  await call('GET', '/nowhere/ada@example.com')
  await expect.poll(() => lines.filter(({ event }) => event === 'request').length).toBe(4)
  const [write, read, strange, nowhere] = lines.filter(({ event }) => event === 'request')
  expect(write).toMatchObject({
    request_id: made.headers.get('request-id'),
    route: '/v1/customers',
    method: 'POST',
    status: 201,
    tenant: 'default',
    outcome: 'applied',
  })
  expect(write?.operation_id).toMatch(/^[0-9a-f-]{36}$/)
  expect(read).toMatchObject({ route: '/v1/customers/email/:email', status: 200 })
  expect(strange).toMatchObject({
    route: '/v1/customers/email/:email',
    status: 422,
    code: 'invalid_request',
  })
  expect(nowhere).toMatchObject({ route: 'unknown', status: 404, code: 'not_found' })
  const all = JSON.stringify(lines)
  for (const secret of ['ada@example.com', 'Ada', 'secret-key', apiKey]) expect(all).not.toContain(secret)
})

test('an unforeseen error is 500 internal, logged without its message', async () => {
  const { call, lines, store } = await startGateway()
  store.listCustomers = async () => {
    throw new Error('duplicate key ada@example.com')
  }
  const broken = await call('GET', '/v1/customers')
  expect([broken.status, broken.body.code]).toEqual([500, 'internal'])
  expect(broken.text).not.toContain('ada@example.com')
  expect(lines.some(({ event }) => event === 'request.unexpected_error')).toBe(true)
  expect(JSON.stringify(lines)).not.toContain('ada@example.com')
})

test('answers carry no trace of express and the usual safety headers', async () => {
  const { call } = await startGateway()
  const { headers } = await call('GET', '/livez')
  expect(headers.get('x-powered-by')).toBeNull()
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
})
