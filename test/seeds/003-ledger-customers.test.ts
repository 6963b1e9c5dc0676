// The document "Customer Management" of a billing system (`/ledger/customers`): the customer's own data, row by row, against a
// real stack. Its money, portal and export rows stand beside this file.

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'

const path = '/ledger/customers'
let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.close())

const call = (method: string, below: string, body?: unknown) => api(stack, method, `${path}${below}`, body)
const anyEmail = () => `${randomUUID()}@example.com`
const alice = () => ({
  app_id: 'saas-platform',
  name: 'Alice Johnson',
  email: anyEmail(),
  billing_address: {
    line1: '123 Main St',
    line2: 'Suite 100',
    city: 'San Francisco',
    state: 'CA',
    postal_code: '94105',
    country: 'US',
  },
  currency: 'USD',
})

test('Creating customers: the example, with its currency in upper case', async () => {
  const json = alice()
  const made = await api(stack, 'POST', path, json, { headers: { prefer: 'wait=30; until=synced' } })
  expect(made.status).toBe(201)
  expect(made.data).toMatchObject({ ...json, currency: 'usd', balance: { amount: 0, currency: 'usd' } })
  const there = await stripe(stack, 'GET', `/v1/customers/${String(made.data['stripe_customer_id'])}`)
  expect(there).toMatchObject({ name: 'Alice Johnson', address: json.billing_address })
})

test('Billing address: Country is ISO 3166-1 alpha-2', async () => {
  const refused = await call('POST', '', { ...alice(), billing_address: { country: 'USA' } })
  expect(refused.status).toBe(422)
  expect(refused.body['errors']).toMatchObject([{ field: 'billing_address.country' }])
})

describe('API routes', () => {
  test('POST /ledger/customers: Create a customer', async () => {
    expect((await call('POST', '', { email: anyEmail() })).status).toBe(201)
    expect((await call('POST', '', { name: 'no e-mail' })).status).toBe(422)
  })

  test('GET /ledger/customers: List customers, by app', async () => {
    const app_id = randomUUID()
    const { data } = await call('POST', '', { ...alice(), app_id })
    expect((await call('GET', `?app_id=${app_id}`)).body['data']).toMatchObject([{ id: data['id'] }])
  })

  test('GET /ledger/customers/{id}: Get customer by ID', async () => {
    const { data } = await call('POST', '', alice())
    expect((await call('GET', `/${String(data['id'])}`)).data).toMatchObject({ id: data['id'] })
  })

  test('GET /ledger/customers/email/{email}: Get customer by email', async () => {
    const { data } = await call('POST', '', alice())
    expect((await call('GET', `/email/${String(data['email'])}`)).data).toMatchObject({ id: data['id'] })
  })

  test('PUT /ledger/customers/{id}: Update customer', async () => {
    const { data } = await call('POST', '', alice())
    const changed = await call('PUT', `/${String(data['id'])}`, { name: 'Alice J.', currency: 'EUR' })
    expect(changed.data).toMatchObject({ name: 'Alice J.', currency: 'eur', email: data['email'] })
  })

  test('DELETE /ledger/customers/{id}: Delete customer', async () => {
    const { data } = await call('POST', '', alice())
    expect((await call('DELETE', `/${String(data['id'])}`)).data).toMatchObject({ state: 'deleted' })
    expect((await call('GET', `/email/${String(data['email'])}`)).status).toBe(404)
  })
})

test('Deleting customers: soft deletes by an update to StatusDeleted', async () => {
  const json = alice()
  const { data } = await call('POST', '', json)
  const whole = { ...json, deleted_at: new Date().toISOString(), status: 'deleted' }
  const deleted = await call('PUT', `/${String(data['id'])}`, whole)
  expect(deleted.data).toMatchObject({ state: 'deleted', name: 'Alice Johnson' })
  expect(deleted.data['deleted_at']).not.toBeNull()
})
