// What an operation does to a customer: applied as a whole, or rejected with a code and no effect.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument } from '../../src/customer/document.ts'
import { aDocument, anAgreed, at, told, valueIn } from '../support/documents.ts'
import { after, applying, create, refusalOf, update } from '../support/operations.ts'

const facts = { balance: 0, currency: 'eur', delinquent: false }

describe('a create', () => {
  test('makes an active lead on the free tier, with what the caller said', () => {
    const doc = after(null, create({ name: 'Ada', email: 'Ada@Example.com', tags: ['a', 'a', 'b'] }))
    expect(doc).toMatchObject({
      _id: 'customer-1',
      tenant_id: 'tenant-1',
      key: 'key-1',
      rev: 0,
      version: 1,
      state: 'active',
      status: 'lead',
      tier: 'free',
      tags: ['a', 'b'],
      email_claim: 'ada@example.com',
      touched_by_api: true,
      created_at: at + 1000,
    })
    expect(valueIn(doc.desired, 'name')).toBe('Ada')
    expect('stripe_id' in doc).toBe(false)
  })

  test('is told with the whole customer, as its first event', () => {
    const doc = after(null, create({ name: 'Ada', metadata: [{ k: '__proto__', v: 1 }] }))
    expect(doc.outbox).toHaveLength(1)
    expect(doc.outbox[0]).toMatchObject({ seq: 1, type: 'customer.created', at: at + 1000 })
    const data = doc.outbox[0]?.data ?? ''
    expect(data).toContain('"metadata":{"__proto__":1}')
    expect(JSON.parse(data)).toMatchObject({
      by: 'api',
      changes: [],
      customer: { id: 'customer-1', name: 'Ada', version: 1 },
    })
    expect(data).not.toContain('"sync"')
  })

  test('of a customer that is there is refused', () => {
    expect(refusalOf(aDocument(), create())).toBe('key_taken')
  })

  test('as a person and a company at once is refused', () => {
    expect(refusalOf(null, create({ user_id: 'u', company_id: 'c' }))).toBe('invalid_request')
    expect(refusalOf(null, create({ user_id: 'u', company_id: null }))).toBe('applied')
  })
})

describe('an update', () => {
  test('raises the version, and tells each change with both values', () => {
    const doc = anAgreed({ name: 'Ada', 'address.city': 'London' }, { version: 4, seq: 9 })
    const next = after(
      doc,
      update({
        name: 'Grace',
        billing_address: { city: null },
        tier: 'pro',
        metadata: [{ k: 'a.b', v: [1] }],
      }),
    )
    expect(next.version).toBe(5)
    expect(next.updated_at).toBe(at + 1000)
    expect(next.outbox.map(({ seq, type }) => [seq, type])).toEqual([[10, 'customer.updated']])
    expect(JSON.parse(next.outbox[0]?.data ?? '')).toMatchObject({
      by: 'api',
      customer: { name: 'Grace', tier: 'pro', version: 5 },
      changes: [
        { field: 'name', from: 'Ada', to: 'Grace' },
        { field: 'billing_address.city', from: 'London', to: null },
        { field: 'metadata.a.b', from: null, to: [1] },
        { field: 'tier', from: 'free', to: 'pro' },
      ],
    })
  })

  test('touches the callers’ side alone', () => {
    const doc = anAgreed({ name: 'Ada' }, { obs: 3, wanted: 2, seen: 1 })
    const next = after(doc, update({ name: 'Grace' }))
    for (const part of [
      'observed',
      'base',
      'obs',
      'wanted',
      'seen',
      'intent',
      'rev',
      'stripe_id',
      'pushes',
    ] as const) {
      expect(next[part]).toEqual(doc[part])
    }
  })

  test.each<[string, Parameters<typeof update>[0]]>([
    ['the same values', { name: 'Ada', tags: ['x'], tier: 'free', preferred_locales: ['de'] }],
    ['nothing', {}],
    ['null over nothing', { phone: null, source: null, shipping: null, currency: null, assigned_to: null }],
    ['an empty text over nothing', { phone: '', description: '   ' }],
    ['tax_exempt none over nothing', { tax_exempt: 'none' }],
    ['the same metadata', { metadata: [{ k: 'plan', v: { a: 1 } }] }],
    ['an address without parts', { billing_address: {} }],
  ])('with %s leaves version and events alone', (_, input) => {
    const doc = anAgreed(
      { name: 'Ada', preferred_locales: ['de'], 'metadata.plan': { a: 1 } },
      { tags: ['x'], version: 3 },
    )
    const next = after(doc, update(input))
    expect(next.version).toBe(3)
    expect(next.updated_at).toBe(doc.updated_at)
    expect(told(next)).toEqual([])
  })

  test('with no locales over none leaves the version alone', () => {
    expect(after(anAgreed({}, { version: 3 }), update({ preferred_locales: [] })).version).toBe(3)
  })

  test('marks the customer as one that a caller has touched, even where it changes nothing', () => {
    expect(after(anAgreed({}, { touched_by_api: false }), update({})).touched_by_api).toBe(true)
  })

  test('as a person and a company at once is refused, in one step or in two', () => {
    const person = aDocument({ user_id: 'u' })
    expect(refusalOf(person, update({ company_id: 'c' }))).toBe('invalid_request')
    expect(refusalOf(aDocument(), update({ company_id: 'c', user_id: 'u' }))).toBe('invalid_request')
    expect(refusalOf(person, update({ company_id: 'c', user_id: null }))).toBe('applied')
  })

  test('may change the currency until Stripe has one', () => {
    const changed = after(aDocument({ currency: 'usd', version: 1 }), update({ currency: 'eur' }))
    expect(changed).toMatchObject({ currency: 'eur', version: 2 })
    const fixed = anAgreed({}, { stripe: facts, currency: null })
    expect(refusalOf(fixed, update({ currency: 'usd' }))).toBe('currency_fixed')
    expect(refusalOf(fixed, update({ currency: null }))).toBe('currency_fixed')
    const same = after(fixed, update({ currency: 'eur', name: 'Ada' }))
    expect(valueIn(same.desired, 'name')).toBe('Ada')
    // Callers see Stripe's currency already.
    expect(after(fixed, update({ currency: 'eur' })).version).toBe(fixed.version)
    expect(
      refusalOf(anAgreed({}, { stripe: { ...facts, currency: null } }), update({ currency: 'usd' })),
    ).toBe('applied')
  })
})

describe('If-Match', () => {
  const doc = aDocument({ version: 4 })

  test('refuses a stale write, whatever it is', () => {
    for (const body of [update({ name: 'Ada' }), { kind: 'archive' }, { kind: 'delete' }] as const) {
      expect(refusalOf(doc, body, { if_match: 3 })).toBe('version_mismatch')
      expect(refusalOf(doc, body, { if_match: 5 })).toBe('version_mismatch')
      expect(refusalOf(doc, body, { if_match: 4 })).toBe('applied')
    }
  })

  test('is judged by the version that callers see, not by the fence', () => {
    expect(refusalOf({ ...doc, rev: 99 }, update({ name: 'Ada' }), { if_match: 99 })).toBe('version_mismatch')
  })
})

describe('a customer that is not there', () => {
  test('is not found, and neither is a tombstone', () => {
    const grave = aDocument({ tombstone: { merged_into: 'customer-2', at } })
    for (const doc of [null, grave]) {
      for (const body of [update({}), { kind: 'archive' }, { kind: 'restore' }] as const) {
        expect(refusalOf(doc, body)).toBe('not_found')
      }
    }
    // 28: an operation accepted before the end makes no customer anew.
    expect(refusalOf(grave, create())).toBe('not_found')
  })
})

test('a refused operation has no document, and the one that was there is unchanged', () => {
  const doc = Object.freeze(aDocument({ user_id: 'u', desired: { name: 'Ada' } }))
  const before = structuredClone<CustomerDocument>(doc)
  expect(applying(doc, update({ company_id: 'c', name: 'Grace' }))).toEqual({
    kind: 'rejected',
    code: 'invalid_request',
  })
  expect(applying(doc, update({ name: 'Grace' })).kind).toBe('applied')
  expect(doc).toEqual(before)
})
