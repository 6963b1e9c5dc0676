/**
 * Owns the moves of a subscription that its invoices and its end cause.
 * States: trialing → active; incomplete → active | incomplete_expired; active ⇄ past_due; any → canceled.
 * Promises: each move is one `customer.subscription.updated`, the end one `customer.subscription.deleted`.
 */
import type { Core } from '../../core.ts'
import { emit, emitUpdate, type Origin } from '../../events/emit.ts'
import { sameJson } from '../../events/previous-attributes.ts'
import { secondsFor } from './clock/billing-time.ts'
import { grantFeatures } from './entitlement/grants.ts'
import { saveInvoice, subscriptionIdOf } from './invoice-lifecycle.ts'
import { invoices, type Invoice } from './invoice-object.ts'
import {
  isEnded,
  itemsOf,
  noCancellation,
  renderSubscription,
  subscriptions,
  type Subscription,
} from './subscription-object.ts'

/** Stores a changed subscription and tells of it. `shownBefore` is needed where items changed too. */
export function saveSubscription(
  core: Core,
  origin: Origin,
  before: Subscription,
  after: Subscription,
  shownBefore = renderSubscription(origin.realm, before),
): Subscription {
  origin.realm.table(subscriptions).put(after)
  const shown = renderSubscription(origin.realm, after)
  emitUpdate(core, origin, 'customer.subscription.updated', shownBefore, shown)
  grantFeatures(core, origin, after, !sameJson(shownBefore['items'], shown['items']))
  return after
}

/** Lets a subscription end with its period, or takes that back. */
export function cancelAtPeriodEnd(
  core: Core,
  origin: Origin,
  before: Subscription,
  atEnd: boolean,
): Subscription {
  return saveSubscription(core, origin, before, {
    ...before,
    ...endingAtPeriodEnd(core, origin, before, atEnd),
  })
}

/** What changes on a subscription that is not to end any more. */
export const endingNoMore = {
  cancel_at: null,
  cancel_at_period_end: false,
  canceled_at: null,
  cancellation_details: noCancellation,
}

/** What changes on a subscription that is to end with its period, or no longer is. */
export function endingAtPeriodEnd(
  core: Core,
  { realm }: Origin,
  before: Subscription,
  atEnd: boolean,
): Pick<Subscription, 'cancel_at' | 'cancel_at_period_end' | 'canceled_at' | 'cancellation_details'> {
  if (!atEnd) return endingNoMore
  return {
    cancel_at: itemsOf(realm, before.id)[0]?.current_period_end ?? null,
    cancel_at_period_end: true,
    canceled_at: before.canceled_at ?? secondsFor(core, realm, before),
    cancellation_details: { ...before.cancellation_details, reason: 'cancellation_requested' },
  }
}

/** Ends a subscription. */
export function endSubscription(
  core: Core,
  origin: Origin,
  before: Subscription,
  reason: string,
  status: 'canceled' | 'incomplete_expired' = 'canceled',
  details: { comment?: string | null; feedback?: string | null } = {},
): Subscription {
  const now = secondsFor(core, origin.realm, before)
  const after: Subscription = {
    ...before,
    canceled_at: before.canceled_at ?? now,
    cancellation_details: {
      comment: details.comment ?? null,
      feedback: details.feedback ?? null,
      feedback_option: null,
      reason,
    },
    ended_at: now,
    status,
  }
  origin.realm.table(subscriptions).put(after)
  const shown = renderSubscription(origin.realm, after)
  if (status === 'canceled') emit(core, origin, 'customer.subscription.deleted', shown)
  else
    emitUpdate(core, origin, 'customer.subscription.updated', renderSubscription(origin.realm, before), shown)
  grantFeatures(core, origin, after, false)
  haltCollection(core, origin, after)
  return after
}

/** Nobody is charged for a subscription that is over; its invoices stay as they are. */
function haltCollection(core: Core, origin: Origin, { id, customer }: Subscription): void {
  for (const invoice of Array.from(origin.realm.table(invoices).oldestFirst(undefined, customer))) {
    const alive = invoice.status === 'draft' || invoice.status === 'open'
    if (!alive || !invoice.auto_advance || subscriptionIdOf(invoice) !== id) continue
    saveInvoice(core, origin, invoice, {
      ...invoice,
      auto_advance: false,
      automatically_finalizes_at: null,
      next_payment_attempt: null,
    })
  }
}

/** Lets the subscription of an invoice follow what became of it. */
export function settleSubscription(core: Core, origin: Origin, invoice: Invoice): void {
  for (const subscription of origin.realm.table(subscriptions).oldestFirst(undefined, invoice.customer)) {
    if (subscription.latest_invoice !== invoice.id || isEnded(subscription)) continue
    if (invoice.status === 'paid' && ['incomplete', 'past_due', 'unpaid'].includes(subscription.status)) {
      saveSubscription(core, origin, subscription, { ...subscription, status: 'active' })
    }
    if (invoice.status === 'open' && subscription.status === 'active' && invoice.attempted) {
      saveSubscription(core, origin, subscription, { ...subscription, status: 'past_due' })
    }
    return
  }
}

/** Ends every subscription of a customer that is deleted, at once. */
export function endAllOf(core: Core, origin: Origin, customer: string): void {
  for (const subscription of origin.realm.table(subscriptions).oldestFirst(undefined, customer)) {
    if (!isEnded(subscription)) endSubscription(core, origin, subscription, 'cancellation_requested')
  }
}
