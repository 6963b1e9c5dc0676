// Operations: their order, their identity, and what many of them cost (G6, G7, G8's coalescing).

import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { atRest, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ gateways: 2, workers: 2, sandbox: { latency: '60-120' } })
})
afterAll(() => stack.close())

const async_ = { prefer: 'respond-async' }
const synced = { prefer: 'wait=30; until=synced' }

test('two operations sent one after the other through two gateways apply in that order', async () => {
  const { data } = await api(stack, 'POST', '/v1/customers', { key: 'order' }, { headers: synced })
  const id = String(data['id'])
  for (let round = 0; round < 25; round++) {
    const first = await api(
      stack,
      'PATCH',
      `/v1/customers/${id}`,
      { name: `first ${round}` },
      { gateway: 0, headers: async_ },
    )
    expect(first.status).toBe(202)
    const second = await api(
      stack,
      'PATCH',
      `/v1/customers/${id}`,
      { name: `second ${round}` },
      { gateway: 1 },
    )
    expect(second.status).toBe(200)
    expect(second.data['name']).toBe(`second ${round}`)
  }
})

test('a create and an update sent right after it, before anything was applied, apply in order', async () => {
  const first = await api(stack, 'POST', '/v1/customers', { key: 'early', name: 'a' }, { headers: async_ })
  expect(first.status).toBe(202)
  const id = String(first.data['id'])
  const second = await api(stack, 'PATCH', `/v1/customers/${id}`, { name: 'b' }, { gateway: 1 })
  expect(second.status).toBe(200)
  expect(second.data).toMatchObject({ id, name: 'b', key: 'early' })
})

test('a hundred writes to one customer all apply and coalesce into a few calls', async () => {
  const { data } = await api(stack, 'POST', '/v1/customers', { key: 'hot' }, { headers: synced })
  const id = String(data['id'])
  const path = `/v1/customers/${String(data['stripe_customer_id'])}`
  for (let i = 1; i <= 100; i++) {
    const answer = await api(
      stack,
      'PATCH',
      `/v1/customers/${id}`,
      { description: `write ${i}` },
      { headers: async_, gateway: i % 2 },
    )
    expect(answer.status).toBe(202)
  }
  await until(
    'the last one is at Stripe',
    async () => (await stripe(stack, 'GET', path))['description'] === 'write 100',
  )
  const calls = stack.sandbox
    .requests()
    .filter((request) => request.method === 'POST' && request.path === path)
  expect(calls.length).toBeLessThanOrEqual(50)
  await atRest(stack)
  const events = await stack.store.readEvents('default', 0, 10_000)
  const applied = events.filter((event) => event.customer_id === id && event.type === 'customer.updated')
  expect(applied).toHaveLength(100)
})

test('one Idempotency-Key is one operation, however often and through whichever gateway it comes', async () => {
  const body = { key: 'same', name: 'Once' }
  const headers = { 'idempotency-key': 'order-4711' }
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      api(stack, 'POST', '/v1/customers', body, { headers, gateway: i % 2 }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
  expect(new Set(answers.map(({ data }) => data['id'])).size).toBe(1)
  const later = await api(stack, 'POST', '/v1/customers', body, { headers })
  expect(later.status).toBe(201)
  expect(later.data).toEqual(answers[0]?.data)
  const other = await api(stack, 'POST', '/v1/customers', { ...body, name: 'Other' }, { headers })
  expect(other.status).toBe(422)
  expect(other.body['code']).toBe('idempotency_key_reused')
})

test('a stale If-Match is refused and changes nothing', async () => {
  const made = await api(stack, 'POST', '/v1/customers', { key: 'etag', name: 'v1' })
  const etag = made.headers.get('etag') ?? ''
  const path = `/v1/customers/${String(made.data['id'])}`
  const good = await api(stack, 'PATCH', path, { name: 'v2' }, { headers: { 'if-match': etag } })
  expect(good.status).toBe(200)
  const stale = await api(stack, 'PATCH', path, { name: 'v3' }, { headers: { 'if-match': etag } })
  expect(stale.status).toBe(412)
  expect((await api(stack, 'GET', path)).data['name']).toBe('v2')
})

test('a taken key and a taken e-mail are refused, and the first customer keeps them', async () => {
  await api(stack, 'POST', '/v1/customers', { key: 'taken', email: 'taken@example.com' })
  const key = await api(stack, 'POST', '/v1/customers', { key: 'taken' })
  expect([key.status, key.body['code']]).toEqual([409, 'key_taken'])
  const email = await api(stack, 'POST', '/v1/customers', { email: 'TAKEN@example.com' })
  expect([email.status, email.body['code']]).toEqual([409, 'email_taken'])
  const other = await api(stack, 'POST', '/v1/customers', { key: 'other' })
  const moved = await api(stack, 'PATCH', `/v1/customers/${String(other.data['id'])}`, {
    email: 'taken@Example.com',
  })
  expect([moved.status, moved.body['code']]).toEqual([409, 'email_taken'])
})
