// Owns the record of other Stripe customers that prove to be one of ours, which has another one already. Pure.
// Promises: while ours has another one, a double is only ever on record, for a person to merge or delete (G10); it goes off the
// record once it is gone there, or is the one that ours is linked to.

import type { CustomerDocument } from '../customer/document.ts'
import type { Moment } from '../event/outbox.ts'
import { withConflict } from './observe.ts'

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

/** The document without it: it was merged, deleted at Stripe, or linked after all. The same document where it knew of none. */
export function withoutDouble(doc: CustomerDocument, stripeId: string): CustomerDocument {
  const { duplicate_stripe_ids: doubles = [], ...rest } = doc
  const conflicts = doc.conflicts.filter(({ id }) => id !== conflictId(stripeId))
  if (!doubles.includes(stripeId) && conflicts.length === doc.conflicts.length) return doc
  const left = doubles.filter((id) => id !== stripeId)
  return { ...rest, conflicts, ...(left.length > 0 && { duplicate_stripe_ids: left }) }
}

function conflictId(stripeId: string): string {
  return `duplicate:${stripeId}`
}
