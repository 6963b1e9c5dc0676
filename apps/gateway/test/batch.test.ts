// Many writes in one request: each is answered as if it had come alone.

import { expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

const create = (body: unknown) => ({ operation: 'create_customer', body })

test('each item is answered by itself, in their order, whatever became of the others', async () => {
  const { call } = await startGateway()
  const { body } = await call('POST', '/v1/operations', {
    json: {
      operations: [
        create({ key: 'a', email: 'a@example.com' }),
        create({ key: 'b', email: 'nonsense' }),
        create({ key: 'c', email: 'A@example.com' }),
        { operation: 'archive_customer', params: { id: '0199b7a0-0000-7000-8000-000000000000' } },
        { operation: 'get_customer', params: { id: 'x' } },
        { operation: 'batch_operations', body: { operations: [] } },
      ],
    },
  })
  const told = body.data.map((each: { status: number; body: { code?: string } }) => [
    each.status,
    each.body.code,
  ])
  expect(told).toEqual([
    [201, undefined],
    [422, 'invalid_request'],
    [409, 'email_taken'],
    [404, 'not_found'],
    [422, 'invalid_request'],
    [422, 'invalid_request'],
  ])
  expect(body.data[0].location).toBe(`/v1/customers/${body.data[0].body.data.id}`)
})

test('items of one customer are applied in the order in which they stand', async () => {
  const { call } = await startGateway()
  const { id } = (await call('POST', '/v1/customers', { json: { key: 'k' } })).body.data
  const operations = Array.from({ length: 20 }, (_, n) => ({
    operation: 'update_customer',
    params: { id: n % 2 === 0 ? id : id.toUpperCase() },
    body: { name: `n${n}` },
  }))
  const { body } = await call('POST', '/v1/operations', { json: { operations } })
  const names = body.data.map((each: { body: { data: { name: string } } }) => each.body.data.name)
  expect(names).toEqual(operations.map((each) => each.body.name))
})

test('a thousand items fit, one more does not', async () => {
  const { call, store } = await startGateway()
  const operations = Array.from({ length: 1000 }, (_, n) =>
    create({ key: `k${n}`, metadata: { note: 'x'.repeat(400) } }),
  )
  const done = await call('POST', '/v1/operations', { json: { operations } })
  expect(done.body.data.map(({ status }: { status: number }) => status)).toEqual(operations.map(() => 201))
  expect(await store.findByKey('default', 'k999')).not.toBeNull()
  const more = await call('POST', '/v1/operations', {
    json: { operations: [...operations, create({ key: 'z' })] },
  })
  expect([more.status, more.body.errors[0]?.field]).toEqual([422, 'operations'])
})

test('a repeat of the batch under its key gets the same answers, and makes nothing twice', async () => {
  const { call, store } = await startGateway()
  const json = {
    operations: [create({ email: 'one@example.com' }), create({ name: 'x' }), create({ key: 'k' })],
  }
  const headers = { 'Idempotency-Key': 'import-1' }
  const first = await call('POST', '/v1/operations', { json, headers })
  const again = await call('POST', '/v1/operations', { json, headers })
  const outcomes = ({ body }: typeof first) =>
    body.data.map((each: { status: number; body: { data?: { id: string } } }) => [
      each.status,
      each.body.data?.id,
    ])
  expect(outcomes(again)).toEqual(outcomes(first))
  expect(await store.listCustomers({ tenantId: 'default', limit: 10 })).toHaveLength(2)
})

test('an item asks for a version, and for a wait, as a single write does', async () => {
  const { call, worker } = await startGateway()
  const { id } = (await call('POST', '/v1/customers', { json: { key: 'k' } })).body.data
  const update = (version: number) => ({
    operation: 'update_customer',
    params: { id },
    body: { name: 'n' },
    if_match: version,
  })
  const stale = await call('POST', '/v1/operations', { json: { operations: [update(0)] } })
  expect(stale.body.data[0].status).toBe(412)
  worker.hold()
  const later = await call('POST', '/v1/operations', {
    json: { operations: [update(1)] },
    headers: { Prefer: 'respond-async' },
  })
  expect(later.body.data[0]).toMatchObject({
    status: 202,
    location: expect.stringMatching('/v1/operations/'),
  })
})

test('nothing in an item reaches another tenant', async () => {
  const { call, addKey } = await startGateway()
  const { id } = (await call('POST', '/v1/customers', { json: { key: 'k' } })).body.data
  const foreign = await addKey({ tenantId: 'acme' })
  const operations = [{ operation: 'archive_customer', params: { id } }]
  const { body } = await call('POST', '/v1/operations', { json: { operations }, key: foreign })
  expect(body.data[0]).toMatchObject({ status: 404, body: { code: 'not_found' } })
})
