// Moves of a customer over HTTP: status, state, sales, and its end.

import { describe, expect, test } from 'vitest'
import { startGateway, type TestGateway } from './support/gateway.ts'

async function aCustomer({ call }: TestGateway, json: object = { key: 'k', name: 'Ada' }): Promise<string> {
  const made = await call('POST', '/v1/customers', { json })
  expect(made.status).toBe(201)
  return `/v1/customers/${made.body.data.id}`
}

test('the status goes round: lead, prospect, customer, churned, and back to prospect', async () => {
  const gateway = await startGateway()
  const path = await aCustomer(gateway)
  const seen: string[] = []
  for (const verb of ['qualify', 'convert', 'churn', 'reactivate', 'convert']) {
    const moved = await gateway.call('POST', `${path}/${verb}`)
    expect(moved.status).toBe(200)
    seen.push(moved.body.data.status)
  }
  expect(seen).toEqual(['prospect', 'customer', 'churned', 'prospect', 'customer'])
})

test.each([
  ['convert', 'invalid_transition'],
  ['churn', 'invalid_transition'],
  ['reactivate', 'invalid_transition'],
  ['unsuspend', 'not_allowed_in_state'],
  ['unarchive', 'not_allowed_in_state'],
  ['restore', 'not_allowed_in_state'],
  ['purge', 'not_allowed_in_state'],
  ['erase', 'not_allowed_in_state'],
])('of an active lead, %s is refused: %s', async (verb, code) => {
  const gateway = await startGateway()
  const path = await aCustomer(gateway)
  const refused = await gateway.call('POST', `${path}/${verb}`)
  expect([refused.status, refused.body.code]).toEqual([409, code])
  expect((await gateway.call('GET', path)).body.data).toMatchObject({
    status: 'lead',
    state: 'active',
    version: 1,
  })
})

test('a suspended customer may change, and comes back', async () => {
  const gateway = await startGateway()
  const path = await aCustomer(gateway)
  expect((await gateway.call('POST', `${path}/suspend`)).body.data.state).toBe('suspended')
  expect((await gateway.call('PUT', `${path}/tags`, { json: { tags: ['late'] } })).status).toBe(200)
  expect((await gateway.call('POST', `${path}/qualify`)).body.code).toBe('not_allowed_in_state')
  expect((await gateway.call('POST', `${path}/unsuspend`)).body.data).toMatchObject({
    state: 'active',
    tags: ['late'],
  })
})

describe('the one-field updates', () => {
  const rep = '019b6ec4-774c-70e0-9c2c-7ba19630289d'
  test('change their field alone', async () => {
    const gateway = await startGateway()
    const path = await aCustomer(gateway)
    const put = (field: string, json: object) => gateway.call('PUT', `${path}/${field}`, { json })
    expect((await put('assign', { assigned_to: rep.toUpperCase() })).body.data.assigned_to).toBe(rep)
    expect((await put('tier', { tier: 'pro' })).body.data).toMatchObject({ tier: 'pro', assigned_to: rep })
    expect((await put('tags', { tags: ['a', 'b', 'a'] })).body.data.tags).toEqual(['a', 'b'])
    expect((await put('tags', { tags: [] })).body.data.tags).toEqual([])
    expect((await put('assign', { assigned_to: null })).body.data.assigned_to).toBeNull()
  })

  test.each([
    ['assign', {}, 'assigned_to'],
    ['assign', { assigned_to: 'somebody' }, 'assigned_to'],
    ['assign', { assigned_to: rep, name: 'Eve' }, 'name'],
    ['tier', {}, 'tier'],
    ['tier', { tier: 'gold' }, 'tier'],
    ['tier', { tier: null }, 'tier'],
    ['tags', {}, 'tags'],
    ['tags', { tags: 'vip' }, 'tags'],
    ['tags', { tags: [''] }, 'tags.0'],
  ])('PUT %s %j names what is at fault', async (field, json, fault) => {
    const gateway = await startGateway()
    const path = await aCustomer(gateway)
    const refused = await gateway.call('PUT', `${path}/${field}`, { json })
    expect(refused.status).toBe(422)
    expect(refused.body.errors.map((error: { field: string }) => error.field)).toEqual([fault])
  })
})

test('If-Match holds for moves as for updates', async () => {
  const gateway = await startGateway()
  const path = await aCustomer(gateway)
  const stale = { headers: { 'If-Match': '"7"' } }
  expect((await gateway.call('POST', `${path}/qualify`, stale)).status).toBe(412)
  expect((await gateway.call('POST', `${path}/qualify`, { headers: { 'If-Match': '"1"' } })).status).toBe(200)
})

test('a resync is answered with the customer, and asks Stripe once it is linked', async () => {
  const gateway = await startGateway()
  const path = await aCustomer(gateway)
  const ref = { tenantId: 'default', customerId: path.split('/').at(-1) ?? '' }
  await gateway.worker.sync(ref)
  const answered = await gateway.call('POST', `${path}/resync`)
  expect([answered.status, answered.body.data.sync.state]).toEqual([200, 'pending'])
  expect(await gateway.store.readCustomer(ref)).toMatchObject({ wanted: 1, seen: 0 })
  await gateway.call('POST', `${path}/archive`)
})

test('a resync of one that has no Stripe customer and wants none is refused', async () => {
  const gateway = await startGateway()
  const path = await aCustomer(gateway)
  await gateway.call('POST', `${path}/archive`)
  expect((await gateway.call('POST', `${path}/resync`)).body.code).toBe('not_linked')
})

describe.each(['purge', 'erase'])('%s', (verb) => {
  test('ends the customer: nobody finds it, and its key and e-mail are free', async () => {
    const gateway = await startGateway()
    const person = { key: 'ada', email: 'ada@example.com' }
    const path = await aCustomer(gateway, person)
    await gateway.call('POST', `${path}/archive`)
    const ended = await gateway.call('POST', `${path}/${verb}`)
    expect(ended.status).toBe(200)
    expect(ended.body.data).toEqual({ id: path.split('/').at(-1), purged: true })
    expect((await gateway.call('GET', path)).status).toBe(404)
    expect((await gateway.call('PATCH', path, { json: { name: 'Ada' } })).status).toBe(404)
    expect((await gateway.call('POST', `${path}/${verb}`)).status).toBe(404)
    await aCustomer(gateway, person)
  })
})

test('a repeat, after the traces are erased, is told so, or that the customer is purged', async () => {
  const gateway = await startGateway()
  const once = { json: { key: 'ada' }, headers: { 'Idempotency-Key': 'create-ada' } }
  const made = await gateway.call('POST', '/v1/customers', once)
  const customerId: string = made.body.data.id
  const path = `/v1/customers/${customerId}`
  await gateway.call('POST', `${path}/archive`)
  const erase = () => gateway.call('POST', `${path}/erase`, { headers: { 'Idempotency-Key': 'erase-ada' } })
  const first = await erase()
  await gateway.store.eraseOperations({ tenantId: 'default', customerId })
  const again = await gateway.call('POST', '/v1/customers', once)
  expect([again.status, again.body.code]).toEqual([410, 'erased'])
  expect((await erase()).body).toEqual(first.body)
})
