// The canonical form: what counts as equal, and what survives the way to Stripe and back.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/customer/tree.ts'
import { parseStripeCustomer } from '../../src/stripe/customer-object.ts'
import {
  canonical,
  desiredTree,
  fieldOf,
  fixedLeaves,
  fromCanonical,
  fromStripe,
  isReserved,
} from '../../src/sync/canonical.ts'
import { formOf } from '../../src/sync/form.ts'
import { anyLeaf, callersValue, canonicalValue, hostileNames, stripeTree } from '../support/arbitraries.ts'
import { aDocument, stripeCustomerOf } from '../support/documents.ts'
import { modelStripe, shownTree } from '../support/stripe-model.ts'

describe('equal by their canonical form', () => {
  test.each(fixedLeaves)('%s: absent, null, "" and blanks', (leaf) => {
    for (const value of [undefined, null, '', ...(leaf === 'preferred_locales' ? [] : [' ', '\t\n'])]) {
      expect(canonical(leaf, value)).toBeNull()
    }
  })

  test('metadata: absent, null and "", but a blank is a value', () => {
    for (const value of [undefined, null, '']) expect(canonical('metadata.x', value)).toBeNull()
    expect(canonical('metadata.x', ' ')).toBe(' ')
  })

  test('no locales and an empty list of locales; their order is a value', () => {
    expect(canonical('preferred_locales', [])).toBeNull()
    expect(canonical('preferred_locales', ['de', 'en'])).not.toBe(
      canonical('preferred_locales', ['en', 'de']),
    )
  })

  test('tax_exempt none and none at all', () => {
    expect(canonical('tax_exempt', 'none')).toBeNull()
    expect(canonical('tax_exempt', 'exempt')).toBe('exempt')
    // The word is no magic elsewhere.
    expect(canonical('name', 'none')).toBe('none')
    expect(canonical('metadata.tax_exempt', 'none')).toBe('none')
  })

  test('a country in any case, in both addresses; no other field loses its case', () => {
    expect(canonical('address.country', ' de')).toBe('DE')
    expect(canonical('shipping.address.country', 'de')).toBe('DE')
    expect(canonical('address.city', 'de')).toBe('de')
    expect(canonical('email', 'Ada@Example.com')).toBe('Ada@Example.com')
    expect(canonical('metadata.address.country', 'de')).toBe('de')
  })

  test('text with and without blanks around it, but not in metadata', () => {
    expect(canonical('name', '  Ada Lovelace\n')).toBe('Ada Lovelace')
    expect(canonical('metadata.name', ' Ada ')).toBe(' Ada ')
  })

  test('metadata that is no text and the text that Stripe holds for it', () => {
    for (const value of [0, 1.5, false, true, [], {}, { a: [null] }] satisfies Json[]) {
      expect(canonical('metadata.x', value)).toBe(JSON.stringify(value))
    }
    expect(canonical('metadata.x', 7)).toBe(canonical('metadata.x', '7'))
  })
})

test('a canonical form is its own canonical form', () => {
  const leafAndValue = anyLeaf.chain((leaf) => callersValue(leaf).map((value) => ({ leaf, value })))
  fc.assert(
    fc.property(leafAndValue, ({ leaf, value }) => {
      const form = canonical(leaf, value)
      expect(canonical(leaf, fromCanonical(leaf, form, undefined))).toBe(form)
    }),
  )
})

test('whatever stood here before, a value taken from Stripe has exactly Stripe’s form', () => {
  const given = anyLeaf.chain((leaf) =>
    fc.record({
      leaf: fc.constant(leaf),
      value: leaf.startsWith('metadata.')
        ? fc.oneof(
            fc.string({ minLength: 1 }),
            fc.json(),
            fc.constantFrom('-0', '1E400', '\u00a07', '[1, 2]', '{"__proto__":1}'),
          )
        : canonicalValue(leaf),
      before: fc.option(callersValue(leaf), { nil: undefined }),
    }),
  )
  fc.assert(
    fc.property(given, ({ leaf, value, before }) => {
      expect(canonical(leaf, fromCanonical(leaf, value, before))).toBe(value)
    }),
    { numRuns: 500 },
  )
})

describe('Stripe’s customer as a tree', () => {
  test('is what was sent, after the way through the form and back', () => {
    fc.assert(
      fc.property(stripeTree, (tree) => {
        const stripe = modelStripe(new Map())
        const answer = stripe.create(formOf([...tree].map(([k, v]) => ({ k, v }))))
        expect(answer.kind).toBe('ok')
        expect(sorted(shownTree(stripe))).toEqual(sorted(tree))
      }),
    )
  })

  test('is empty for a customer that holds nothing, in every spelling of nothing', () => {
    const nothing = { id: 'cus_1', livemode: false, metadata: {} }
    for (const body of [
      nothing,
      { ...nothing, address: null, shipping: null, tax_exempt: null, preferred_locales: null, name: null },
      {
        ...nothing,
        address: {},
        shipping: { address: {} },
        tax_exempt: 'none',
        preferred_locales: [],
        name: '',
      },
      {
        ...nothing,
        address: { line1: null, country: '' },
        shipping: { name: ' ', phone: null, address: null },
      },
    ]) {
      const seen = parseStripeCustomer(body)
      expect(seen.kind === 'living' && fromStripe(seen.customer).size).toBe(0)
    }
  })

  test('keeps hostile metadata names as plain names', () => {
    const text = JSON.stringify(hostileNames.map((name) => [name, `value of ${name}`]))
    // From JSON text, as an answer comes: there `__proto__` is a property of its own.
    const metadata = `{${(JSON.parse(text) as [string, string][]).map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join()}}`
    const seen = parseStripeCustomer(JSON.parse(`{"id":"cus_1","livemode":false,"metadata":${metadata}}`))
    if (seen.kind !== 'living') throw new Error('it lives')
    const tree = fromStripe(seen.customer)
    for (const name of hostileNames) expect(tree.get(`metadata.${name}`)).toBe(`value of ${name}`)
    expect(Object.hasOwn(Object.prototype, 'value of __proto__')).toBe(false)
  })

  test('leaves out the reserved marks of another version, and keeps ours', () => {
    const tree = fromStripe(
      stripeCustomerOf(
        new Map([
          ['metadata.lockstep_id', 'somebody'],
          ['metadata.lockstep_new', 'x'],
          ['metadata.lockstep', 'not reserved'],
        ]),
      ),
    )
    expect(sorted(tree)).toEqual([
      ['metadata.lockstep', 'not reserved'],
      ['metadata.lockstep_id', 'somebody'],
    ])
  })
})

describe('what we want at Stripe', () => {
  test('carries our five marks, which no caller’s entry can shadow', () => {
    const doc = aDocument({ desired: { 'metadata.lockstep_id': 'forged', 'metadata.plan': 'pro' } })
    const tree = desiredTree(doc)
    expect([...tree].filter(([leaf]) => isReserved(leaf))).toEqual([
      ['metadata.lockstep_id', 'customer-1'],
      ['metadata.lockstep_key', 'key-1'],
      ['metadata.lockstep_status', 'lead'],
      ['metadata.lockstep_state', 'active'],
      ['metadata.lockstep_tier', 'free'],
    ])
    expect(doc.desired).toHaveLength(2)
  })

  test('names the field that a policy speaks of', () => {
    expect(fieldOf('address.city')).toBe('address')
    expect(fieldOf('shipping.address.city')).toBe('shipping')
    expect(fieldOf('metadata.a.b')).toBe('metadata')
    expect(fieldOf('name')).toBe('name')
  })
})

function sorted(tree: ReadonlyMap<string, string>): [string, string][] {
  return [...tree].toSorted(([a], [b]) => (a < b ? -1 : 1))
}
