/**
 * Owns what time does to subscriptions: trials end, periods turn, invoices are finalised and collected, unpaid ones are tried again.
 * Promises: everything happens on the sandbox's clock, one unit of work for each step; a step that finds nothing due does nothing, so a
 * timer too many harms nobody; after a restart all timers are there again.
 */
import type { Core } from '../../core.ts'
import { emit, type Origin } from '../../events/emit.ts'
import type { Realm } from '../../state/store.ts'
import { customers } from '../customer/customer-object.ts'
import { secondsFor, whenDue } from './clock/billing-time.ts'
import { voidInvoice } from './invoice-lifecycle.ts'
import { invoices } from './invoice-object.ts'
import { endSubscription, saveSubscription } from './subscription-state.ts'
import {
  isEnded,
  itemsOf,
  renderSubscription,
  renewedItem,
  subscriptionItems,
  subscriptions,
  type Subscription,
} from './subscription-object.ts'

import { scheduleInvoice } from './collection.ts'
import { periodInvoice, upcomingInvoice } from './period-invoice.ts'

/** A first invoice that is not paid in this time takes the subscription with it (seconds), as Stripe documents. */
const incompleteSeconds = 23 * 3600
const daySeconds = 86_400
/** Stripe tells of the end of a trial three days before, or at once if it is shorter (seconds). */
export const trialNoticeSeconds = 3 * 86_400

/** Sets the timer of a subscription to the next moment at which something falls due. */
export function scheduleSubscription(core: Core, realm: Realm, id: string): void {
  const subscription = realm.table(subscriptions).get(id)
  if (!subscription || isEnded(subscription)) return
  const now = secondsFor(core, realm, subscription)
  const moments = [subscription.cancel_at, ...itemsOf(realm, id).map((item) => item.current_period_end)]
  if (subscription.status === 'incomplete') moments.push(subscription.created + incompleteSeconds)
  const notice =
    subscription.status === 'trialing' && subscription.trial_end !== null
      ? subscription.trial_end - trialNoticeSeconds
      : null
  if (notice !== null && notice > now) {
    whenDue(core, realm, subscription, {
      name: `notice ${id}`,
      due: notice,
      work: () => noticeTrial(core, realm, id),
    })
  }
  scheduleUpcoming(core, realm, subscription, now)
  const next = Math.min(...moments.filter((moment) => moment !== null))
  if (Number.isFinite(next))
    whenDue(core, realm, subscription, {
      name: `subscription ${id}`,
      due: next,
      work: () => turn(core, realm, id),
    })
}

/** Tells of the next invoice some days before it comes. */
function scheduleUpcoming(core: Core, realm: Realm, subscription: Subscription, now: number): void {
  const days = core.settings.invoice_upcoming_days
  const ends = itemsOf(realm, subscription.id).map((item) => item.current_period_end)
  const due = Math.min(...ends) - (days ?? 0) * daySeconds
  if (days === null || !Number.isFinite(due) || due <= now) return
  whenDue(core, realm, subscription, {
    name: `upcoming ${subscription.id}`,
    due,
    work: () => tellUpcoming(core, realm, subscription.id),
  })
}

function tellUpcoming(core: Core, realm: Realm, id: string): void {
  const subscription = realm.table(subscriptions).get(id)
  if (!subscription || isEnded(subscription) || subscription.collection_method !== 'charge_automatically')
    return
  core.store.unit(() => {
    const coming = upcomingInvoice(core, { realm, request: null }, subscription)
    if (coming) emit(core, { realm, request: null }, 'invoice.upcoming', coming)
  })
}

/** Takes up all timers of billing after a restart. */
export function resumeBilling(core: Core): void {
  for (const realm of core.store.realms()) {
    for (const { id } of realm.table(subscriptions).oldestFirst()) scheduleSubscription(core, realm, id)
    for (const { id } of realm.table(invoices).oldestFirst()) scheduleInvoice(core, realm, id)
  }
}

function noticeTrial(core: Core, realm: Realm, id: string): void {
  const subscription = realm.table(subscriptions).get(id)
  if (subscription?.status !== 'trialing') return
  core.store.unit(() =>
    emit(
      core,
      { realm, request: null },
      'customer.subscription.trial_will_end',
      renderSubscription(realm, subscription),
    ),
  )
}

function turn(core: Core, realm: Realm, id: string): void {
  core.store.unit(() => step(core, { realm, request: null }, id))
  scheduleSubscription(core, realm, id)
}

function step(core: Core, origin: Origin, id: string): void {
  const { realm } = origin
  const subscription = realm.table(subscriptions).get(id)
  if (!subscription || isEnded(subscription)) return
  const now = secondsFor(core, realm, subscription)
  if (subscription.status === 'incomplete' && now >= subscription.created + incompleteSeconds)
    return expire(core, origin, subscription)
  if (subscription.cancel_at !== null && now >= subscription.cancel_at) return end(core, origin, subscription)
  const ended = itemsOf(realm, id).some((item) => now >= item.current_period_end)
  if (!ended || subscription.status === 'incomplete') return
  if (subscription.status === 'trialing' && endsWithTrial(realm, subscription))
    endSubscription(core, origin, subscription, 'cancellation_requested')
  else renew(core, origin, subscription)
}

/** Ends a subscription whose time has come; what was used and not yet billed comes on a last invoice. */
function end(core: Core, origin: Origin, subscription: Subscription): void {
  const ended = itemsOf(origin.realm, subscription.id)
  endSubscription(core, origin, subscription, 'cancellation_requested')
  const invoice = periodInvoice(core, origin, subscription, {
    reason: 'subscription_cycle',
    ended,
    last: true,
  })
  if (invoice) core.store.afterwards(() => scheduleInvoice(core, origin.realm, invoice.id))
}

/** `trial_settings` may ask for that where nobody can be charged. */
function endsWithTrial(realm: Realm, subscription: Subscription): boolean {
  const customer = realm.table(customers).get(subscription.customer)
  return (
    subscription.trial_settings.end_behavior.missing_payment_method === 'cancel' &&
    subscription.default_payment_method === null &&
    !customer?.invoice_settings.default_payment_method
  )
}

function expire(core: Core, origin: Origin, subscription: Subscription): void {
  endSubscription(core, origin, subscription, 'payment_failed', 'incomplete_expired')
  const invoice = origin.realm.table(invoices).get(subscription.latest_invoice ?? '')
  if (invoice?.status === 'open') voidInvoice(core, origin, invoice)
}

function renew(core: Core, origin: Origin, before: Subscription): void {
  const { realm } = origin
  const shownBefore = renderSubscription(realm, before)
  const ended = itemsOf(realm, before.id)
  for (const item of ended) realm.table(subscriptionItems).put(renewedItem(item, before.billing_cycle_anchor))
  const status = before.status === 'trialing' ? 'active' : before.status
  const invoice = periodInvoice(core, origin, before, { reason: 'subscription_cycle', ended })
  saveSubscription(
    core,
    origin,
    before,
    { ...before, status, latest_invoice: invoice?.id ?? before.latest_invoice },
    shownBefore,
  )
  if (invoice) core.store.afterwards(() => scheduleInvoice(core, realm, invoice.id))
}
