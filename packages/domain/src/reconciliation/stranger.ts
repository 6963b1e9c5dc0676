// Owns what a first sync makes of a Stripe customer that nobody here is linked to: whose it is, or who must say so.
// Promises: reads only; what a mark or a unique e-mail proves is linked, what nothing here is like is taken in, and what could be
// several is held for a person: a wrong link is not undone by looking again.

import type { CustomerDocument } from '../customer/document.ts'
import type { CustomerStore } from '../store/store.ts'
import { lockstepIdOf, type StripeCustomer } from '../stripe/customer-object.ts'
import type { HeldReason } from './pass.ts'

/** link: to this one of ours. adopt: a new customer here. duplicated: ours has another one. held: why, and who it may be. */
export type StrangerPlan =
  | { kind: 'link'; customer: string; by: 'mark' | 'email' }
  | { kind: 'adopt' }
  | { kind: 'duplicated'; customer: string }
  | { kind: 'held'; why: HeldReason; customers: string[] }

/** Whose it is, as far as our side knows. That another one there has the same e-mail is the caller's to find out. */
export async function planStranger(
  store: Pick<CustomerStore, 'findUnlinkedByEmail'>,
  { tenantId, linkByEmail }: { tenantId: string; linkByEmail: boolean },
  { listed, claimed }: { listed: StripeCustomer; claimed: CustomerDocument | null },
): Promise<StrangerPlan> {
  if (claimed) {
    const linked = claimed.stripe_id !== undefined
    return linked
      ? { kind: 'duplicated', customer: claimed._id }
      : { kind: 'link', customer: claimed._id, by: 'mark' }
  }
  // Another installation's mark, or that of a database that is gone.
  if (lockstepIdOf(listed) !== null) return { kind: 'held', why: 'claims_unknown', customers: [] }
  if (!linkByEmail || !listed.email) return { kind: 'adopt' }
  const same = await store.findUnlinkedByEmail(tenantId, listed.email)
  const [single, other] = same
  if (!single) return { kind: 'adopt' }
  if (other) return { kind: 'held', why: 'email_of_several_here', customers: same.map(({ _id }) => _id) }
  return { kind: 'link', customer: single._id, by: 'email' }
}
