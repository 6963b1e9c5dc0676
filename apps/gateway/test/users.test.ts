// Users of upstream systems: one customer each, whoever asks how often.

import { expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

const ada = { email: 'ada@example.com', name: 'Ada', phone: '+4930123456', metadata: { plan: 'pro' } }

test('a registration makes the user and its customer; both are shown', async () => {
  const { call } = await startGateway()
  const registered = await call('PUT', '/v1/users/user-1', { json: ada })
  expect(registered.status).toBe(200)
  const { customer_id } = registered.body.data
  expect(registered.body.data).toEqual({
    id: 'user-1',
    ...ada,
    stripe_customer_id: null,
    customer_id: expect.stringMatching(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ),
    state: 'active',
  })
  expect((await call('GET', '/v1/users/user-1')).body.data).toEqual(registered.body.data)
  const customer = await call('GET', `/v1/customers/${customer_id}`)
  expect(customer.body.data).toMatchObject({ user_id: 'user-1', email: ada.email, status: 'lead' })
})

test('however many register one user at once, it has one customer', async () => {
  const { call } = await startGateway()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => call('PUT', '/v1/users/u', { json: { ...ada, name: `Ada ${n}` } })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(new Set(answers.map(({ body }) => body.data.customer_id)).size).toBe(1)
  expect((await call('GET', '/v1/customers')).body.data).toHaveLength(1)
})

test('a profile that changes is followed; what is absent stays', async () => {
  const { call } = await startGateway()
  await call('PUT', '/v1/users/u', { json: ada })
  const changed = await call('PUT', '/v1/users/u', { json: { name: 'Ada King', phone: null } })
  expect(changed.body.data).toMatchObject({
    name: 'Ada King',
    phone: null,
    email: ada.email,
    metadata: ada.metadata,
  })
})

test('a user is registered with an e-mail, and changed without', async () => {
  const { call } = await startGateway()
  for (const json of [{}, { name: 'Ada' }, { email: null }]) {
    const refused = await call('PUT', '/v1/users/u', { json })
    expect([refused.status, refused.body.errors[0]?.field]).toEqual([422, 'email'])
  }
  expect((await call('GET', '/v1/users/u')).status).toBe(404)
  await call('PUT', '/v1/users/u', { json: ada })
  expect((await call('PUT', '/v1/users/u', { json: {} })).status).toBe(200)
})

test('a deletion archives the customer, and a later registration brings it back', async () => {
  const { call } = await startGateway()
  const { body } = await call('PUT', '/v1/users/u', { json: ada })
  expect((await call('DELETE', '/v1/users/u')).body.data).toMatchObject({ id: 'u', state: 'archived' })
  expect((await call('GET', '/v1/users/u')).body.data.state).toBe('archived')
  const back = await call('PUT', '/v1/users/u', { json: { name: 'Ada II' } })
  expect(back.body.data).toMatchObject({
    state: 'active',
    name: 'Ada II',
    customer_id: body.data.customer_id,
  })
  expect((await call('DELETE', '/v1/users/nobody')).status).toBe(404)
})

test('a user who was purged, or refused, may register again: as another customer', async () => {
  const { call } = await startGateway()
  const lives: string[] = []
  for (let life = 0; life < 6; life++) {
    const { body } = await call('PUT', '/v1/users/u', { json: ada })
    lives.push(body.data.customer_id)
    await call('DELETE', '/v1/users/u')
    expect((await call('POST', `/v1/customers/${body.data.customer_id}/purge`)).status).toBe(200)
    expect((await call('GET', '/v1/users/u')).status).toBe(404)
  }
  expect(new Set(lives).size).toBe(6)
})

test('an e-mail that another customer claims is refused', async () => {
  const { call } = await startGateway()
  await call('POST', '/v1/customers', { json: { email: 'ADA@example.com' } })
  const refused = await call('PUT', '/v1/users/u', { json: ada })
  expect([refused.status, refused.body.code]).toEqual([409, 'email_taken'])
})

test('users of two tenants under one id are two', async () => {
  const { call, addKey } = await startGateway()
  const key = await addKey({ tenantId: 'theirs' })
  const ours = await call('PUT', '/v1/users/u', { json: ada })
  const theirs = await call('PUT', '/v1/users/u', { json: ada, key })
  expect(theirs.body.data.customer_id).not.toBe(ours.body.data.customer_id)
  expect((await call('GET', `/v1/customers/${ours.body.data.customer_id}`, { key })).status).toBe(404)
})

test('the Stripe customer is told as soon as it is there, or that it is on its way', async () => {
  const { call, worker } = await startGateway()
  expect((await call('POST', '/v1/users/u/customer')).status).toBe(404)
  const { body } = await call('PUT', '/v1/users/u', { json: ada })
  const customerId: string = body.data.customer_id
  const early = await call('POST', '/v1/users/u/customer', { headers: { Prefer: 'wait=0' } })
  expect([early.status, early.headers.get('retry-after')]).toEqual([202, '1'])
  expect(early.body.data).toEqual({ id: 'u', customer_id: customerId, stripe_customer_id: null })
  const waiting = call('POST', '/v1/users/u/customer', { headers: { Prefer: 'wait=30' } })
  await worker.sync({ tenantId: 'default', customerId })
  const told = await waiting
  expect(told.status).toBe(200)
  expect(told.body.data.stripe_customer_id).toMatch(/^cus_/)
  expect((await call('POST', '/v1/users/u/customer')).body).toEqual(told.body)
})

test('a user whose customer has no Stripe customer and will have none is told so', async () => {
  const { call } = await startGateway()
  await call('PUT', '/v1/users/u', { json: ada })
  await call('DELETE', '/v1/users/u')
  const refused = await call('POST', '/v1/users/u/customer')
  expect([refused.status, refused.body.code]).toEqual([409, 'not_linked'])
})

test('while a registration waits, the user is pending', async () => {
  const { call, worker } = await startGateway()
  worker.hold()
  const accepted = await call('PUT', '/v1/users/u', { json: ada, headers: { Prefer: 'respond-async' } })
  expect(accepted.status).toBe(202)
  const read = await call('GET', '/v1/users/u')
  expect([read.status, read.body.code]).toEqual([404, 'pending'])
  await call('PUT', '/v1/users/u', { json: { name: 'Ada L.' }, headers: { Prefer: 'respond-async' } })
  await worker.wake()
  expect((await call('GET', '/v1/users/u')).body.data.name).toBe('Ada L.')
})

test.each([
  ['/v1/users/%00', {}, 404],
  [`/v1/users/${'u'.repeat(256)}`, ada, 404],
  ['/v1/users/u', { ...ada, status: 'lead' }, 422],
  ['/v1/users/u', { ...ada, metadata: 'none' }, 422],
])('PUT %s with %j is %i', async (path, json, status) => {
  const { call } = await startGateway()
  expect((await call('PUT', path, { json })).status).toBe(status)
})
