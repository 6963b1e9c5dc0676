// Owns what a person's merge of two Stripe customers makes of our documents. Pure.
// Promises: whatever a merge leaves behind is a former id of somebody, so that it never becomes a customer again.

import type { CustomerDocument } from '../customer/document.ts'
import { bug } from '../error/catalogue.ts'
import { type Moment, withEvent } from '../event/outbox.ts'
import { withoutDouble } from './double.ts'
import { linkedTo, withoutLink } from './intent.ts'
import { buried } from './purge.ts'

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
  const former = doc.stripe_id
  if (former === undefined || doc.intent) throw bug('only a linked customer at rest is linked to another')
  const next = linkedTo(withoutLink(doc), stripeId, moment)
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
