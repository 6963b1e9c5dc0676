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
import { insertInvoice, voidInvoice } from './invoice-lifecycle.ts'
import { draftInvoice, invoices, newLine, type Invoice } from './invoice-object.ts'
import { costOf } from './price-object.ts'
import { endSubscription, saveSubscription } from './subscription-state.ts'
import {
  isEnded,
  itemsOf,
  periodEnd,
  renderSubscription,
  subscriptionItems,
  subscriptions,
  type Subscription,
  type SubscriptionItem,
} from './subscription-object.ts'

import { scheduleCollection } from './collection.ts'

/** A first invoice that is not paid in this time takes the subscription with it (seconds), as Stripe documents. */
const incompleteSeconds = 23 * 3600
/** Stripe tells of the end of a trial three days before (seconds). */
const trialNoticeSeconds = 3 * 86_400

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
  const next = Math.min(...moments.filter((moment) => moment !== null))
  if (Number.isFinite(next))
    whenDue(core, realm, subscription, {
      name: `subscription ${id}`,
      due: next,
      work: () => turn(core, realm, id),
    })
}

/** Takes up all timers of billing after a restart. */
export function resumeBilling(core: Core): void {
  for (const realm of core.store.realms()) {
    for (const { id } of realm.table(subscriptions).oldestFirst()) scheduleSubscription(core, realm, id)
    for (const invoice of realm.table(invoices).oldestFirst()) {
      if (invoice.auto_advance && invoice.status === 'draft')
        scheduleCollection(core, realm, invoice.id, invoice.created + core.settings.invoice_finalize_seconds)
      else if (invoice.status === 'open' && invoice.next_payment_attempt !== null) {
        scheduleCollection(core, realm, invoice.id, invoice.next_payment_attempt)
      }
    }
  }
}

/** Makes the invoice of a period from the items of a subscription. */
export function periodInvoice(
  core: Core,
  origin: Origin,
  subscription: Subscription,
  reason: 'subscription_create' | 'subscription_cycle',
  free = false,
): Invoice | undefined {
  const { realm } = origin
  const customer = realm.table(customers).get(subscription.customer)
  const items = itemsOf(realm, subscription.id)
  const [first] = items
  if (!customer || !first) return undefined
  const now = secondsFor(core, realm, subscription)
  const draft = draftInvoice(
    {
      id: core.newId('in_1', 23),
      account: realm.account,
      billing_reason: reason,
      collection_method: subscription.collection_method,
      created: now,
      currency: subscription.currency,
      default_payment_method: null,
      livemode: realm.livemode,
      period_end: first.current_period_start,
      period_start: reason === 'subscription_create' ? first.current_period_start : now,
      subscription: subscription.id,
    },
    customer,
  )
  const due =
    subscription.collection_method === 'send_invoice'
      ? now + (subscription.days_until_due ?? 30) * 86_400
      : null
  const lines = items.map((item) => lineOf(core, draft, subscription, item, free))
  return insertInvoice(core, origin, { ...draft, auto_advance: true, due_date: due }, lines)
}

function lineOf(
  core: Core,
  invoice: Invoice,
  subscription: Subscription,
  item: SubscriptionItem,
  free: boolean,
) {
  return newLine({
    id: core.newId('il_1', 23),
    amount: free ? 0 : costOf(item.price, item.quantity),
    currency: invoice.currency,
    description: free ? 'Trial period' : `${item.quantity} × ${item.price.nickname ?? item.price.product}`,
    invoice: invoice.id,
    livemode: invoice.livemode,
    metadata: item.metadata,
    period: { end: item.current_period_end, start: item.current_period_start },
    price: item.price,
    quantity: item.quantity,
    source: { kind: 'subscription', subscription: subscription.id, subscription_item: item.id },
  })
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
  if (subscription.cancel_at !== null && now >= subscription.cancel_at) {
    endSubscription(core, origin, subscription, 'cancellation_requested')
    return
  }
  const ended = itemsOf(realm, id).some((item) => now >= item.current_period_end)
  if (!ended || subscription.status === 'incomplete') return
  if (subscription.cancel_at_period_end) endSubscription(core, origin, subscription, 'cancellation_requested')
  else renew(core, origin, subscription)
}

function expire(core: Core, origin: Origin, subscription: Subscription): void {
  endSubscription(core, origin, subscription, 'payment_failed', 'incomplete_expired')
  const invoice = origin.realm.table(invoices).get(subscription.latest_invoice ?? '')
  if (invoice?.status === 'open') voidInvoice(core, origin, invoice)
}

function renew(core: Core, origin: Origin, before: Subscription): void {
  const { realm } = origin
  const shownBefore = renderSubscription(realm, before)
  for (const item of itemsOf(realm, before.id)) {
    const start = item.current_period_end
    const end = item.price.recurring
      ? periodEnd(start, before.billing_cycle_anchor, item.price.recurring)
      : start
    realm.table(subscriptionItems).put({ ...item, current_period_start: start, current_period_end: end })
  }
  const status = before.status === 'trialing' ? 'active' : before.status
  const invoice = periodInvoice(core, origin, before, 'subscription_cycle')
  saveSubscription(
    core,
    origin,
    before,
    { ...before, status, latest_invoice: invoice?.id ?? before.latest_invoice },
    shownBefore,
  )
  if (invoice) {
    const due = invoice.created + core.settings.invoice_finalize_seconds
    core.store.afterwards(() => scheduleCollection(core, realm, invoice.id, due))
  }
}
