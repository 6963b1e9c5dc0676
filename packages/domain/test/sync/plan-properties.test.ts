// What holds of every plan: exactly what differs is sent, and nothing that Stripe could not take.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CustomerDocument } from '../../src/customer/document.ts'
import { leafNames } from '../../src/customer/tree.ts'
import { canonical, desiredTree } from '../../src/sync/canonical.ts'
import { heldLeaves, nextStep } from '../../src/sync/plan.ts'
import { linkedCustomer } from '../support/arbitraries.ts'
import { anAgreed, baseOf } from '../support/documents.ts'
import { frozen } from '../support/frozen.ts'

const here = (doc: CustomerDocument, leaf: string) => canonical(leaf, desiredTree(doc).get(leaf))

describe('a plan', () => {
  /** All that differs and is not held; shipping travels as a whole. */
  function expectedLeaves(doc: CustomerDocument): string[] {
    const held = new Set(heldLeaves(doc).map(({ k }) => k))
    const base = baseOf(doc)
    const all = leafNames(desiredTree(doc), base)
    const differs = all.filter((leaf) => !held.has(leaf) && here(doc, leaf) !== (base.get(leaf) ?? null))
    const inShipping = (leaf: string) => leaf.startsWith('shipping.')
    const along = differs.some(inShipping) ? [...desiredTree(doc).keys()].filter(inShipping) : []
    return [...new Set([...differs, ...along])].toSorted()
  }

  test('carries exactly what differs and is not held: nothing where both sides agree', () => {
    fc.assert(
      fc.property(linkedCustomer, ({ doc }) => {
        const step = nextStep(frozen({ ...doc, wanted: doc.seen, one_leaf: false }))
        const leaves = step.kind === 'update' ? step.leaves : []
        expect(leaves.map(({ k }) => k).toSorted()).toEqual(expectedLeaves(doc))
        for (const { k, v } of leaves) expect(v).toBe(here(doc, k))
        if (leaves.length === 0) expect(step).toEqual({ kind: 'done' })
      }),
      { numRuns: 400 },
    )
  })

  test('one leaf a time carries one of these, or shipping, and none is left out in the end', () => {
    fc.assert(
      fc.property(linkedCustomer, ({ doc }) => {
        let next: CustomerDocument = { ...doc, wanted: doc.seen, one_leaf: true }
        const left = new Set(expectedLeaves(doc))
        for (let step = nextStep(next); step.kind === 'update'; step = nextStep(next)) {
          const { leaves } = step
          expect(leaves.length === 1 || leaves.every(({ k }) => k.startsWith('shipping.'))).toBe(true)
          expect(leaves.some(({ k }) => left.delete(k))).toBe(true)
          for (const { k } of leaves) left.delete(k)
          const base = baseOf(next)
          for (const { k, v } of leaves) {
            if (v === null) base.delete(k)
            else base.set(k, v)
          }
          next = { ...next, base: [...base].map(([k, v]) => ({ k, v })) }
        }
        expect([...left]).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  test('never leaves Stripe with more than 50 metadata entries, or with one of more than 40 or 500 characters', () => {
    const count = fc.integer({ min: 0, max: 55 })
    const given = fc.record({
      ours: count,
      theirs: count,
      shift: count,
      marked: fc.boolean(),
      long: fc.nat(6),
    })
    fc.assert(
      fc.property(given, ({ ours, theirs, shift, marked, long }) => {
        const name = (n: number) => `metadata.${n % 9 === long ? 'k'.repeat(39) : 'k'}${n}`
        const value = (n: number) => (n % 7 === long ? 'v'.repeat(501) : 'v')
        const marks = marked ? anAgreed().base : []
        const entries = Array.from(
          { length: Math.min(50 - marks.length, theirs) },
          (_, n) => `metadata.k${n}`,
        )
        const base = [...marks, ...entries.map((k) => ({ k, v: 'old' }))]
        const desired = Array.from({ length: ours }, (_, n) => ({ k: name(n + shift), v: value(n) }))
        const step = nextStep({ ...anAgreed(), desired, base, observed: base })
        const after = new Map(base.map(({ k, v }) => [k, v]))
        for (const { k, v } of step.kind === 'update' ? step.leaves : []) {
          expect(k.slice('metadata.'.length).length).toBeLessThanOrEqual(40)
          expect(v?.toString().length ?? 0).toBeLessThanOrEqual(500)
          if (v === null) after.delete(k)
          else after.set(k, v)
        }
        expect(after.size).toBeLessThanOrEqual(50)
      }),
      { numRuns: 400 },
    )
  })
})
