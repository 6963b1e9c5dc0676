// Document 002, "Stripe Customer Management Service": its methods, DTOs and required tests, by the adapter.

import { lockstep } from '@lockstep/client'
import {
  CustomerError,
  CustomerNotFoundError,
  DuplicateCustomerError,
  type IUser,
  StripeCustomerService,
} from '@lockstep/client/stripe-customer-service'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stripe, stripeCustomers } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'

let stack: Stack
let service: StripeCustomerService
beforeAll(async () => {
  stack = await startStack()
  service = new StripeCustomerService(connected())
})
afterAll(() => stack.close())

const connected = () => lockstep({ url: stack.gateways[0]?.url ?? '', apiKey: stack.apiKey })
const failed = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error)

describe('002 Customer Service Methods', () => {
  test('createCustomer returns the Stripe customer, which is there', async () => {
    const made = await service.createCustomer({
      email: 'ada@example.com',
      name: 'Ada Lovelace',
      phone: '+441234567890',
      metadata: { user_id: 'u1' },
    })
    expect(made).toMatchObject({
      id: expect.stringMatching(/^cus_/),
      object: 'customer',
      email: 'ada@example.com',
      name: 'Ada Lovelace',
      phone: '+441234567890',
      metadata: { user_id: 'u1' },
    })
    const there = await stripe(stack, 'GET', `/v1/customers/${made.id}`)
    expect(there).toMatchObject({ email: 'ada@example.com', name: 'Ada Lovelace', phone: '+441234567890' })
    expect(there['metadata']).toMatchObject({ user_id: 'u1' })
  })

  test('updateCustomer changes it at Stripe', async () => {
    const { id } = await service.createCustomer({ email: 'upd@example.com', name: 'Before' })
    const changed = await service.updateCustomer(id, { name: 'After', metadata: { plan: 'pro' } })
    expect(changed).toMatchObject({ id, name: 'After', email: 'upd@example.com', metadata: { plan: 'pro' } })
    expect(await stripe(stack, 'GET', `/v1/customers/${id}`)).toMatchObject({ name: 'After' })
  })

  test('getCustomer by id, getCustomerByEmail; null where nobody has the e-mail', async () => {
    const made = await service.createCustomer({ email: 'get@example.com' })
    expect(await service.getCustomer(made.id)).toEqual(made)
    expect(await service.getCustomerByEmail('GET@example.com')).toEqual(made)
    expect(await service.getCustomerByEmail('nobody@example.com')).toBeNull()
  })

  test('deleteCustomer deletes it at Stripe', async () => {
    const { id } = await service.createCustomer({ email: 'del@example.com' })
    expect(await service.deleteCustomer(id)).toEqual({ id, object: 'customer', deleted: true })
    expect(await stripe(stack, 'GET', `/v1/customers/${id}`)).toMatchObject({ id, deleted: true })
    expect(await failed(service.getCustomer(id))).toBeInstanceOf(CustomerNotFoundError)
  })
})

describe('002 Sync operations', () => {
  /** Users as the caller's own system holds them. */
  const known = new Map<string, IUser>()
  const users = { read: async (id: string) => known.get(id) ?? null }
  const synced = () => new StripeCustomerService(connected(), { users })

  test('ensureCustomerExists makes one customer for a user, and tells its Stripe id ever after', async () => {
    known.set('u-1', { id: 'u-1', email: 'u1@example.com', name: 'User One', metadata: { plan: 'pro' } })
    const told = await Promise.all(Array.from({ length: 8 }, () => synced().ensureCustomerExists('u-1')))
    expect(new Set(told).size).toBe(1)
    expect(told[0]).toMatch(/^cus_/)
    const there = await stripe(stack, 'GET', `/v1/customers/${told[0]}`)
    expect(there).toMatchObject({ email: 'u1@example.com', name: 'User One', metadata: { plan: 'pro' } })
    expect(await synced().ensureCustomerExists('u-1')).toBe(told[0])
  })

  test('syncCustomerWithUser brings a changed profile to Stripe, and archives the customer of a user who is gone', async () => {
    const user = { id: 'u-2', email: 'u2@example.com', name: 'Before' }
    known.set('u-2', user)
    const id = await synced().ensureCustomerExists('u-2')
    known.set('u-2', { ...user, name: 'After', phone: '+4930123456' })
    await synced().syncCustomerWithUser('u-2')
    expect(await stripe(stack, 'GET', `/v1/customers/${id}`)).toMatchObject({
      name: 'After',
      phone: '+4930123456',
    })
    known.delete('u-2')
    await synced().syncCustomerWithUser('u-2')
    expect(await stripe(stack, 'GET', `/v1/customers/${id}`)).toMatchObject({
      id,
      metadata: { lockstep_state: 'archived' },
    })
  })

  test('without a source of users, those that came by PUT /v1/users/{id} are taken', async () => {
    await connected().users.put('u-3', { email: 'u3@example.com' })
    expect(await service.ensureCustomerExists('u-3')).toMatch(/^cus_/)
    await service.syncCustomerWithUser('u-3')
  })

  test('a user whom nobody knows', async () => {
    for (const each of [service, synced()]) {
      expect(await failed(each.ensureCustomerExists('nobody'))).toBeInstanceOf(CustomerNotFoundError)
      expect(await failed(each.syncCustomerWithUser('nobody'))).toBeInstanceOf(CustomerNotFoundError)
    }
  })
})

describe('002 Testing Requirements', () => {
  test('error handling for invalid data: a typed error with its code, quoting nothing', async () => {
    const error = await failed(service.createCustomer({ email: 'very-private-nonsense' }))
    expect(error).toBeInstanceOf(CustomerError)
    expect(error).toMatchObject({ code: 'invalid_request' })
    expect(String(error)).not.toContain('very-private-nonsense')
  })

  test('an id that Stripe does not have', async () => {
    const calls = [
      service.getCustomer('cus_nobody'),
      service.updateCustomer('cus_nobody', { name: 'x' }),
      service.deleteCustomer('cus_nobody'),
    ]
    for (const error of await Promise.all(calls.map(failed)))
      expect(error).toBeInstanceOf(CustomerNotFoundError)
  })

  test('duplicate prevention: ten at once with one e-mail are one customer at Stripe', async () => {
    const calls = Array.from({ length: 10 }, () =>
      failed(service.createCustomer({ email: 'dup@example.com' })),
    )
    const outcomes = await Promise.all(calls)
    expect(outcomes.filter((each) => each instanceof DuplicateCustomerError)).toHaveLength(9)
    const there = (await stripeCustomers(stack)).filter((each) => each['email'] === 'dup@example.com')
    expect(there).toHaveLength(1)
  })
})
