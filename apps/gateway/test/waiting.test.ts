import { expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

test('respond-async is 202 at once, names the operation and the customer, and reads pending until applied', async () => {
  const { call, worker } = await startGateway()
  worker.hold()
  const accepted = await call('POST', '/v1/customers', {
    json: { key: 'k', name: 'Ada' },
    headers: { Prefer: 'respond-async' },
  })
  expect(accepted.status).toBe(202)
  expect(accepted.headers.get('preference-applied')).toBe('respond-async')
  const { id, operation_id: operationId, status } = accepted.body.data
  expect(status).toBe('accepted')
  expect(accepted.headers.get('location')).toBe(`/v1/operations/${operationId}`)

  const pending = await call('GET', `/v1/customers/${id}`)
  expect([pending.status, pending.body.code]).toEqual([404, 'pending'])
  expect(pending.headers.get('retry-after')).toBe('1')
  expect((await call('GET', `/v1/operations/${operationId}`)).body.data).toMatchObject({
    status: 'accepted',
    customer: null,
  })

  await worker.wake()
  expect((await call('GET', `/v1/customers/${id}`)).body.data.name).toBe('Ada')
  const done = await call('GET', `/v1/operations/${operationId}`)
  expect(done.body.data).toMatchObject({
    kind: 'create',
    status: 'applied',
    code: null,
    customer_id: id,
    customer: { name: 'Ada' },
  })
})

test('a change may be sent to a customer whose create still waits', async () => {
  const { call, worker } = await startGateway()
  worker.hold()
  const prefer = { Prefer: 'respond-async' }
  const { body } = await call('POST', '/v1/customers', { json: { key: 'k', name: 'one' }, headers: prefer })
  expect(
    (await call('PUT', `/v1/customers/${body.data.id}`, { json: { name: 'two' }, headers: prefer })).status,
  ).toBe(202)
  await worker.wake()
  expect((await call('GET', `/v1/customers/${body.data.id}`)).body.data.name).toBe('two')
})

test('when the wait is over the answer is 202, and the operation is applied later all the same', async () => {
  const { call, worker } = await startGateway()
  worker.hold()
  const accepted = await call('POST', '/v1/customers', { json: { key: 'k' }, headers: { Prefer: 'wait=1' } })
  expect([accepted.status, accepted.headers.get('preference-applied')]).toEqual([202, 'wait=1'])
  await worker.wake()
  expect((await call('GET', accepted.headers.get('location') ?? '')).body.data.status).toBe('applied')
})

test('with every notice lost the poll still finds the outcome', async () => {
  const { call } = await startGateway({ silent: true })
  expect((await call('POST', '/v1/customers', { json: { key: 'k' } })).status).toBe(201)
})

test('with Redis away a write is accepted durably', async () => {
  const { call, lines } = await startGateway({ redisDown: true })
  const accepted = await call('POST', '/v1/customers', { json: { key: 'k' }, headers: { Prefer: 'wait=0' } })
  expect(accepted.status).toBe(202)
  expect((await call('GET', accepted.headers.get('location') ?? '')).body.data.status).toBe('accepted')
  expect(lines.some(({ event }) => event === 'doorbell.lost')).toBe(true)
})

test.each(['wait=20; until=synced', 'wait=20, until=synced'])(
  'Prefer: %s waits for Stripe as well',
  async (prefer) => {
    const { call, worker, store } = await startGateway()
    const answer = call('POST', '/v1/customers', {
      json: { key: 'k', name: 'Ada' },
      headers: { Prefer: prefer },
    })
    await expect.poll(async () => (await store.findByKey('default', 'k')) !== null).toBe(true)
    const doc = await store.findByKey('default', 'k')
    await worker.sync({ tenantId: 'default', customerId: doc?._id ?? '' })
    const made = await answer
    expect(made.status).toBe(201)
    expect(made.body.data.sync.state).toBe('synced')
    expect(made.body.data.stripe_customer_id).toMatch(/^cus_/)
    expect(made.headers.get('preference-applied')).toBe('wait=20, until=synced')
  },
)

test('a customer that is applied but not in step in time is 202, with its operation applied', async () => {
  const { call } = await startGateway()
  const late = await call('POST', '/v1/customers', {
    json: { key: 'k' },
    headers: { Prefer: 'wait=1; until=synced' },
  })
  expect([late.status, late.body.data.status]).toEqual([202, 'applied'])
  expect(late.headers.get('preference-applied')).toBe('wait=1')
})

test('a database that goes away after the acknowledgement does not fail the request', async () => {
  const { call, worker, away } = await startGateway()
  worker.hold()
  const answer = call('POST', '/v1/customers', { json: { key: 'k' }, headers: { Prefer: 'wait=2' } })
  await expect.poll(() => worker.rung.length).toBe(1)
  away(true)
  expect((await answer).status).toBe(202)
})
