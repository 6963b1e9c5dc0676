// Owns the reasons for which a customer is parked, in words for a person on duty: what is wrong, and what to do.
// A code that is not here is Stripe's own: it refused a call five times over, in a way that waiting does not cure.

import { errorCatalogue, isErrorCode } from './catalogue.ts'

const reasons = {
  missing_at_stripe: 'Stripe knows no such customer in the right account. Ask Stripe, or link another one.',
  duplicate:
    'Another customer here holds this Stripe customer, and callers have changed both. Decide which one stays.',
  several_creates:
    'Several Stripe customers carry this customer’s mark. Merge them at Stripe; none was deleted.',
  email_ambiguous:
    'Several customers, here or at Stripe, share its e-mail. Put metadata[lockstep_id] on the right one at Stripe, or retry to have a new one made.',
  doubt_too_old:
    'A create is older than Stripe’s memory of events. Say which Stripe customer came of it, or that none did.',
  idempotency_error:
    'Stripe saw this key with other parameters: a bug of ours. Report it; a retry looks first.',
  internal: 'A step failed on our side five times over. The worker’s log has the lines `lane_caught`.',
} as const satisfies Record<string, string>

/** Our own reasons to park; Stripe's codes come beside them. */
export type ParkedReason = keyof typeof reasons

/** What to tell a person about a parked customer's code. */
export function parkedReason(code: string): string {
  if (Object.hasOwn(reasons, code)) return reasons[code as ParkedReason] // Just seen to be one of its keys.
  if (isErrorCode(code)) return errorCatalogue[code].title
  return 'Stripe refused the call with this code, five times over.'
}
