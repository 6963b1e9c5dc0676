// The document "Stripe Customer Management Service": a user and its customer, row by row over HTTP, against a real stack. The
// methods of its class stand beside this file.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ gateways: 2 })
})
afterAll(() => stack.close())

const synced = { headers: { prefer: 'wait=30; until=synced' } }
const user = (method: string, id: string, body?: unknown, options = {}) =>
  api(stack, method, `/v1/users/${id}`, body, options)

/** Registers a user; answers its Stripe customer's id. */
async function registered(id: string): Promise<string> {
  const made = await user(
    'PUT',
    id,
    { email: `${id}@example.com`, name: id, metadata: { plan: 'pro' } },
    synced,
  )
  expect(made.status).toBe(200)
  return String(made.data['stripe_customer_id'])
}

describe('User-Customer Synchronization', () => {
  test('Extend user entity to include Stripe customer ID', async () => {
    const stripeId = await registered('entity')
    expect((await user('GET', 'entity')).data).toMatchObject({ id: 'entity', stripe_customer_id: stripeId })
  })

  test('Implement automatic customer creation on user registration', async () => {
    const stripeId = await registered('automatic')
    expect(await stripe(stack, 'GET', `/v1/customers/${stripeId}`)).toMatchObject({
      email: 'automatic@example.com',
      name: 'automatic',
      metadata: { plan: 'pro' },
    })
  })

  test('Add customer update triggers on user profile changes', async () => {
    const stripeId = await registered('profile')
    await user('PUT', 'profile', { name: 'New name', phone: '+4930123456' }, synced)
    expect(await stripe(stack, 'GET', `/v1/customers/${stripeId}`)).toMatchObject({
      name: 'New name',
      phone: '+4930123456',
      email: 'profile@example.com',
    })
  })

  test('Handle customer deletion scenarios: archiving instead of deletion', async () => {
    const stripeId = await registered('leaving')
    expect((await user('DELETE', 'leaving', undefined, synced)).data).toMatchObject({ state: 'archived' })
    const there = await stripe(stack, 'GET', `/v1/customers/${stripeId}`)
    expect(there).toMatchObject({ id: stripeId, metadata: { lockstep_state: 'archived' } })
    expect(there['deleted']).toBeUndefined()
  })

  test('Handle customer deletion scenarios: one deleted at Stripe is archived here, and made again on return', async () => {
    const stripeId = await registered('returning')
    await stripe(stack, 'DELETE', `/v1/customers/${stripeId}`)
    await until('it is archived', async () => (await user('GET', 'returning')).data['state'] === 'archived')
    const back = await user('PUT', 'returning', { name: 'Back' }, synced)
    expect(back.data).toMatchObject({ state: 'active', name: 'Back' })
    expect(back.data['stripe_customer_id']).not.toBe(stripeId)
  })
})

test('Implement duplicate customer prevention: many registrations at once, through two gateways, make one', async () => {
  const creates = () =>
    stack.sandbox.requests().filter(({ method, path }) => method === 'POST' && path === '/v1/customers')
      .length
  const before = creates()
  const body = { email: 'many@example.com' }
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, n) => user('PUT', 'many', body, { ...synced, gateway: n % 2 })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(new Set(answers.map(({ data }) => data['stripe_customer_id'])).size).toBe(1)
  expect(creates() - before).toBe(1)
})

test('ensureCustomerExists(userId): Promise<string>', async () => {
  await user('PUT', 'ensured', { email: 'ensured@example.com' }, { headers: { prefer: 'respond-async' } })
  const told = await api(stack, 'POST', '/v1/users/ensured/customer', undefined, {
    headers: { prefer: 'wait=30' },
  })
  expect(told.status).toBe(200)
  expect(told.data['stripe_customer_id']).toMatch(/^cus_/)
})
