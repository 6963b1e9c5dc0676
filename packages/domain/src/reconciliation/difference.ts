// Owns what counts as a difference between a customer here and the customers at Stripe. Pure.
// Promises: fields are compared in their canonical form, held fields are none (DESIGN section 1), and a customer that wants no
// Stripe customer is missing none.

import { type CustomerDocument, wantsLink } from '../customer/document.ts'
import { leafNames, type Tree } from '../customer/tree.ts'
import { apiField } from '../customer/view.ts'
import { canonical, desiredTree, stored } from '../sync/canonical.ts'
import { heldLeaves, inStep } from '../sync/plan.ts'

/**
 * missing: no Stripe customer where there should be one. deleted: linked to one that was deleted there. drifted: fields
 * differ. extra: lives at Stripe, nobody here is linked to it. duplicated: several living ones carry one customer's id.
 */
export type Difference =
  | { kind: 'missing' | 'deleted'; customer: string; key: string; stripe: string | null }
  | { kind: 'drifted'; customer: string; key: string; stripe: string; fields: FieldDifference[] }
  | { kind: 'extra'; stripe: string; customer: string | null }
  | { kind: 'duplicated'; customer: string; stripe: string[] }

/** Canonical values; null is "empty". */
export interface FieldDifference {
  field: string
  ours: string | null
  stripe: string | null
}

/** How Stripe shows the customer that ours is linked to. */
export type OtherSide = { kind: 'living'; id: string; tree: Tree } | { kind: 'deleted' } | { kind: 'absent' }

/** How ours differs from its Stripe customer; null where it does not. */
export function differenceOf(doc: CustomerDocument, there: OtherSide): Difference | null {
  if (doc.tombstone) return null
  const who = { customer: doc._id, key: doc.key }
  const stripe = doc.stripe_id ?? null
  if (stripe === null) return wantsLink(doc) ? { kind: 'missing', ...who, stripe } : null
  if (there.kind !== 'living') {
    return { kind: there.kind === 'deleted' ? 'deleted' : 'missing', ...who, stripe }
  }
  const fields = fieldDifferences(doc, there.tree)
  return fields.length === 0 ? null : { kind: 'drifted', ...who, stripe, fields }
}

/** The mirrored fields in which they differ, by the names of the API. */
export function fieldDifferences(doc: CustomerDocument, there: Tree): FieldDifference[] {
  const desired = desiredTree(doc)
  const held = new Set(heldLeaves(doc).map(({ k }) => k))
  return leafNames(desired, there)
    .filter((leaf) => !held.has(leaf))
    .map((leaf) => ({
      field: apiField(leaf),
      ours: canonical(leaf, desired.get(leaf)),
      stripe: stored(there, leaf),
    }))
    .filter(({ ours, stripe }) => ours !== stripe)
}

/** Whatever differs is known already: a worker is on its way to it, or a person is waited for. */
export function isUnderWay(doc: CustomerDocument): boolean {
  return doc.parked !== null || doc.wanted > doc.seen || !inStep(doc)
}
