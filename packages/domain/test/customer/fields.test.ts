// How a caller's words become leaves: absent changes nothing, null clears, metadata is replaced as a whole.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fieldChanges } from '../../src/customer/changes.ts'
import { withInput } from '../../src/customer/fields.ts'
import type { Json } from '../../src/customer/tree.ts'
import { customerView } from '../../src/customer/view.ts'
import type { CustomerInput } from '../../src/operation/operation.ts'
import { hostileNames, impossibleNames } from '../support/arbitraries.ts'
import { aDocument, valueIn } from '../support/documents.ts'

const full = () =>
  aDocument({
    desired: {
      name: 'Ada',
      email: 'a@b.example',
      'address.city': 'London',
      'address.country': 'GB',
      'shipping.name': 'Ada',
      'shipping.address.city': 'London',
      'metadata.a': 1,
      'metadata.b': 'x',
      tax_exempt: 'exempt',
      preferred_locales: ['en'],
    },
    email_claim: 'a@b.example',
    tags: ['t'],
    source: 's',
  })
const desired = (input: CustomerInput, doc = full()) =>
  Object.fromEntries(withInput(doc, input).desired.map(({ k, v }) => [k, v]))

describe('a field', () => {
  test('that is absent keeps its value', () => {
    expect(withInput(full(), {})).toEqual(full())
  })

  test('that is null, empty or blank is cleared', () => {
    for (const name of [null, '', '  ']) expect(desired({ name })).not.toHaveProperty('name')
    expect(desired({ tax_exempt: null, preferred_locales: null })).not.toHaveProperty('tax_exempt')
    expect(desired({ preferred_locales: [] })).not.toHaveProperty('preferred_locales')
    expect(desired({ tax_exempt: 'none' })).not.toHaveProperty('tax_exempt')
  })

  test('that has a value keeps the caller’s own spelling', () => {
    expect(desired({ name: ' Grace ', email: 'G@H.example' })).toMatchObject({
      name: ' Grace ',
      email: 'G@H.example',
    })
  })

  test('that is ours alone is set or cleared', () => {
    const doc = withInput(full(), {
      tags: ['a', 'b', 'a'],
      source: null,
      tier: 'enterprise',
      organization: 'o',
      contact_id: 'c',
    })
    expect(doc).toMatchObject({
      tags: ['a', 'b'],
      source: null,
      tier: 'enterprise',
      organization: 'o',
      contact_id: 'c',
    })
  })
})

describe('an address', () => {
  test('changes by its parts, and is cleared as a whole by null', () => {
    expect(desired({ billing_address: { city: 'Paris', country: null } })).toMatchObject({
      'address.city': 'Paris',
    })
    expect(desired({ billing_address: { city: 'Paris', country: null } })).not.toHaveProperty([
      'address.country',
    ])
    expect(
      Object.keys(desired({ billing_address: null })).filter((leaf) => leaf.startsWith('address.')),
    ).toEqual([])
    // Shipping is another matter.
    expect(desired({ billing_address: null })).toHaveProperty(['shipping.address.city'])
  })

  test('of shipping likewise, and shipping is cleared with all its parts', () => {
    expect(desired({ shipping: { phone: '+1' } })).toMatchObject({
      'shipping.name': 'Ada',
      'shipping.phone': '+1',
    })
    expect(desired({ shipping: { address: null } })).not.toHaveProperty(['shipping.address.city'])
    expect(Object.keys(desired({ shipping: null })).filter((leaf) => leaf.startsWith('shipping.'))).toEqual(
      [],
    )
  })
})

describe('metadata', () => {
  const metadata = (input: CustomerInput['metadata']) =>
    withInput(full(), { metadata: input ?? null }).desired.filter(({ k }) => k.startsWith('metadata.'))

  test('is replaced as a whole, cleared by null, kept when absent', () => {
    expect(metadata([{ k: 'c', v: true }])).toEqual([{ k: 'metadata.c', v: true }])
    expect(metadata([])).toEqual([])
    expect(metadata(null)).toEqual([])
    expect(desired({ name: 'Grace' })).toMatchObject({ 'metadata.a': 1, 'metadata.b': 'x' })
  })

  test('drops an entry that holds nothing, and keeps 0, false and empty lists', () => {
    const values: Json[] = [null, '', 0, false, [], {}]
    expect(metadata(values.map((v, n) => ({ k: `${n}`, v }))).map(({ v }) => v)).toEqual([0, false, [], {}])
  })

  test('takes any name: as a name, and back as one', () => {
    const names = [...hostileNames, ...impossibleNames]
    const doc = withInput(full(), { metadata: names.map((k) => ({ k, v: `value of ${k}` })) })
    const view = customerView(doc).metadata
    for (const name of names) {
      expect(Object.hasOwn(view, name)).toBe(true)
      expect(Object.entries(view).find(([k]) => k === name)?.[1]).toBe(`value of ${name}`)
    }
    expect(Object.getPrototypeOf(view)).toBe(Object.prototype)
    expect(JSON.parse(JSON.stringify(view))).toEqual(view)
  })

  test('holds whatever JSON callers put into it, and shows it as it came', () => {
    const pairs = fc.uniqueArray(fc.record({ k: fc.string(), v: fc.jsonValue() as fc.Arbitrary<Json> }), {
      // JSON is Json.
      selector: ({ k }) => k,
    })
    fc.assert(
      fc.property(pairs, (metadataPairs) => {
        const doc = withInput(aDocument(), { metadata: metadataPairs })
        const view = Object.entries(customerView(doc).metadata)
        const kept = metadataPairs.filter(({ v }) => v !== null && v !== '')
        expect(new Map(view)).toEqual(new Map(kept.map(({ k, v }) => [k, v])))
      }),
    )
  })
})

describe('an e-mail’s claim', () => {
  test('is made by the caller’s e-mail, without regard to case and blanks', () => {
    expect(withInput(aDocument(), { email: ' New@B.Example ' }).email_claim).toBe('new@b.example')
    expect(withInput(full(), { email: 'New@B.example' }).email_claim).toBe('new@b.example')
  })

  test('goes when the caller clears it: an empty e-mail claims nothing', () => {
    for (const email of [null, '', ' ']) expect('email_claim' in withInput(full(), { email })).toBe(false)
  })

  test('is made where a caller writes the e-mail that Stripe had brought', () => {
    const fromStripe = aDocument({ desired: { email: 'a@b.example' } })
    const doc = withInput(fromStripe, { email: 'a@b.example' })
    expect(doc.email_claim).toBe('a@b.example')
    expect(fieldChanges(fromStripe, doc)).toEqual([])
    expect('email_claim' in withInput(fromStripe, { name: 'Ada' })).toBe(false)
  })
})

test('the document that was given is left as it was', () => {
  const doc = full()
  withInput(doc, { name: 'Grace', metadata: null, tags: [], email: null })
  expect(doc).toEqual(full())
  expect(valueIn(doc.desired, 'name')).toBe('Ada')
})
