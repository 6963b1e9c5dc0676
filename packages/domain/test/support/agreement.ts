// Owns what "in step" means in a test: both sides hold the same, and our record of it is true.

import { expect } from 'vitest'
import type { CustomerDocument } from '../../src/customer/document.ts'
import { leafNames, treeOf } from '../../src/customer/tree.ts'
import { canonical, desiredTree } from '../../src/sync/canonical.ts'
import { heldLeaves } from '../../src/sync/plan.ts'

/** Both sides agree on each leaf that is not held, and the record of it is true. */
export function expectAgreement(doc: CustomerDocument, shown: ReadonlyMap<string, string>): void {
  const held = new Set(heldLeaves(doc).map(({ k }) => k))
  const desired = desiredTree(doc)
  const [observed, base] = [treeOf(doc.observed), treeOf(doc.base)]
  const apart = leafNames(desired, base, observed, shown).flatMap((leaf) => {
    const there = shown.get(leaf) ?? null
    const here = held.has(leaf) ? there : canonical(leaf, desired.get(leaf))
    const values = { here, observed: observed.get(leaf) ?? null, base: base.get(leaf) ?? null }
    return Object.values(values).every((value) => value === there) ? [] : [{ leaf, there, ...values }]
  })
  expect(apart).toEqual([])
}
