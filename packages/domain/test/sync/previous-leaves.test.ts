// `previous_attributes` as canonical leaves: only what stands in it, since how Stripe cuts nested objects is not promised.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fixedLeaves } from '../../src/sync/canonical.ts'
import { previousLeaves } from '../../src/sync/echo.ts'

const read = (previous: unknown) => Object.fromEntries(previousLeaves(JSON.stringify(previous)))
const addressLeaves = ['line1', 'line2', 'city', 'state', 'postal_code', 'country']

describe('what a field was before', () => {
  test('nothing, where nothing is told', () => {
    expect(previousLeaves(null).size).toBe(0)
    for (const odd of [null, [], 'text', 7, {}]) expect(read(odd)).toEqual({})
  })

  test('a value, or empty in any spelling', () => {
    expect(read({ name: 'Ada', email: null, phone: '', description: ' x ', tax_exempt: 'none' })).toEqual({
      name: 'Ada',
      email: null,
      phone: null,
      description: 'x',
      tax_exempt: null,
    })
  })

  test('locales as a whole', () => {
    expect(read({ preferred_locales: ['de'] })).toEqual({ preferred_locales: '["de"]' })
    expect(read({ preferred_locales: [] })).toEqual({ preferred_locales: null })
  })

  test('of a nested object only the parts that are told', () => {
    expect(read({ address: { city: 'London', country: 'gb' } })).toEqual({
      'address.city': 'London',
      'address.country': 'GB',
    })
    expect(read({ shipping: { phone: null, address: { city: 'X' } } })).toEqual({
      'shipping.phone': null,
      'shipping.address.city': 'X',
    })
  })

  test('of an object that was not there: every part was empty', () => {
    expect(Object.keys(read({ address: null })).sort()).toEqual(
      addressLeaves.map((part) => `address.${part}`).sort(),
    )
    const shipping = read({ shipping: null })
    expect(Object.keys(shipping).sort()).toEqual(
      fixedLeaves.filter((leaf) => leaf.startsWith('shipping.')).toSorted(),
    )
    expect(new Set(Object.values(shipping))).toEqual(new Set([null]))
    expect(Object.keys(read({ shipping: { name: 'Ada', address: null } }))).toHaveLength(7)
  })

  test('metadata by key: one that was new is null, hostile names are names', () => {
    const text = '{"metadata":{"plan":"pro","new":null,"__proto__":"x","a.b":"","constructor":"y"}}'
    expect([...previousLeaves(text)]).toEqual([
      ['metadata.plan', 'pro'],
      ['metadata.new', null],
      ['metadata.__proto__', 'x'],
      ['metadata.a.b', null],
      ['metadata.constructor', 'y'],
    ])
    expect(read({ metadata: null })).toEqual({})
  })

  test('not what is no leaf of ours', () => {
    expect(
      read({
        balance: 5,
        default_source: 'card_1',
        invoice_settings: { footer: 'x' },
        tax: { ip_address: null },
      }),
    ).toEqual({})
    expect(previousLeaves('{"__proto__":{"name":"x"},"constructor":null,"toString":"y"}').size).toBe(0)
  })

  test('whatever JSON is sent, it is read without harm, as canonical texts', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        for (const value of previousLeaves(text).values())
          expect(value === null || value.length > 0).toBe(true)
      }),
    )
    const shaped = fc.dictionary(
      fc.constantFrom('name', 'address', 'shipping', 'metadata', 'tax_exempt'),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(shaped, (previous) => {
        for (const leaf of previousLeaves(JSON.stringify(previous)).keys()) {
          expect(fixedLeaves.includes(leaf) || leaf.startsWith('metadata.')).toBe(true)
        }
      }),
    )
  })
})
