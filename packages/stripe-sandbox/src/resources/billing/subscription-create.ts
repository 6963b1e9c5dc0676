/**
 * Owns the making of a subscription.
 * Promises: what it needs is checked before anything is made; its first invoice is paid at once unless the caller or a trial says otherwise.
 */
import { emit } from '../../events/emit.ts'
import type { Call } from '../../http/router.ts'
import { badRequest, missingParameter, notSimulated } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import { mergeMetadata, noMetadata } from '../../params/metadata.ts'
import type { Params } from '../../params/param.ts'
import { flag, hashes, integer, text } from '../../params/read.ts'
import { bindCurrency, checkCurrency } from '../customer/customer-currency.ts'
import type { Customer } from '../customer/customer-object.ts'
import { customerParam } from '../customer/find-customer.ts'
import { declined } from '../customer/payment-method-object.ts'
import { scheduleInvoice } from './collection.ts'
import { refuseDiscount } from './invoice-edit.ts'
import { secondsFor } from './clock/billing-time.ts'
import { grantFeatures } from './entitlement/grants.ts'
import { collect, finalize } from './invoice-lifecycle.ts'
import type { Invoice } from './invoice-object.ts'
import { ownMethod, payingMethod } from './paying.ts'
import { checkAmount } from './money.ts'
import { costOf, planOf, type Price } from './price-object.ts'
import { priceOf } from './prices.ts'
import { periodInvoice } from './period-invoice.ts'
import { endingAtPeriodEnd } from './subscription-state.ts'
import { scheduleSubscription, trialNoticeSeconds } from './subscription-cycle.ts'
import { readCancelAt, readCollection, readTrialEnd, readTrialSettings } from './subscription-terms.ts'
import {
  itemsOf,
  newSubscription,
  periodEnd,
  renderSubscription,
  subscriptionItems,
  subscriptions,
  type Subscription,
  type SubscriptionItem,
} from './subscription-object.ts'

/** Creates a subscription, with its first invoice and payment. */
export function createSubscription(call: Call): JsonObject {
  const { core, realm, params: fields, origin } = call
  const customer = customerParam(realm, text(fields, 'customer') ?? '')
  const wanted = (hashes(fields, 'items') ?? []).map((one, index) => ({
    one,
    price: recurringPrice(call, one, index),
  }))
  const [first] = wanted
  if (!first) throw missingParameter('items')
  const now = secondsFor(core, realm, customer)
  const trialEnd = readTrialEnd(fields, now)
  refuseDiscount(customer)
  checkCurrency(customer, first.price.currency)
  const method = ownMethod(realm, customer.id, text(fields, 'default_payment_method'))
  checkAsked(fields, first.price)
  const anchor = trialEnd ?? now
  const blank = newSubscription({
    id: core.newId('sub_1', 23),
    billing_cycle_anchor: anchor,
    cancel_at: null,
    cancel_at_period_end: flag(fields, 'cancel_at_period_end') ?? false,
    ...readCollection(fields, { collection_method: 'charge_automatically', days_until_due: null }),
    created: now,
    currency: first.price.currency,
    customer: customer.id,
    default_payment_method: method,
    description: text(fields, 'description') ?? null,
    livemode: realm.livemode,
    metadata: mergeMetadata(noMetadata, fields['metadata']),
    status: trialEnd === null ? 'active' : 'trialing',
    test_clock: customer.test_clock,
    trial_end: trialEnd,
    trial_settings: readTrialSettings(fields),
    trial_start: trialEnd === null ? null : now,
  })
  for (const [index, { price }] of wanted.entries()) {
    checkTogether(first.price, price, index)
    if (wanted.findIndex((one) => one.price.id === price.id) !== index) throw samePrice(price.id)
  }
  for (const { one, price } of wanted) insertItem(call, blank, price, one, now)
  bindCurrency(core, origin, customer, first.price.currency)
  const end = itemsOf(realm, blank.id)[0]?.current_period_end ?? now
  const ending = blank.cancel_at_period_end
    ? endingAtPeriodEnd(core, origin, blank, true)
    : { cancel_at: readCancelAt(fields, now, end) ?? null }
  const subscription = firstInvoice(call, { ...blank, ...ending }, customer)
  realm.table(subscriptions).put(subscription)
  emit(core, origin, 'customer.subscription.created', renderSubscription(realm, subscription))
  if (trialEnd !== null && trialEnd - now <= trialNoticeSeconds)
    emit(core, origin, 'customer.subscription.trial_will_end', renderSubscription(realm, subscription))
  grantFeatures(core, origin, subscription, true)
  core.store.afterwards(() => scheduleSubscription(core, realm, subscription.id))
  return renderSubscription(realm, subscription)
}

/** Makes and collects the first invoice; gives the subscription in the state that this leads to. */
function firstInvoice(call: Call, subscription: Subscription, customer: Customer): Subscription {
  const { core, params: fields, origin } = call
  const trial = subscription.status === 'trialing'
  const behavior = text(fields, 'payment_behavior') ?? 'allow_incomplete'
  const method = payingMethod(
    origin,
    subscription.default_payment_method,
    customer.invoice_settings.default_payment_method,
  )
  const draft = periodInvoice(core, origin, subscription, { reason: 'subscription_create', free: trial })
  if (!draft) return subscription
  const needsMethod =
    draft.total > 0 &&
    subscription.collection_method === 'charge_automatically' &&
    behavior !== 'default_incomplete'
  if (needsMethod && !method) {
    throw badRequest(
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more ' +
        'information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
      { code: 'resource_missing' },
    )
  }
  const open = finalize(core, origin, draft)
  if (open.due_date !== null) core.store.afterwards(() => scheduleInvoice(core, origin.realm, open.id))
  const withInvoice = { ...subscription, latest_invoice: open.id }
  if (open.status === 'paid' || subscription.collection_method === 'send_invoice') return withInvoice
  if (behavior === 'default_incomplete' || !method) return { ...withInvoice, status: 'incomplete' }
  const result: { invoice: Invoice; decline: Parameters<typeof declined>[0] | null } = collect(
    core,
    origin,
    open,
    method,
  )
  if (result.decline && behavior === 'error_if_incomplete') throw declined(result.decline, { method })
  return result.decline ? { ...withInvoice, status: 'incomplete' } : withInvoice
}

/** Refuses prices that cannot stand together, or whose standing together is not simulated. */
export function checkTogether(first: Price, other: Price, index: number): void {
  const param = `items[${index}][price]`
  if (first.currency !== other.currency) {
    throw badRequest(
      `All prices of a subscription must have the same currency; ${other.id} is in ${other.currency}.`,
      { param },
    )
  }
  if (
    first.recurring?.interval !== other.recurring?.interval ||
    first.recurring?.interval_count !== other.recurring?.interval_count
  )
    throw notSimulated('A subscription with several intervals', param)
}

/** Throws 400 if a subscription is asked for in another currency than that of its prices. */
function checkAsked(fields: Params, { currency }: Price): void {
  const asked = text(fields, 'currency')
  if (!asked || asked === currency) return
  throw badRequest(
    `The price specified only supports \`${currency}\`. This doesn't match the expected currency: \`${asked}\`.`,
    { param: 'items[0][price]' },
  )
}

/** 400 for one price on two items; recorded, with the older name of a price. */
export function samePrice(id: string) {
  return badRequest(
    `Cannot create a Subscription with multiple Subscription Items with the same Price: ${id}`,
    { param: 'plan' },
  )
}

/** Puts a price on a subscription, from `start` on. */
export function insertItem(
  { core, realm }: Call,
  subscription: Subscription,
  price: Price,
  fields: Params,
  start: number,
): SubscriptionItem {
  const end =
    subscription.status === 'trialing' && subscription.trial_end !== null ? subscription.trial_end : undefined
  checkAmount(costOf(price, integer(fields, 'quantity') ?? 1), 'items')
  const made: SubscriptionItem = {
    id: core.newId('si_', 14),
    object: 'subscription_item',
    billing_thresholds: null,
    created: secondsFor(core, realm, subscription),
    current_period_end:
      end ?? (price.recurring ? periodEnd(start, subscription.billing_cycle_anchor, price.recurring) : start),
    current_period_start: start,
    current_trial: null,
    discounts: [],
    metadata: mergeMetadata(noMetadata, fields['metadata']),
    plan: planOf(price),
    price,
    quantity: price.recurring?.usage_type === 'metered' ? undefined : (integer(fields, 'quantity') ?? 1),
    subscription: subscription.id,
    tax_rates: [],
  }
  realm.table(subscriptionItems).put(made)
  return made
}

/** The price that an item names. Throws 400 for one that a subscription cannot have. */
export function recurringPrice({ realm }: Call, fields: Params, index: number): Price {
  const id = text(fields, 'price')
  if (!id) throw missingParameter(`items[${index}][price]`)
  const price = priceOf(realm, id, `items[${index}][price]`)
  if (!price.active)
    throw badRequest('The price specified is inactive. This field only accepts active prices.', {
      param: `items[${index}][price]`,
    })
  if (!price.recurring) {
    throw badRequest(
      `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
      { param: `items[${index}][price]` },
    )
  }
  if (price.recurring.usage_type === 'metered' && integer(fields, 'quantity') !== undefined) {
    throw badRequest('A metered price has no quantity: usage comes from its meter.', {
      param: `items[${index}][quantity]`,
    })
  }
  return price
}
