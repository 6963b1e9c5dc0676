// Stripe's customer, read at the door: what it holds is accepted as it is.

import { describe, expect, test } from 'vitest'
import { lockstepIdOf, parseStripeCustomer } from '../../src/stripe/customer-object.ts'

const living = (fields: object = {}) => {
  const seen = parseStripeCustomer({
    id: 'cus_1',
    object: 'customer',
    livemode: false,
    metadata: {},
    ...fields,
  })
  if (seen.kind !== 'living') throw new Error(seen.kind)
  return seen.customer
}

describe('a living customer', () => {
  test('is read whatever its values look like: our rules bind callers, not Stripe', () => {
    const odd = {
      id: 'anything at all',
      email: 'not an address',
      phone: 'x'.repeat(50),
      tax_exempt: 'new_word',
      preferred_locales: ['??'],
      address: { country: 'Germany', city: null, line3: 'new' },
      shipping: { name: null, address: null, carrier: 'x' },
      balance: -1,
      currency: 'xyz',
      unknown_field: { deep: true },
    }
    expect(living(odd)).toMatchObject({
      email: 'not an address',
      address: { country: 'Germany' },
      balance: -1,
    })
  })

  test('may lack what Stripe leaves out', () => {
    expect(living()).toMatchObject({ id: 'cus_1', metadata: {} })
    expect(
      living({ name: null, address: null, shipping: null, balance: null, delinquent: null }).name,
    ).toBeNull()
  })

  test('keeps hostile metadata names', () => {
    const body: unknown = JSON.parse(
      '{"id":"c","livemode":true,"metadata":{"__proto__":"x","constructor":"y"}}',
    )
    const seen = parseStripeCustomer(body)
    expect(seen.kind === 'living' && Object.entries(seen.customer.metadata)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })
})

test('a deleted customer is a stub, also where Stripe adds to it', () => {
  expect(parseStripeCustomer({ id: 'cus_1', object: 'customer', deleted: true })).toEqual({
    kind: 'deleted',
    id: 'cus_1',
  })
  expect(
    parseStripeCustomer({ id: 'cus_1', deleted: true, name: 'Ada', metadata: {}, livemode: true }).kind,
  ).toBe('deleted')
})

test('anything else is no customer', () => {
  for (const body of [
    null,
    [],
    'cus_1',
    {},
    { id: 'cus_1' },
    { id: 1, livemode: true, metadata: {} },
    { id: 'cus_1', livemode: true, metadata: { n: 1 } },
    { id: 'cus_1', livemode: true, metadata: null },
    { id: 'cus_1', livemode: true, metadata: {}, deleted: false, preferred_locales: 'de' },
    { error: { message: 'no' } },
  ]) {
    expect(() => parseStripeCustomer(body)).toThrow()
  }
})

test('the proof of whose it is: our id in its metadata, and nothing inherited', () => {
  expect(lockstepIdOf(living({ metadata: { lockstep_id: 'customer-1' } }))).toBe('customer-1')
  expect(lockstepIdOf(living())).toBeNull()
  const hostile: unknown = JSON.parse('{"id":"c","livemode":true,"metadata":{"__proto__":"lockstep_id"}}')
  const seen = parseStripeCustomer(hostile)
  expect(seen.kind === 'living' && lockstepIdOf(seen.customer)).toBeNull()
})
