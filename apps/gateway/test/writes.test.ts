import { expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

test('a created customer is answered with its id, version and place', async () => {
  const { call } = await startGateway()
  const made = await call('POST', '/v1/customers', {
    json: {
      key: 'crm-1',
      name: 'Bjørn Hansen',
      email: ' Bjorn@Example.no ',
      phone: '+4722123456',
      billing_address: { line1: 'Ullevålsveien 14', city: 'Oslo', country: 'no' },
      shipping: { name: 'Bjørn', address: { line1: 'Ullevålsveien 14', country: 'NO' } },
      currency: 'NOK',
      tags: ['vip', 'vip', 'nordic'],
    },
  })
  expect(made.status).toBe(201)
  expect(made.body.status).toBe('success')
  expect(made.body.data).toMatchObject({
    key: 'crm-1',
    email: 'Bjorn@Example.no',
    billing_address: { country: 'NO', city: 'Oslo', line2: null },
    currency: 'nok',
    tags: ['vip', 'nordic'],
    status: 'lead',
    state: 'active',
    tier: 'free',
    version: 1,
  })
  expect(made.headers.get('etag')).toBe('"1"')
  expect(made.headers.get('location')).toBe(`/v1/customers/${made.body.data.id}`)
  expect(made.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('without a key the id is the key', async () => {
  const { call } = await startGateway()
  const { body } = await call('POST', '/v1/customers', { json: { email: 'a@example.com' } })
  expect(body.data.key).toBe(body.data.id)
})

test.each(['PUT', 'PATCH'])(
  '%s leaves absent fields alone and clears those that are null',
  async (method) => {
    const { call } = await startGateway()
    const made = await call('POST', '/v1/customers', {
      json: {
        key: 'k',
        name: 'Ada',
        phone: '+4930123456',
        billing_address: { city: 'Berlin', country: 'DE' },
      },
    })
    const changed = await call(method, `/v1/customers/${made.body.data.id}`, {
      json: { name: null, billing_address: { city: 'Bonn' } },
    })
    expect(changed.status).toBe(200)
    expect(changed.body.data).toMatchObject({
      name: null,
      phone: '+4930123456',
      billing_address: { city: 'Bonn', country: 'DE' },
      version: 2,
    })
    expect(changed.headers.get('etag')).toBe('"2"')
  },
)

test('a customer moves through delete, restore, archive and unarchive', async () => {
  const { call } = await startGateway()
  const { body } = await call('POST', '/v1/customers', { json: { key: 'k', email: 'k@example.com' } })
  const path = `/v1/customers/${body.data.id}`
  const states: string[] = []
  for (const [method, route] of [
    ['DELETE', path],
    ['POST', `${path}/restore`],
    ['POST', `${path}/archive`],
    ['POST', `${path}/unarchive`],
  ] as const) {
    const moved = await call(method, route)
    expect(moved.status).toBe(200)
    states.push(moved.body.data.state)
  }
  expect(states).toEqual(['deleted', 'active', 'archived', 'active'])
  const impossible = await call('POST', `${path}/restore`)
  expect([impossible.status, impossible.body.code]).toEqual([409, 'not_allowed_in_state'])
})

test('a stale If-Match is refused and changes nothing; the present one is taken', async () => {
  const { call } = await startGateway()
  const { body } = await call('POST', '/v1/customers', { json: { key: 'k', name: 'one' } })
  const path = `/v1/customers/${body.data.id}`
  await call('PUT', path, { json: { name: 'two' }, headers: { 'If-Match': '"1"' } })
  const stale = await call('PUT', path, { json: { name: 'three' }, headers: { 'If-Match': '"1"' } })
  expect([stale.status, stale.body.code]).toEqual([412, 'version_mismatch'])
  const ahead = await call('PUT', path, { json: { name: 'three' }, headers: { 'If-Match': '"9"' } })
  expect([ahead.status, ahead.body.code]).toEqual([412, 'version_mismatch'])
  expect((await call('GET', path)).body.data.name).toBe('two')
  expect((await call('PUT', path, { json: { name: 'three' }, headers: { 'If-Match': '*' } })).status).toBe(
    200,
  )
})

test('a taken key or e-mail is told when the operation is applied', async () => {
  const { call } = await startGateway()
  await call('POST', '/v1/customers', { json: { key: 'k', email: 'ada@example.com' } })
  const key = await call('POST', '/v1/customers', { json: { key: 'k' } })
  expect([key.status, key.body.code]).toEqual([409, 'key_taken'])
  const email = await call('POST', '/v1/customers', { json: { key: 'l', email: 'ADA@example.com' } })
  expect([email.status, email.body.code]).toEqual([409, 'email_taken'])
  expect((await call('GET', '/v1/customers')).body.data).toHaveLength(1)
})

test('writes that come together are one insert, each answered with its own customer', async () => {
  const { call, store } = await startGateway()
  const made = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      call('POST', '/v1/customers', { json: { key: `k${n}`, name: `n${n}` } }),
    ),
  )
  expect(made.map(({ body }) => body.data.name)).toEqual(made.map((_, n) => `n${n}`))
  const next = await store.takeNumbers(1)
  expect(next).toBeGreaterThan(40)
})

test('more than a thousand operations waiting on one customer are 429, and another customer is not', async () => {
  const { call, store, worker } = await startGateway()
  const hot = (await call('POST', '/v1/customers', { json: { key: 'hot' } })).body.data.id
  const other = (await call('POST', '/v1/customers', { json: { key: 'other' } })).body.data.id
  worker.hold()
  const number = await store.takeNumbers(1000)
  await store.insertOperations(
    Array.from({ length: 1000 }, (_, n) => ({
      _id: crypto.randomUUID(),
      tenant_id: 'default',
      customer_id: hot,
      number: number + n,
      status: 'accepted' as const,
      body: { kind: 'update' as const, input: { name: `n${n}` } },
      if_match: null,
      api_key_id: 'key_other',
      request_hash: 'x',
      accepted_at: Date.now(),
    })),
  )
  const prefer = { Prefer: 'respond-async' }
  const refused = await call('PUT', `/v1/customers/${hot}`, { json: { name: 'x' }, headers: prefer })
  expect([refused.status, refused.body.code]).toEqual([429, 'too_many_waiting'])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await call('PUT', `/v1/customers/${other}`, { json: { name: 'x' }, headers: prefer })).status).toBe(
    202,
  )
})

test('two changes sent one after the other apply in that order', async () => {
  const { call, worker } = await startGateway()
  const { body } = await call('POST', '/v1/customers', { json: { key: 'k' } })
  const path = `/v1/customers/${body.data.id}`
  worker.hold()
  const prefer = { Prefer: 'respond-async' }
  for (let n = 1; n <= 20; n++) await call('PUT', path, { json: { name: `n${n}` }, headers: prefer })
  await worker.wake()
  expect((await call('GET', path)).body.data.name).toBe('n20')
})
