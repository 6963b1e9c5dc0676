// Document 000, "Customer Management Service Reference": each method, and each of its rows, by the adapter.

import { lockstep } from '@lockstep/client'
import {
  ConflictError,
  CustomerManagementService,
  DomainError,
  NotFoundError,
  ValidationError,
} from '@lockstep/client/customer-management'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { api, stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
let service: CustomerManagementService
beforeAll(async () => {
  stack = await startStack()
  service = new CustomerManagementService(client())
})
afterAll(() => stack.close())

const client = () => lockstep({ url: stack.gateways[0]?.url ?? '', apiKey: stack.apiKey })
const described = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ operationId: z.string(), responses: z.record(z.string(), z.unknown()) })),
  ),
})

async function price(): Promise<string> {
  const made = await stripe(stack, 'POST', '/v1/prices', {
    currency: 'usd',
    unit_amount: '1000',
    'recurring[interval]': 'month',
    'product_data[name]': 'Pro',
  })
  return String(made['id'])
}

async function madeAtStripe(): Promise<string> {
  return String((await stripe(stack, 'POST', '/v1/customers', { name: 'Made at Stripe' }))['id'])
}

const failed = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error)

describe('000 createCustomer', () => {
  test('returns every property: key, displayName, email, externalBillingId, status, metadata, createdAt, updatedAt', async () => {
    const made = await service.createCustomer({
      key: 'acme',
      displayName: 'Acme',
      email: 'billing@acme.example',
      metadata: { seats: 5, nested: { a: [1, null] } },
    })
    expect(made).toEqual({
      key: 'acme',
      displayName: 'Acme',
      email: 'billing@acme.example',
      externalBillingId: null,
      status: 'active',
      metadata: { seats: 5, nested: { a: [1, null] } },
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      updatedAt: made.createdAt,
    })
  })

  test('key: 1 to 255 characters, else ValidationError', async () => {
    expect((await service.createCustomer({ key: 'k'.repeat(255) })).key).toHaveLength(255)
    for (const key of ['', 'k'.repeat(256)]) {
      expect(await failed(service.createCustomer({ key }))).toMatchObject({
        name: 'ValidationError',
        fields: ['key'],
      })
    }
  })

  test('displayName: at most 255 characters, else ValidationError', async () => {
    const error = await failed(service.createCustomer({ key: 'long', displayName: 'x'.repeat(256) }))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ fields: ['displayName'] })
  })

  test('email: valid, else ValidationError', async () => {
    expect(await failed(service.createCustomer({ key: 'mail', email: 'nonsense' }))).toMatchObject({
      name: 'ValidationError',
      fields: ['email'],
    })
  })

  test('externalBillingId: the Stripe customer that it names is the customer’s; ConflictError when it is in use', async () => {
    const externalBillingId = await madeAtStripe()
    expect((await service.createCustomer({ key: 'linked', externalBillingId })).externalBillingId).toBe(
      externalBillingId,
    )
    expect(await failed(service.createCustomer({ key: 'second', externalBillingId }))).toBeInstanceOf(
      ConflictError,
    )
  })

  test('externalBillingId: one that Stripe does not have is a ValidationError', async () => {
    const error = await failed(
      service.createCustomer({ key: 'nowhere', externalBillingId: 'cus_NotAtStripe' }),
    )
    expect(error).toBeInstanceOf(ValidationError)
    expect(await service.getCustomer('nowhere')).toBeNull()
  })

  test('ConflictError when the key is in use', async () => {
    await service.createCustomer({ key: 'twice' })
    expect(await failed(service.createCustomer({ key: 'twice' }))).toBeInstanceOf(ConflictError)
  })
})

describe('000 updateCustomer', () => {
  test('changes displayName, email and metadata, which replaces what was stored, and refreshes updatedAt', async () => {
    const made = await service.createCustomer({ key: 'upd', displayName: 'Old', metadata: { a: 1, b: 2 } })
    const changed = await service.updateCustomer('upd', {
      displayName: 'New',
      email: 'new@upd.example',
      metadata: { b: 3 },
    })
    expect(changed).toMatchObject({
      displayName: 'New',
      email: 'new@upd.example',
      metadata: { b: 3 },
      status: 'active',
    })
    expect(Date.parse(changed.updatedAt)).toBeGreaterThan(Date.parse(made.updatedAt))
    expect((await service.updateCustomer('upd', { displayName: 'Newer' })).email).toBe('new@upd.example')
  })

  test('the key is immutable, whatever an update says', async () => {
    await service.createCustomer({ key: 'immutable' })
    const dto = { key: 'other', displayName: 'Renamed' }
    expect(await service.updateCustomer('immutable', dto)).toMatchObject({ key: 'immutable' })
    expect(await service.getCustomer('other')).toBeNull()
  })

  test('ValidationError when the DTO is invalid', async () => {
    await service.createCustomer({ key: 'upd-invalid' })
    expect(await failed(service.updateCustomer('upd-invalid', { email: 'x' }))).toBeInstanceOf(
      ValidationError,
    )
  })

  test('NotFoundError when the key is not found', async () => {
    expect(await failed(service.updateCustomer('nobody', { displayName: 'x' }))).toBeInstanceOf(NotFoundError)
  })

  test('ConflictError when the externalBillingId is used elsewhere', async () => {
    const externalBillingId = await madeAtStripe()
    await service.createCustomer({ key: 'holder', externalBillingId })
    // A customer that has a Stripe customer of its own keeps it: only what is archived before asks for none.
    await service.createCustomer({ key: 'wants-it' })
    expect(await failed(service.updateCustomer('wants-it', { externalBillingId }))).toMatchObject({
      name: 'ConflictError',
    })
  })
})

describe('000 getCustomer', () => {
  test('returns the DTO; null when the key is missing', async () => {
    const made = await service.createCustomer({ key: 'get' })
    expect(await service.getCustomer('get')).toMatchObject({ key: 'get', createdAt: made.createdAt })
    expect(await service.getCustomer('nobody')).toBeNull()
  })
})

describe('000 listCustomers', () => {
  beforeAll(async () => {
    for (const [key, displayName] of [
      ['list-a', 'Zoe'],
      ['list-b', 'Yan'],
      ['list-c', 'Xia'],
    ] as const) {
      await service.createCustomer({ key, displayName, email: `${key}@list.example` })
    }
    await service.archiveCustomer('list-b')
  })
  const keys = async (filters: Parameters<CustomerManagementService['listCustomers']>[0]) =>
    (await service.listCustomers(filters)).map(({ key }) => key)

  test('status: active, archived', async () => {
    expect(await keys({ status: 'archived', search: 'list-' })).toEqual(['list-b'])
    expect(await keys({ status: 'active', search: 'list-' })).toEqual(['list-a', 'list-c'])
    expect(await keys({ status: 'suspended', search: 'list-' })).toEqual([])
  })

  test('status: suspended', async () => {
    const made = await service.createCustomer({ key: 'susp-1' })
    const { id } = await client().customers.getByKey(made.key)
    await client().customers.suspend(id)
    expect(await keys({ status: 'suspended' })).toEqual(['susp-1'])
    expect((await service.getCustomer('susp-1'))?.status).toBe('suspended')
  })

  test('search: matches key, displayName or email', async () => {
    expect(await keys({ search: 'list-a' })).toEqual(['list-a'])
    expect(await keys({ search: 'xia' })).toEqual(['list-c'])
    expect(await keys({ search: 'list-b@list' })).toEqual(['list-b'])
  })

  test('sortBy and sortOrder: ascending by default', async () => {
    expect(await keys({ search: 'list-', sortBy: 'displayName' })).toEqual(['list-c', 'list-b', 'list-a'])
    expect(await keys({ search: 'list-', sortBy: 'key', sortOrder: 'desc' })).toEqual([
      'list-c',
      'list-b',
      'list-a',
    ])
    expect(await keys({ search: 'list-', sortBy: 'createdAt' })).toEqual(['list-a', 'list-b', 'list-c'])
    expect(await keys({ search: 'list-' })).toEqual(['list-a', 'list-b', 'list-c'])
  })

  test('limit 1 to 100 and offset from 0, else ValidationError', async () => {
    expect(await keys({ search: 'list-', sortBy: 'key', limit: 1, offset: 1 })).toEqual(['list-b'])
    for (const filters of [{ limit: 0 }, { limit: 101 }, { offset: -1 }]) {
      expect(await failed(service.listCustomers(filters))).toBeInstanceOf(ValidationError)
    }
  })
})

describe('000 archiveCustomer, unarchiveCustomer, deleteCustomer', () => {
  test('archived, active again; NotFoundError when the customer is missing', async () => {
    await service.createCustomer({ key: 'moves' })
    await service.archiveCustomer('moves')
    expect((await service.getCustomer('moves'))?.status).toBe('archived')
    await service.unarchiveCustomer('moves')
    expect((await service.getCustomer('moves'))?.status).toBe('active')
    for (const move of ['archiveCustomer', 'unarchiveCustomer', 'deleteCustomer'] as const) {
      expect(await failed(service[move]('nobody'))).toBeInstanceOf(NotFoundError)
    }
  })

  test('deleteCustomer: DomainError while still active; an archived one is gone for good, and its key is free', async () => {
    await service.createCustomer({ key: 'gone' })
    expect(await failed(service.deleteCustomer('gone'))).toBeInstanceOf(DomainError)
    await service.archiveCustomer('gone')
    await service.deleteCustomer('gone')
    expect(await service.getCustomer('gone')).toBeNull()
    expect((await service.createCustomer({ key: 'gone' })).status).toBe('active')
  })
})

describe('000 Related Workflows', () => {
  test('a deletion does not cascade: one with a subscription is refused until that has ended', async () => {
    const externalBillingId = await madeAtStripe()
    await service.createCustomer({ key: 'subscribed', externalBillingId })
    const { id } = await client().customers.getByKey('subscribed')
    const method = await client().billing.attachPaymentMethod(id, { payment_method: 'pm_card_visa' })
    const subscription = await client().billing.createSubscription(id, {
      items: [{ price: await price() }],
      default_payment_method: method.id,
    })
    await until(
      'the subscription is here',
      async () => (await client().billing.listSubscriptions(id)).data.length === 1,
    )
    await service.archiveCustomer('subscribed')
    expect(await failed(service.deleteCustomer('subscribed'))).toBeInstanceOf(DomainError)
    await stripe(stack, 'DELETE', `/v1/subscriptions/${subscription.id}`)
    await until('it may go', async () => (await failed(service.deleteCustomer('subscribed'))) === undefined)
  })

  test('externalBillingId stores the Stripe customer’s id, which the sync fills', async () => {
    await service.createCustomer({ key: 'filled' })
    await until('it is filled', async () =>
      (await service.getCustomer('filled'))?.externalBillingId?.startsWith('cus_'),
    )
  })
})

describe('000 .NET methods', () => {
  // There is no .NET client. A generator makes one of the description, so it must have an operation for each method.
  test.each([
    ['CreateCustomerAsync', 'create_customer'],
    ['UpdateCustomerAsync', 'update_customer'],
    ['GetCustomerAsync', 'get_customer_by_key'],
    ['ListCustomersAsync', 'list_customers'],
    ['ArchiveCustomerAsync', 'archive_customer'],
    ['UnarchiveCustomerAsync', 'unarchive_customer'],
    ['DeleteCustomerAsync', 'purge_customer'],
  ])('%s: the description has %s, with the shape of its answer', async (_method, operationId) => {
    const { paths } = described.parse((await api(stack, 'GET', '/openapi.json')).body)
    const operations = Object.values(paths).flatMap((verbs) => Object.values(verbs))
    const found = operations.find((each) => each.operationId === operationId)
    expect(Object.keys(found?.responses ?? {})).toContain(operationId === 'create_customer' ? '201' : '200')
  })
})
