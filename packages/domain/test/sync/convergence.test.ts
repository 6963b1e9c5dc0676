// The pure lane against a model Stripe: from whatever documents and customers, it comes to an end, and then both sides
// agree on every leaf that is not held.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sealed } from '../../src/customer/seal.ts'
import { heldLeaves, inStep, nextStep } from '../../src/sync/plan.ts'
import { anyLeaf, callersTree, canonicalValue, policy, stripeTree } from '../support/arbitraries.ts'
import { expectAgreement } from '../support/agreement.ts'
import { aDocument, anAgreed, at, baseOf, wishing } from '../support/documents.ts'
import { runLane } from '../support/lane.ts'
import { type ModelOptions, modelStripe, shownTree } from '../support/stripe-model.ts'

const edits = fc.array(
  anyLeaf.chain((leaf) =>
    fc.option(canonicalValue(leaf)).map((value): [string, string | null] => [leaf, value]),
  ),
  { maxLength: 6 },
)
/** A dashboard, too, cannot make a shipping without a name and an address. */
const possible = (list: [string, string | null][]) => list.filter(([leaf]) => !leaf.startsWith('shipping.'))

function startOf(desired: ReadonlyMap<string, unknown>, linked: boolean) {
  const wishes = [...desired] as [string, string][] // A caller's tree holds JSON values only.
  return linked
    ? aDocument({ desired: wishes, stripe_id: 'cus_1', wanted: 1 })
    : aDocument({ desired: wishes })
}

describe('with a Stripe that takes everything it can', () => {
  test('a new customer is there in one create, one look, and no more', () => {
    fc.assert(
      fc.property(callersTree, (desired) => {
        const stripe = modelStripe(new Map())
        const { doc, steps } = runLane(startOf(desired, false), stripe)
        expect(steps).toEqual(['create', 'look'])
        expectAgreement(doc, shownTree(stripe))
        expect(doc.conflicts).toEqual([])
        expect(doc.refused).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  test('a first link ends in agreement after at most a look, a push', () => {
    fc.assert(
      fc.property(callersTree, stripeTree, policy, (desired, there, rule) => {
        const stripe = modelStripe(there)
        const { doc, steps } = runLane(startOf(desired, true), stripe, { policyFor: () => rule })
        expect(steps.length).toBeLessThanOrEqual(2)
        expectAgreement(doc, shownTree(stripe))
        expect(doc.refused).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  test('wishes here and edits there, in turns, always end in agreement, and then stand still', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(callersTree, edits), { maxLength: 4 }), policy, (turns, rule) => {
        const stripe = modelStripe(new Map())
        let { doc } = runLane(aDocument(), stripe)
        for (const [wishes, changes] of turns) {
          doc = { ...wishing(doc, [...wishes]), wanted: doc.wanted + 1 }
          for (const [leaf, value] of possible(changes)) stripe.edit(leaf, value)
          doc = runLane(doc, stripe, { policyFor: () => rule, stepsMax: 4 }).doc
          expectAgreement(doc, shownTree(stripe))
        }
        const calls = stripe.calls.length
        const again = runLane({ ...doc, wanted: doc.wanted + 1 }, stripe, { policyFor: () => rule })
        expect(again.steps).toEqual(['look'])
        expect(stripe.calls).toHaveLength(calls)
        expect(again.doc.version).toBe(doc.version)
      }),
      { numRuns: 150 },
    )
  })

  test('a cleared field travels each way', () => {
    const full = {
      name: 'Ada',
      phone: '+1',
      'address.city': 'London',
      tax_exempt: 'exempt',
      'metadata.plan': 'pro',
    }
    const start = anAgreed(full)
    const stripe = modelStripe(baseOf(start))
    stripe.edit('phone', null)
    stripe.edit('metadata.plan', null)
    const wish = wishing({ ...start, wanted: 1 }, { name: null, 'address.city': null, tax_exempt: null })
    const { doc } = runLane(wish, stripe)
    expect(doc.desired).toEqual([])
    expect([...shownTree(stripe).keys()].filter((leaf) => !leaf.startsWith('metadata.lockstep_'))).toEqual([])
  })

  test('a shipping that becomes whole travels; one that loses a part is held, and cleared as a whole', () => {
    const stripe = modelStripe(new Map())
    let { doc } = runLane(aDocument({ desired: { 'shipping.name': 'Ada' } }), stripe)
    expect(heldLeaves(doc).map(({ k }) => k)).toEqual(['shipping.name'])
    doc = runLane(wishing(doc, { 'shipping.address.city': 'London' }), stripe).doc
    expect(shownTree(stripe).get('shipping.name')).toBe('Ada')
    doc = runLane(wishing(doc, { 'shipping.name': null }), stripe).doc
    expect(shownTree(stripe).get('shipping.name')).toBe('Ada')
    doc = runLane(wishing(doc, { 'shipping.address.city': null }), stripe).doc
    expect(shownTree(stripe).has('shipping.name')).toBe(false)
    expect(heldLeaves(doc)).toEqual([])
  })

  test('46 metadata entries in any order: 45 travel, and writing them again moves none of them', () => {
    const entries = Array.from({ length: 46 }, (_, n): [string, string] => [`metadata.k${n}`, 'v'])
    const stripe = modelStripe(new Map())
    const { doc } = runLane(aDocument({ desired: entries }), stripe)
    expect(heldLeaves(doc)).toHaveLength(1)
    expect(nextStep({ ...doc, desired: doc.desired.toReversed() })).toEqual({ kind: 'done' })
  })

  test('a customer with 45 to 50 metadata entries of its own, linked: a change of ours travels, whatever finds no place', () => {
    for (let count = 45; count <= 50; count++) {
      const entries = Array.from({ length: count }, (_, n): [string, string] => [`metadata.k${n}`, 'theirs'])
      const stripe = modelStripe(new Map(entries))
      const start = startOf(new Map([['metadata.k1', 'ours']]), true)
      const { doc, steps } = runLane(start, stripe)
      expect(shownTree(stripe).get('metadata.k1')).toBe('ours')
      expect(doc.refused).toEqual([])
      expect(steps).toEqual(['look', 'update'])
      expect(heldLeaves(doc)).toHaveLength(count - 45)
      expectAgreement(doc, shownTree(stripe))
    }
  })
})

describe('with a Stripe that makes its own of what it is sent', () => {
  const habits: [string, NonNullable<ModelOptions['normalise']>][] = [
    ['trims and lower-cases', (_, value) => value.trim().toLowerCase() || value],
    ['upper-cases', (_, value) => value.toUpperCase()],
    ['cuts off', (_, value) => value.slice(0, 3)],
    ['pads', (_, value) => (value.length < 4 ? `${value}.` : value)],
  ]
  test.each(habits)('that %s: taken here, no loop', (_, normalise) => {
    fc.assert(
      fc.property(callersTree, (desired) => {
        const texts = new Map([...desired].filter(([leaf]) => leaf !== 'preferred_locales'))
        const spared = (leaf: string, value: string) =>
          leaf.startsWith('metadata.lockstep_') ? value : normalise(leaf, value)
        const stripe = modelStripe(new Map(), { normalise: spared })
        const { doc, steps } = runLane(startOf(texts, false), stripe, { stepsMax: 12 })
        expect(inStep(doc)).toBe(true)
        expectAgreement(doc, shownTree(stripe))
        expect(steps.filter((step) => step !== 'look').length).toBeLessThanOrEqual(4)
      }),
      { numRuns: 100 },
    )
  })
})

describe('with a Stripe that refuses values', () => {
  const bad = (name: string, value: string) =>
    value === 'B' || (name.startsWith('metadata[') && value === 'C')

  test('and names the parameter: that field is held, the others travel', () => {
    fc.assert(
      fc.property(callersTree, stripeTree, fc.boolean(), policy, (desired, there, linked, rule) => {
        const stripe = modelStripe(linked ? there : new Map(), { refuses: bad })
        const { doc } = runLane(startOf(desired, linked), stripe, {
          policyFor: () => rule,
          stepsMax: 40,
        })
        expectAgreement(doc, shownTree(stripe))
        for (const { k, v } of doc.refused) {
          expect(k.startsWith('shipping.') || v === 'B' || v === 'C').toBe(true)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('and does not say which: one leaf a time, until only the guilty ones are held', () => {
    fc.assert(
      fc.property(callersTree, stripeTree, fc.boolean(), (desired, there, linked) => {
        const stripe = modelStripe(linked ? there : new Map(), { refuses: bad, named: false })
        const { doc } = runLane(startOf(desired, linked), stripe, { stepsMax: 60 })
        expectAgreement(doc, shownTree(stripe))
        for (const { k, v } of doc.refused) {
          expect(k.startsWith('shipping.') || v === 'B' || v === 'C').toBe(true)
        }
        // Once its events are told, nothing is due, and later changes travel together again.
        expect(sealed({ ...doc, outbox: [] }, at).one_leaf).toBe(false)
      }),
      { numRuns: 150 },
    )
  })

  test('the value that was refused is not sent a second time', () => {
    fc.assert(
      fc.property(callersTree, fc.boolean(), (desired, named) => {
        const texts = new Map([...desired].filter(([leaf]) => !leaf.startsWith('shipping.')))
        const stripe = modelStripe(new Map(), { refuses: bad, named })
        const { doc } = runLane(startOf(texts, false), stripe, { stepsMax: 60 })
        const calls = stripe.calls.length
        const again = runLane(wishing({ ...doc, wanted: doc.wanted + 1 }, { description: 'later' }), stripe)
        const later = stripe.calls.slice(calls).flat()
        expect(later.filter(([name, value]) => bad(name, value))).toEqual([])
        expect(again.steps.length).toBeLessThanOrEqual(2)
      }),
      { numRuns: 150 },
    )
  })
})
