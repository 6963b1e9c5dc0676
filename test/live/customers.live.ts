// Document 002, "Integration Tests": a customer's life on a real Stripe sandbox account, through gateway and worker. Stripe
// cannot reach this machine, so what happens there comes by its event list.

import { lockstep } from '@lockstep/client'
import { CustomerError, StripeCustomerService } from '@lockstep/client/stripe-customer-service'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { atStripe, liveStripe } from './live-stripe.ts'

const target = liveStripe()
/** Over the sea and back, within a sandbox account's limits (ms). */
const patienceMs = 120_000
const made = new Set<string>()

let stack: Stack
let service: StripeCustomerService

beforeAll(async () => {
  stack = await startStack({
    // Empty variables are absent ones: as shipped.
    workerEnv: {
      STRIPE_SECRET_KEY: target.key,
      STRIPE_API_BASE: target.base ?? '',
      STRIPE_LIMIT_ENDPOINT: '',
      STRIPE_LIMIT_ACCOUNT: '',
      DOUBT_GRACE_MS: target.base ? '2000' : '',
    },
  })
  service = new StripeCustomerService(connected())
})
afterAll(async () => {
  for (const id of made) await atStripe(target, 'DELETE', `/v1/customers/${id}`)
  await stack.close()
})

const connected = () => lockstep({ url: stack.gateways[0]?.url ?? '', apiKey: stack.apiKey })
const unique = () => crypto.randomUUID()

test('002 Test customer lifecycle with real Stripe API (test mode)', async () => {
  const email = `${unique()}@example.com`
  const { id } = await service.createCustomer({ email, name: 'Ada Lovelace', metadata: { plan: 'pro' } })
  made.add(id)
  expect(await atStripe(target, 'GET', `/v1/customers/${id}`)).toMatchObject({
    email,
    name: 'Ada Lovelace',
    metadata: { plan: 'pro' },
  })
  await service.updateCustomer(id, { name: 'Ada King' })
  expect(await atStripe(target, 'GET', `/v1/customers/${id}`)).toMatchObject({ name: 'Ada King', email })
  expect(await service.getCustomerByEmail(email)).toMatchObject({ id, name: 'Ada King' })
  await service.deleteCustomer(id)
  expect(await atStripe(target, 'GET', `/v1/customers/${id}`)).toMatchObject({ deleted: true })
})

test('002 Test user registration with customer creation, once under any concurrency', async () => {
  const userId = unique()
  await connected().users.put(userId, { email: `${userId}@example.com`, name: 'New User' })
  const told = await Promise.all(Array.from({ length: 4 }, () => service.ensureCustomerExists(userId)))
  for (const id of told) made.add(id)
  expect(new Set(told).size).toBe(1)
  expect(await atStripe(target, 'GET', `/v1/customers/${told[0]}`)).toMatchObject({ name: 'New User' })
})

test('002 Test user update with customer sync, both ways', async () => {
  const userId = unique()
  await connected().users.put(userId, { email: `${userId}@example.com`, name: 'Before' })
  const id = await service.ensureCustomerExists(userId)
  made.add(id)
  await connected().users.put(userId, { name: 'After' })
  await until(
    'the name is at Stripe',
    async () => (await atStripe(target, 'GET', `/v1/customers/${id}`))['name'] === 'After',
    { patienceMs, betweenMs: 500 },
  )
  await atStripe(target, 'POST', `/v1/customers/${id}`, { description: 'Edited there' })
  await until(
    'the edit is here',
    async () => {
      const doc = await stack.store.findByStripeId('default', id)
      return doc?.desired.some(({ k, v }) => k === 'description' && v === 'Edited there')
    },
    { patienceMs, betweenMs: 500 },
  )
})

test('002 Test customer deletion scenarios: deleted at Stripe, it is archived here and stays', async () => {
  const { id } = await service.createCustomer({ email: `${unique()}@example.com` })
  const doc = await stack.store.findByStripeId('default', id)
  await atStripe(target, 'DELETE', `/v1/customers/${id}`)
  await until(
    'it is known here',
    async () => {
      const ref = { tenantId: 'default', customerId: doc?._id ?? '' }
      return (await stack.store.readCustomer(ref))?.stripe_id === undefined
    },
    { patienceMs, betweenMs: 500 },
  )
})

test('002 Test error scenarios and recovery: a typed error, and a write that outlives its worker', async () => {
  await expect(service.createCustomer({ email: 'no-address' })).rejects.toBeInstanceOf(CustomerError)
  const [worker] = stack.workers
  await worker?.kill('SIGKILL')
  const key = unique()
  const later = { headers: { prefer: 'respond-async' } }
  const sent = await api(stack, 'POST', '/v1/customers', { key, name: 'Waits' }, later)
  expect(sent.status).toBe(202)
  await worker?.start()
  const stripeId = await until(
    'it is at Stripe',
    async () => (await stack.store.findByKey('default', key))?.stripe_id,
    { patienceMs, betweenMs: 500 },
  )
  made.add(stripeId)
  expect(await atStripe(target, 'GET', `/v1/customers/${stripeId}`)).toMatchObject({ name: 'Waits' })
})
