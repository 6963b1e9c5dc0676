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
import { stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'

let stack: Stack
let service: CustomerManagementService
beforeAll(async () => {
  stack = await startStack()
  service = new CustomerManagementService(
    lockstep({ url: stack.gateways[0]?.url ?? '', apiKey: stack.apiKey }),
  )
})
afterAll(() => stack.close())

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
