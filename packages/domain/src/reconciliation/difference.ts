// Owns what counts as a difference between a customer here and the customers at Stripe. Pure.
// Promises: every field that is mirrored is compared, whichever side decides it, in its canonical form; a field that is held
// differs only where Stripe shows something else than it did when that was put on record; a customer that wants no Stripe
// customer is missing none.

import { type CustomerDocument, wantsLink } from '../customer/document.ts'
import { leafNames, treeOf } from '../customer/tree.ts'
import { apiField } from '../customer/view.ts'
import type { StripeCustomer } from '../stripe/customer-object.ts'
import { factChanges, factsOf } from '../stripe/stripe-facts.ts'
import { canonical, desiredTree, fromStripe, stored } from '../sync/canonical.ts'
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
  /** What we want there; of a held field, and of what Stripe alone decides, what it last showed. */
  ours: string | null
  stripe: string | null
}

/** How Stripe shows the customer that ours is linked to. */
export type OtherSide =
  | { kind: 'living'; customer: StripeCustomer }
  | { kind: 'deleted' }
  | { kind: 'absent' }

/** How ours differs from its Stripe customer; null where it does not. */
export function differenceOf(doc: CustomerDocument, there: OtherSide): Difference | null {
  if (doc.tombstone) return null
  const who = { customer: doc._id, key: doc.key }
  const stripe = doc.stripe_id ?? null
  if (stripe === null) return wantsLink(doc) ? { kind: 'missing', ...who, stripe } : null
  if (there.kind !== 'living') {
    return { kind: there.kind === 'deleted' ? 'deleted' : 'missing', ...who, stripe }
  }
  const fields = fieldDifferences(doc, there.customer)
  return fields.length === 0 ? null : { kind: 'drifted', ...who, stripe, fields }
}

/** The fields in which they differ, by the names of the API. */
export function fieldDifferences(doc: CustomerDocument, there: StripeCustomer): FieldDifference[] {
  const [ours, theirs, lastShown] = [desiredTree(doc), fromStripe(there), treeOf(doc.observed)]
  const held = new Set(heldLeaves(doc).map(({ k }) => k))
  const ofLeaves = leafNames(ours, theirs, lastShown).map((leaf) => ({
    field: apiField(leaf),
    ours: held.has(leaf) ? stored(lastShown, leaf) : canonical(leaf, ours.get(leaf)),
    stripe: stored(theirs, leaf),
  }))
  return [...ofLeaves.filter((field) => field.ours !== field.stripe), ...factDifferences(doc, there)]
}

/** Whoever was never looked at shows no facts yet, and is under way. */
function factDifferences(doc: CustomerDocument, there: StripeCustomer): FieldDifference[] {
  const changes = doc.stripe ? factChanges(doc.stripe, factsOf(there)) : []
  const text = (value: number | string | boolean | null) => (value === null ? null : String(value))
  return changes.map(({ field, from, to }) => ({ field, ours: text(from), stripe: text(to) }))
}

/** Whatever differs is known already: a worker is on its way to it, or a person is waited for. */
export function isUnderWay(doc: CustomerDocument): boolean {
  return doc.parked !== null || doc.wanted > doc.seen || !inStep(doc)
}
