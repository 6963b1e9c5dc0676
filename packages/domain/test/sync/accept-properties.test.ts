// What holds of every accepted observation, whatever the customer and whatever Stripe shows.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CustomerDocument, conflictsMax } from '../../src/customer/document.ts'
import { leafNames, treeOf } from '../../src/customer/tree.ts'
import { canonical, desiredTree, isReserved } from '../../src/sync/canonical.ts'
import type { Policy } from '../../src/sync/merge.ts'
import { accept } from '../../src/sync/observe.ts'
import { nextStep } from '../../src/sync/plan.ts'
import { linkedCustomer, policy } from '../support/arbitraries.ts'
import { aMoment, baseOf, stripeCustomerOf } from '../support/documents.ts'
import { asFacts } from '../support/facts.ts'
import { frozen } from '../support/frozen.ts'

type Shown = ReadonlyMap<string, string>

/** The customer after a look that began now; it must not touch what it is given. */
function looked(doc: CustomerDocument, shown: Shown, rule: Policy): CustomerDocument {
  const seen = { customer: stripeCustomerOf(shown), lookedFor: doc.wanted, policyFor: () => rule }
  return accept(frozen(doc), seen, aMoment())
}

const here = (doc: CustomerDocument, leaf: string) => canonical(leaf, desiredTree(doc).get(leaf))
const there = (shown: Shown, leaf: string) => shown.get(leaf) ?? null
const leavesOfAll = (doc: CustomerDocument, shown: Shown) =>
  leafNames(desiredTree(doc), treeOf(doc.base), shown)

describe('an accepted observation', () => {
  const given = fc.record({ customer: linkedCustomer, rule: policy })

  test('accepted a second time changes nothing: neither a value, nor a record, nor what is pushed', () => {
    fc.assert(
      fc.property(given, ({ customer: { doc, shown }, rule }) => {
        const once = looked(doc, shown, rule)
        const twice = looked(once, shown, rule)
        expect(asFacts(twice)).toEqual(asFacts(once))
        expect(nextStep(twice)).toEqual(nextStep(once))
      }),
      { numRuns: 400 },
    )
  })

  test('leaves base, and what was observed, as Stripe shows it', () => {
    fc.assert(
      fc.property(given, ({ customer: { doc, shown }, rule }) => {
        const next = looked(doc, shown, rule)
        expect(baseOf(next)).toEqual(new Map([...shown].filter(([, value]) => value !== null)))
        expect(next.observed).toEqual(next.base)
      }),
    )
  })

  test('does not depend on the order in which leaves, pushes and refusals are written', () => {
    fc.assert(
      fc.property(given, fc.nat(), ({ customer: { doc, shown }, rule }, n) => {
        const turned = <V>(list: readonly V[]) =>
          [...list.slice(n % (list.length + 1)), ...list.slice(0, n % (list.length + 1))].toReversed()
        const other = {
          ...doc,
          desired: turned(doc.desired),
          base: turned(doc.base),
          observed: turned(doc.observed),
          pushes: turned(doc.pushes),
          refused: turned(doc.refused),
        }
        const [one, two] = [looked(doc, shown, rule), looked(other, new Map(turned([...shown])), rule)]
        expect(asFacts(two)).toEqual(asFacts(one))
      }),
      { numRuns: 300 },
    )
  })

  test('loses no value of either side: each stands, or an edit of that leaf replaced it, or it is on record', () => {
    fc.assert(
      fc.property(given, ({ customer: { doc, shown }, rule }) => {
        const next = looked(doc, shown, rule)
        const before = baseOf(doc)
        for (const leaf of leavesOfAll(doc, shown)) {
          const [d, b, o] = [here(doc, leaf), there(before, leaf), there(shown, leaf)]
          const onRecord = (value: string | null) =>
            next.conflicts.some(({ k, lost }) => k === leaf && lost === value)
          // A caller's value equal to base was there first: Stripe's is the later change.
          expect(here(next, leaf) === d || d === b || onRecord(d)).toBe(true)
          // Nobody but us writes our marks; an unknown push may have written what it sent.
          const ours = doc.pushes.some(
            ({ ok, sent }) => !ok && sent.some(({ k, v }) => k === leaf && v === o),
          )
          expect(here(next, leaf) === o || o === b || isReserved(leaf) || ours || onRecord(o)).toBe(true)
        }
      }),
      { numRuns: 400 },
    )
  })

  test('records exactly the two values that stood against each other, and raises the version only for a change', () => {
    fc.assert(
      fc.property(given, ({ customer: { doc, shown }, rule }) => {
        const next = looked(doc, shown, rule)
        for (const { k, lost, won, winner } of next.conflicts) {
          const sides = { d: here(doc, k), o: there(shown, k) }
          expect(winner === 'ours' ? { d: won, o: lost } : { d: lost, o: won }).toEqual(sides)
          expect(lost).not.toBe(won)
          expect(here(next, k)).toBe(won)
        }
        const changed = leavesOfAll(doc, shown).some((leaf) => here(doc, leaf) !== here(next, leaf))
        expect(next.version).toBe(doc.version + (changed ? 1 : 0))
      }),
    )
  })

  test('keeps at most 20 conflicts in the document, and tells all of them', () => {
    const many = fc
      .integer({ min: 15, max: 40 })
      .map((count) => Array.from({ length: count }, (_, n) => `metadata.k${n}`))
    fc.assert(
      fc.property(linkedCustomer, many, policy, ({ doc, shown }, names, rule) => {
        const start = { ...doc, refused: [], desired: names.map((k) => ({ k, v: 'ours' })) }
        const first = looked(start, new Map([...shown, ...names.map((k) => [k, 'theirs'] as const)]), rule)
        const told = first.outbox.filter(({ type }) => type === 'customer.conflict')
        expect(told.length).toBeGreaterThanOrEqual(names.length)
        expect(first.conflicts).toHaveLength(Math.min(told.length, conflictsMax))
        const lastTold = told.slice(-conflictsMax).map(({ data }) => JSON.parse(data) as object)
        expect(lastTold).toMatchObject(first.conflicts.map(({ lost, won }) => ({ lost, won })))
      }),
      { numRuns: 60 },
    )
  })

  test('leaves a claim only on the e-mail that stands there', () => {
    fc.assert(
      fc.property(given, ({ customer: { doc, shown }, rule }) => {
        const { email_claim: claim } = looked(doc, shown, rule)
        if (claim !== undefined) expect(here(looked(doc, shown, rule), 'email')?.toLowerCase()).toBe(claim)
        if (claim !== undefined) expect(claim).toBe(doc.email_claim)
      }),
    )
  })
})
