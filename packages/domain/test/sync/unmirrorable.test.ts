// What has no form that Stripe takes: held with a reason, neither pushed nor drift, and nothing else is.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/customer/tree.ts'
import { desiredTree, unmirrorable } from '../../src/sync/canonical.ts'
import { formOf } from '../../src/sync/form.ts'
import { merge } from '../../src/sync/merge.ts'
import { callersTree, hostileNames } from '../support/arbitraries.ts'
import { aDocument, canonicalTree, leaves, treeFrom, type Values } from '../support/documents.ts'
import { modelStripe } from '../support/stripe-model.ts'

const held = (desired: Values, base: Values = {}) =>
  Object.fromEntries(unmirrorable(treeFrom(desired), treeFrom(base)))

describe('lengths, counted in characters as people count them', () => {
  test.each([
    ['name', 256],
    ['email', 512],
    ['phone', 20],
    ['description', 5000],
    ['address.line1', 5000],
    ['metadata.x', 500],
  ])('%s holds %i and not one more', (leaf, most) => {
    expect(held({ [leaf]: 'x'.repeat(most) })).toEqual({})
    expect(Object.keys(held({ [leaf]: 'x'.repeat(most + 1) }))).toEqual([leaf])
    expect(held({ [leaf]: '🗝'.repeat(most) })).toEqual({})
  })

  test('the canonical form counts: blanks around a text, a number’s digits', () => {
    expect(held({ name: ` ${'x'.repeat(256)} ` })).toEqual({})
    expect(held({ 'metadata.x': { text: 'x'.repeat(489) } })).toEqual({})
    expect(held({ 'metadata.x': { text: 'x'.repeat(490) } })).toEqual({
      'metadata.x': 'metadata_value_too_long',
    })
  })

  test('a metadata name holds 40 characters', () => {
    expect(held({ [`metadata.${'k'.repeat(40)}`]: 'v' })).toEqual({})
    expect(held({ [`metadata.${'🗝'.repeat(40)}`]: 'v' })).toEqual({})
    expect(Object.values(held({ [`metadata.${'k'.repeat(41)}`]: 'v' }))).toEqual(['metadata_key_too_long'])
  })
})

describe('metadata names', () => {
  test.each(hostileNames)('%s travels', (name) => {
    expect(held([[`metadata.${name}`, 'v']])).toEqual({})
  })

  test('an empty one, and one with brackets, have no form', () => {
    expect(held([['metadata.', 'v']])).toEqual({ 'metadata.': 'metadata_key_empty' })
    for (const name of ['[', ']', 'a[b]', 'x]']) {
      expect(Object.values(held([[`metadata.${name}`, 'v']]))).toEqual(['metadata_key_has_brackets'])
    }
  })

  test('a reserved name that is none of our marks would be pushed for ever, so it is held', () => {
    expect(held({ 'metadata.lockstep_future': 'v' })).toEqual({
      'metadata.lockstep_future': 'metadata_key_reserved',
    })
    expect(unmirrorable(desiredTree(aDocument()), new Map()).size).toBe(0)
  })

  test('an entry that is empty holds nothing, whatever its name', () => {
    expect(
      held([
        ['metadata.', null],
        [`metadata.${'k'.repeat(41)}`, ''],
      ]),
    ).toEqual({})
  })
})

describe('more than 45 metadata entries', () => {
  const many = (count: number): [string, Json][] =>
    Array.from({ length: count }, (_, n) => [`metadata.k${String(n).padStart(2, '0')}`, 'v'])

  test('45 travel, beside our marks; the others are held', () => {
    expect(held(many(45))).toEqual({})
    expect(held(many(47))).toEqual({
      'metadata.k45': 'metadata_too_many_keys',
      'metadata.k46': 'metadata_too_many_keys',
    })
    expect(unmirrorable(desiredTree(aDocument({ desired: many(45) })), new Map()).size).toBe(0)
  })

  test('an entry that cannot travel, or is empty, takes no place', () => {
    expect(held([['metadata.', 'v'], ['metadata.empty', ''], ...many(45)])).toEqual({
      'metadata.': 'metadata_key_empty',
    })
  })

  test('those that stand at Stripe keep their places, in whatever order they come', () => {
    const base = Object.fromEntries(many(47).slice(2))
    const expected = { 'metadata.k00': 'metadata_too_many_keys', 'metadata.k01': 'metadata_too_many_keys' }
    expect(held(many(47), base)).toEqual(expected)
    expect(held(many(47).toReversed(), base)).toEqual(expected)
  })

  test('a change of one of 50 that stand at Stripe is no new entry', () => {
    expect(held(many(50), Object.fromEntries(many(50)))).toEqual({})
  })

  test('one that cannot travel, but stands at Stripe with an older value, keeps its place there', () => {
    const long = 'v'.repeat(501)
    const desired = [['metadata.long', long] as [string, Json], ...many(45)]
    expect(held(desired, { 'metadata.long': 'short' })).toEqual({
      'metadata.long': 'metadata_value_too_long',
      'metadata.k44': 'metadata_too_many_keys',
    })
  })

  test('one that is cleared gives its place to another in the same push', () => {
    const base = Object.fromEntries([['metadata.old', 'v'], ...many(44)])
    expect(held(many(45), base)).toEqual({})
  })

  test('that stood at Stripe before us leave our marks as many places as there are, the id first', () => {
    const heldMarks = (count: number) => {
      const there = new Map([...many(count)].map(([k]): [string, string] => [k, 'v']))
      return [...unmirrorable(desiredTree(aDocument({ desired: many(count) })), there).keys()]
    }
    expect(heldMarks(45)).toEqual([])
    expect(heldMarks(47)).toEqual(['metadata.lockstep_state', 'metadata.lockstep_tier'])
    expect(heldMarks(50)).toHaveLength(5)
  })

  test('a clash over one is never decided by the limit: what Stripe shows has its place', () => {
    // Somebody took an entry away there, and filled one that had found no place.
    const doc = aDocument({ desired: many(46) })
    const observed = Object.fromEntries([...many(45).slice(1), ['metadata.k45', 'theirs']])
    const merged = merge({
      desired: treeFrom(doc.desired.map(({ k, v }): [string, Json] => [k, v])),
      base: treeFrom(many(45)),
      observed: treeFrom(observed),
      policyFor: () => 'stripe',
      unknownPushes: [],
      returned: new Set(),
      refused: new Map(),
    })
    expect([...merged.taken]).toEqual([
      ['metadata.k00', null],
      ['metadata.k45', 'theirs'],
    ])
    expect(merged.lost).toMatchObject([{ lost: 'v', won: 'theirs', winner: 'stripe', by: 'merge' }])
  })
})

describe('shipping, which Stripe takes with a name and an address only', () => {
  const reasons = (values: Values) => [...new Set(Object.values(held(values)))]

  test('complete: it travels', () => {
    expect(held({ 'shipping.name': 'A', 'shipping.address.city': 'B' })).toEqual({})
    expect(held({ 'shipping.name': 'A', 'shipping.address.city': 'B', 'shipping.phone': '+1' })).toEqual({})
  })

  test('none: there is nothing to hold, so a shipping can be cleared', () => {
    expect(held({ 'shipping.name': '', 'shipping.phone': ' ' })).toEqual({})
  })

  test.each([
    [{ 'shipping.name': 'A' }],
    [{ 'shipping.phone': '+1' }],
    [{ 'shipping.address.city': 'B' }],
    [{ 'shipping.name': 'A', 'shipping.phone': '+1' }],
    [{ 'shipping.name': '  ', 'shipping.address.city': 'B' }],
  ])('incomplete %j: all of it is held, what was cleared included', (values: Values) => {
    expect(reasons(values)).toEqual(['shipping_incomplete'])
    for (const leaf of ['shipping.name', 'shipping.phone', 'shipping.address.city']) {
      expect(held(values)).toHaveProperty([leaf])
    }
  })

  test('one part that is too long holds all of it', () => {
    const values = {
      'shipping.name': 'A',
      'shipping.address.city': 'B',
      'shipping.address.line1': 'x'.repeat(5001),
    }
    expect(reasons(values)).toEqual(['too_long'])
    expect(held(values)).toHaveProperty(['shipping.name'])
  })
})

test('whatever is not held, Stripe takes', () => {
  fc.assert(
    fc.property(callersTree, (tree) => {
      const doc = aDocument({ desired: [...tree] })
      const wanted = desiredTree(doc)
      const no = unmirrorable(wanted, new Map())
      const form = formOf([...canonicalTree(wanted)].filter(([k]) => !no.has(k)).map(([k, v]) => ({ k, v })))
      expect(modelStripe(new Map()).create(form).kind).toBe('ok')
      expect(leaves([...tree])).toEqual(doc.desired)
    }),
    { numRuns: 300 },
  )
})
