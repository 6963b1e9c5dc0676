/**
 * Owns the subscription and its items as objects, and the length of a period.
 * Promises: pure; every member that Stripe answers is there; `current_period_*` stand on the items.
 */
import { wholeList } from '../../http/list-page.ts'
import type { JsonObject, Metadata } from '../../json.ts'
import type { Realm } from '../../state/store.ts'
import type { TableKey } from '../../state/table.ts'
import { addMonths } from '../customer/discount.ts'
import { planOf, prices, type Price, type Recurring } from './price-object.ts'

/** The states that are simulated. */
export type SubscriptionStatus =
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'canceled'
  | 'unpaid'

/** What a customer may give as the reason for a cancellation. */
export const feedbacks: readonly string[] = [
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
]

/** Why a subscription ends. */
export type CancellationDetails = {
  readonly comment: string | null
  readonly feedback: string | null
  readonly feedback_option: null
  readonly reason: string | null
}

/** Of a subscription that does not end. */
export const noCancellation: CancellationDetails = {
  comment: null,
  feedback: null,
  feedback_option: null,
  reason: null,
}

/** A subscription as it is kept; the API adds `items`. */
export type Subscription = {
  readonly id: string
  readonly object: 'subscription'
  readonly billing_cycle_anchor: number
  readonly cancel_at: number | null
  readonly cancel_at_period_end: boolean
  readonly canceled_at: number | null
  readonly cancellation_details: CancellationDetails
  readonly collection_method: 'charge_automatically' | 'send_invoice'
  readonly created: number
  readonly currency: string
  readonly customer: string
  readonly days_until_due: number | null
  readonly default_payment_method: string | null
  readonly description: string | null
  readonly ended_at: number | null
  readonly latest_invoice: string | null
  readonly livemode: boolean
  readonly metadata: Metadata
  readonly start_date: number
  readonly status: SubscriptionStatus
  readonly test_clock: string | null
  readonly trial_end: number | null
  readonly trial_settings: {
    readonly end_behavior: {
      readonly billing_cycle_anchor: null
      readonly missing_payment_method: string
    }
  }
  readonly trial_start: number | null
  readonly [other: string]: JsonObject[string]
}

/** An item as the API shows it. */
export type SubscriptionItem = {
  readonly id: string
  readonly object: 'subscription_item'
  readonly billing_thresholds: null
  readonly created: number
  readonly current_period_end: number
  readonly current_period_start: number
  readonly current_trial: null
  readonly discounts: readonly []
  readonly metadata: Metadata
  readonly plan: JsonObject
  readonly price: Price
  /** Absent for metered prices. */
  readonly quantity?: number | undefined
  readonly subscription: string
  readonly tax_rates: readonly []
}

/** The table of subscriptions, by customer. */
export const subscriptions: TableKey<Subscription> = {
  name: 'subscriptions',
  groupOf: ({ customer }) => customer,
}
/** The table of items, by subscription. */
export const subscriptionItems: TableKey<SubscriptionItem> = {
  name: 'subscription_items',
  groupOf: ({ subscription }) => subscription,
}

/** The items of a subscription, oldest first. */
export function itemsOf(realm: Realm, subscription: string): SubscriptionItem[] {
  return Array.from(realm.table(subscriptionItems).oldestFirst(undefined, subscription))
}

/** A price can be renamed or archived; an item shows it as it is now. */
export function withPresentPrice(realm: Realm, item: SubscriptionItem): SubscriptionItem {
  const price = realm.table(prices).get(item.price.id)
  return price && price !== item.price ? { ...item, price, plan: planOf(price) } : item
}

/** The subscription as the API shows it. */
export function renderSubscription(realm: Realm, subscription: Subscription): JsonObject {
  const items = wholeList(
    itemsOf(realm, subscription.id).map((item) => withPresentPrice(realm, item)),
    `/v1/subscription_items?subscription=${subscription.id}`,
  )
  return { ...subscription, items }
}

/** The subscriptions of a customer that are not over, for `expand`. */
export function subscriptionsOf(realm: Realm, customer: string): JsonObject {
  const alive = Array.from(realm.table(subscriptions).newestFirst(undefined, customer)).filter(
    (one) => !isEnded(one),
  )
  return wholeList(
    alive.map((one) => renderSubscription(realm, one)),
    `/v1/customers/${customer}/subscriptions`,
  )
}

/** True once nothing can happen to it any more. */
export function isEnded({ status }: Subscription): boolean {
  return status === 'canceled' || status === 'incomplete_expired'
}

const daySeconds = 86_400

/** When a period that begins at `start` ends (seconds). Months keep the day of `anchor` where they have it. */
export function periodEnd(start: number, anchor: number, recurring: Recurring): number {
  const { interval, interval_count: count } = recurring
  if (interval === 'day') return start + count * daySeconds
  if (interval === 'week') return start + count * 7 * daySeconds
  const months = interval === 'year' ? count * 12 : count
  for (let total = months; ; total += months) {
    const end = addMonths(anchor, total)
    if (end > start) return end
  }
}

/** An item in the period after its present one. */
export function renewedItem(item: SubscriptionItem, anchor: number): SubscriptionItem {
  const start = item.current_period_end
  const end = item.price.recurring ? periodEnd(start, anchor, item.price.recurring) : start
  return { ...item, current_period_start: start, current_period_end: end }
}

/** What a subscription is made from. */
export type SubscriptionBirth = Pick<
  Subscription,
  | 'id'
  | 'billing_cycle_anchor'
  | 'cancel_at'
  | 'cancel_at_period_end'
  | 'collection_method'
  | 'created'
  | 'currency'
  | 'customer'
  | 'days_until_due'
  | 'default_payment_method'
  | 'description'
  | 'livemode'
  | 'metadata'
  | 'status'
  | 'test_clock'
  | 'trial_end'
  | 'trial_settings'
  | 'trial_start'
>

/** A new subscription without items. */
export function newSubscription(birth: SubscriptionBirth): Subscription {
  return {
    ...birth,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
    billing_schedules: [],
    billing_thresholds: null,
    canceled_at: birth.cancel_at_period_end ? birth.created : null,
    cancellation_details: birth.cancel_at_period_end
      ? { ...noCancellation, reason: 'cancellation_requested' }
      : noCancellation,
    customer_account: null,
    default_source: null,
    default_tax_rates: [],
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    latest_invoice: null,
    managed_payments: null,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: birth.created,
    transfer_data: null,
  }
}
