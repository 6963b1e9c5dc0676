// Owns what the document knows of other Stripe customers that are its own as well, and how a person's merge ends them. Pure.
// Promises: a double is only ever on record: linked, deleted or merged by a person alone (G10); whatever a merge leaves behind is
// a former id of somebody, so that it never becomes a customer again.

import type { CustomerDocument } from '../customer/document.ts'
import { bug } from '../error/catalogue.ts'
import { type Moment, withEvent } from '../event/outbox.ts'
import { linkedTo } from './intent.ts'
import { withConflict } from './observe.ts'
import { buried } from './purge.ts'

/** Doubles on record: more of one customer is a matter for a person in any case. */
const doublesMax = 20

/** The document with one more Stripe customer on record that proves to be its own. */
export function withDouble(doc: CustomerDocument, stripeId: string, moment: Moment): CustomerDocument {
  const known = doc.duplicate_stripe_ids ?? []
  const doubles = [...known.filter((id) => id !== stripeId), stripeId].slice(-doublesMax)
  const conflict = {
    id: conflictId(stripeId),
    k: 'stripe_customer_id',
    lost: stripeId,
    won: doc.stripe_id ?? null,
  }
  return withConflict(
    { ...doc, duplicate_stripe_ids: doubles },
    { ...conflict, winner: 'ours', by: 'duplicate' },
    moment,
  )
}

/** The document without it: it was merged, or deleted at Stripe. The same document where it knew of none. */
export function withoutDouble(doc: CustomerDocument, stripeId: string): CustomerDocument {
  const { duplicate_stripe_ids: doubles = [], ...rest } = doc
  const conflicts = doc.conflicts.filter(({ id }) => id !== conflictId(stripeId))
  if (!doubles.includes(stripeId) && conflicts.length === doc.conflicts.length) return doc
  const left = doubles.filter((id) => id !== stripeId)
  return { ...rest, conflicts, ...(left.length > 0 && { duplicate_stripe_ids: left }) }
}

/** The survivor of a merge: the loser is a former one of its, and whose document it was, if anybody's, is told. */
export function mergedWith(
  doc: CustomerDocument,
  loser: { stripeId: string; customer: string | null },
  moment: Moment,
): CustomerDocument {
  const without = withoutDouble(doc, loser.stripeId)
  const former = without.former_stripe_ids
  const next = {
    ...without,
    former_stripe_ids: former.includes(loser.stripeId) ? former : [...former, loser.stripeId],
  }
  return withEvent(next, moment, {
    type: 'customer.merged',
    data: { by: 'operator', stripe_customer_id: loser.stripeId, customer: loser.customer },
  })
}

/** The document with its double as its Stripe customer, and the one before as a former one. A look follows. */
export function relinked(doc: CustomerDocument, stripeId: string, moment: Moment): CustomerDocument {
  const { stripe_id: former, ...rest } = doc
  if (former === undefined || doc.intent) throw bug('only a linked customer at rest is linked to another')
  const unlinked: CustomerDocument = {
    ...rest,
    observed: [],
    base: [],
    stripe: null,
    gen: doc.gen + 1,
    pushes: [],
    obs: doc.obs + 1,
    seen: doc.wanted,
  }
  const next = linkedTo(withoutDouble(unlinked, stripeId), stripeId, moment)
  return mergedWith(next, { stripeId: former, customer: null }, moment)
}

/** The losing document of a merge: a tombstone that names the survivor. */
export function absorbed(doc: CustomerDocument, survivor: string, at: number): CustomerDocument {
  const former = doc.stripe_id === undefined ? [] : [doc.stripe_id]
  return buried(
    { ...doc, former_stripe_ids: [...doc.former_stripe_ids, ...former] },
    { merged_into: survivor, at },
  )
}

function conflictId(stripeId: string): string {
  return `duplicate:${stripeId}`
}
