// Owns the acceptance of one observation of the Stripe customer, from a look or from the answer to our own call
// (PROTOCOL section 6). Pure. The caller has made sure that nothing else was accepted since it began.

import { fieldChanges } from '../customer/changes.ts'
import { type Conflict, type CustomerDocument, conflictsMax, type Push } from '../customer/document.ts'
import { withEmailOfStripe } from '../customer/email-claim.ts'
import { apiField } from '../customer/view.ts'
import { revised } from '../customer/seal.ts'
import { leavesOf, treeOf, withLeaf } from '../customer/tree.ts'
import { type Moment, withEvent } from '../event/outbox.ts'
import type { StripeCustomer } from '../stripe/customer-object.ts'
import { factChanges, factsOf } from '../stripe/stripe-facts.ts'
import { desiredTree, fromStripe } from './canonical.ts'
import { type LostValue, merge, type Policy } from './merge.ts'
import { inStep, standingRefusals } from './plan.ts'
import { stillReturned, withMetHalfway } from './returned.ts'

/** How long an ended push waits for its echo: Stripe keeps events for 30 days, so none comes later (ms). */
export const pushKeptMs = 30 * 24 * 3600 * 1000

export interface Observation {
  customer: StripeCustomer
  /** `wanted` as it stood before the GET; null for the answer of our own call, which settles no wish for a look. */
  lookedFor: number | null
  /** What callers wanted when it began; absent: what they want now. */
  began?: CustomerDocument['desired']
  policyFor: (leaf: string) => Policy
}

/** The document with the observation merged in: base equals observed, what lost is recorded. */
export function accept(doc: CustomerDocument, seen: Observation, moment: Moment): CustomerDocument {
  const observed = fromStripe(seen.customer)
  const merged = merge({
    desired: desiredTree(doc),
    base: treeOf(doc.base),
    observed,
    policyFor: seen.policyFor,
    returned: new Set(doc.returned?.map(({ k }) => k)),
    unknownPushes: doc.pushes
      .filter((push) => !push.ok && isKept(push, moment.now))
      .map((push) => ({ ...push, echoed: isEchoedBefore(push, seen.lookedFor) })),
    refused: standingRefusals(doc),
  })
  let desired = treeOf(doc.desired)
  for (const [leaf, value] of merged.taken) desired = withLeaf(desired, leaf, value)
  const looked = seen.lookedFor
  const { returned: _, ...rest } = doc
  const returned = stillReturned(doc, looked)?.filter(({ k }) => !merged.taken.has(k))
  let next: CustomerDocument = {
    ...rest,
    ...(returned?.length && { returned }),
    desired: leavesOf(desired),
    observed: leavesOf(observed),
    base: leavesOf(merged.base),
    obs: doc.obs + 1,
    seen: looked === null ? doc.seen : Math.max(doc.seen, looked),
    pushes: looked === null ? doc.pushes : pushesAfterLook(doc.pushes, looked, moment.now),
    // What Stripe holds, it takes.
    refused: doc.refused.filter(({ k, v }) => (observed.get(k) ?? null) !== v),
    stripe: factsOf(seen.customer),
  }
  if (seen.began) next = withMetHalfway(next, seen.began, doc.desired)
  if (merged.taken.has('email')) next = withEmailOfStripe(next)
  next = withBalanceTold(doc, withTakenTold(doc, next, moment), moment)
  for (const lost of merged.lost) next = withConflict(next, { ...lost, id: moment.uuid() }, moment)
  return inStep(next) ? { ...next, last_synced_at: moment.now } : next
}

function withTakenTold(before: CustomerDocument, after: CustomerDocument, moment: Moment): CustomerDocument {
  const changes = [...fieldChanges(before, after), ...factChanges(before.stripe, after.stripe)]
  if (changes.length === 0) return after
  const type = 'customer.updated'
  return withEvent(revised(after, moment.now), moment, { type, data: { by: 'stripe', changes } })
}

/** A first look tells it too, where it is not zero: a credit may have been given before. */
function withBalanceTold(
  before: CustomerDocument,
  after: CustomerDocument,
  moment: Moment,
): CustomerDocument {
  const amount = after.stripe?.balance ?? 0
  const change = amount - (before.stripe?.balance ?? 0)
  if (change === 0) return after
  const balance = { amount, currency: after.stripe?.currency ?? null }
  return withEvent(after, moment, {
    type: 'customer.balance.updated',
    data: { by: 'stripe', balance, change },
  })
}

/** Any push ends with Stripe's memory of events. */
function isKept({ ended_at }: Push, now: number): boolean {
  return now - ended_at < pushKeptMs
}

/** Did this look begin after the echo of that push? */
function isEchoedBefore({ echo_wanted }: Push, lookedFor: number | null): boolean {
  return lookedFor !== null && echo_wanted !== null && lookedFor >= echo_wanted
}

/** An unknown push stands until a look that began after its echo. */
function pushesAfterLook(pushes: readonly Push[], lookedFor: number, now: number): Push[] {
  return pushes
    .filter((push) => isKept(push, now))
    .filter((push) => push.ok || !isEchoedBefore(push, lookedFor))
    .map((push) => ({ ...push, looked: true }))
}

/** Records a lost value, in the document (the newest) and in the event log (all). The same id twice is one. */
export function withConflict(
  doc: CustomerDocument,
  lost: (LostValue | Omit<Conflict, 'at'>) & { id: string },
  moment: Moment,
): CustomerDocument {
  if (doc.conflicts.some(({ id }) => id === lost.id)) return doc
  const conflict: Conflict = { ...lost, at: moment.now }
  const { k, id: _, ...told } = conflict
  const conflicts = [...doc.conflicts, conflict].slice(-conflictsMax)
  return withEvent({ ...doc, conflicts }, moment, {
    type: 'customer.conflict',
    data: { field: apiField(k), ...told },
  })
}
