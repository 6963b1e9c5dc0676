// Owns the link that a caller asks for: to a Stripe customer that is there already (DESIGN section 4). Pure.
// Promises: its operation ends in the write that links or refuses; a customer whose create named it is never left behind
// without it.

import type { CustomerDocument, WantedLink } from '../customer/document.ts'
import { ended } from '../customer/waiting-commands.ts'
import type { ErrorCode } from '../error/catalogue.ts'
import { type Moment, withEvent } from '../event/outbox.ts'
import { bug } from '../error/catalogue.ts'
import { linkedTo, withoutLink } from './intent.ts'
import { buried } from './purge.ts'

/** The Stripe customer was seen alive and is nobody else's. A look follows, as after every link. */
export function linkedAsAsked(doc: CustomerDocument, moment: Moment): CustomerDocument {
  const { stripe_id: stripeId, operation_id, relink } = wanted(doc)
  const { link: _, ...rest } = doc
  // An event that proved it may have been faster.
  if (doc.stripe_id === stripeId) return ended(rest, operation_id, { code: null })
  // A create that was under way when this was asked for has made one meanwhile.
  if (doc.stripe_id !== undefined && !relink) return ended(rest, operation_id, { code: 'forbidden' })
  const free = doc.stripe_id === undefined ? rest : parted(rest, doc.stripe_id, moment)
  const former_stripe_ids = free.former_stripe_ids.filter((id) => id !== stripeId)
  return ended(linkedTo({ ...free, former_stripe_ids }, stripeId, moment), operation_id, { code: null })
}

/** It cannot be linked: the operation is rejected, and with it a customer that it made. */
export function linkRefused(doc: CustomerDocument, code: ErrorCode, moment: Moment): CustomerDocument {
  const { operation_id, creates } = wanted(doc)
  const { link: _, ...rest } = doc
  const done = ended(rest, operation_id, { code })
  if (!creates || doc.stripe_id !== undefined) return done
  const told = withEvent(done, moment, { type: 'customer.purged', data: { by: 'api', code } })
  return buried(told, { merged_into: null, at: moment.now })
}

function parted(doc: CustomerDocument, former: string, moment: Moment): CustomerDocument {
  return withEvent(withoutLink(doc), moment, {
    type: 'customer.unlinked',
    data: { by: 'api', stripe_customer_id: former },
  })
}

function wanted({ link }: CustomerDocument): WantedLink {
  if (!link) throw bug('no link was asked for')
  return link
}
