import { expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

const key = { 'Idempotency-Key': 'once' }

test('the same key and body get the same answer, and one customer', async () => {
  const { call } = await startGateway()
  const json = { key: 'k', name: 'Ada', metadata: { a: 1, b: 2 } }
  const first = await call('POST', '/v1/customers', { json, headers: key })
  const again = await call('POST', '/v1/customers', {
    json: { metadata: { b: 2, a: 1 }, name: 'Ada', key: 'k' },
    headers: { ...key, Prefer: 'wait=3' },
  })
  expect([again.status, again.body]).toEqual([201, first.body])
  expect(again.headers.get('etag')).toBe(first.headers.get('etag'))
})

test('the answer of a repeat is the first one, whatever happened to the customer since', async () => {
  const { call } = await startGateway()
  const { body } = await call('POST', '/v1/customers', { json: { key: 'k' } })
  const path = `/v1/customers/${body.data.id}`
  const first = await call('PUT', path, { json: { name: 'one' }, headers: { ...key, 'If-Match': '"1"' } })
  await call('PUT', path, { json: { name: 'two' } })
  await call('DELETE', path)
  const again = await call('PUT', path, { json: { name: 'one' }, headers: { ...key, 'If-Match': '"1"' } })
  expect([again.status, again.body]).toEqual([200, first.body])
})

test('a refusal is repeated as well', async () => {
  const { call } = await startGateway()
  await call('POST', '/v1/customers', { json: { key: 'k' } })
  for (const _ of [1, 2]) {
    const refused = await call('POST', '/v1/customers', { json: { key: 'k' }, headers: key })
    expect([refused.status, refused.body.code]).toEqual([409, 'key_taken'])
  }
})

test('the same key with another body is 422 and changes nothing', async () => {
  const { call } = await startGateway()
  await call('POST', '/v1/customers', { json: { key: 'k' }, headers: key })
  const other = await call('POST', '/v1/customers', { json: { key: 'l' }, headers: key })
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
  expect((await call('GET', '/v1/customers/key/l')).status).toBe(404)
})

test('one key sent many times at once is executed once', async () => {
  const { call } = await startGateway()
  const answers = await Promise.all(
    Array.from({ length: 12 }, () =>
      call('POST', '/v1/customers', { json: { email: 'a@example.com' }, headers: key }),
    ),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  expect(new Set(answers.map(({ body }) => body.data.id)).size).toBe(1)
  expect((await call('GET', '/v1/customers')).body.data).toHaveLength(1)
})

test('two API keys do not share idempotency keys', async () => {
  const { call, addKey } = await startGateway()
  const other = await addKey({})
  const first = await call('POST', '/v1/customers', { json: { name: 'a', key: 'a' }, headers: key })
  const second = await call('POST', '/v1/customers', {
    json: { name: 'b', key: 'b' },
    headers: key,
    key: other,
  })
  expect([first.status, second.status]).toEqual([201, 201])
})

test('a repeat of an operation that still waits hears of it when it is applied', async () => {
  const { call, worker } = await startGateway()
  worker.hold()
  await call('POST', '/v1/customers', { json: { key: 'k' }, headers: { ...key, Prefer: 'respond-async' } })
  const again = call('POST', '/v1/customers', { json: { key: 'k' }, headers: { ...key, Prefer: 'wait=20' } })
  await worker.wake()
  expect((await again).status).toBe(201)
})
