/**
 * Owns the routes of subscriptions.
 * Promises: a first payment that is declined leaves an `incomplete` subscription, or 402 where the caller asks for that; changes of price
 * or quantity take effect without proration, and a proration that is asked for is refused, saying so.
 */
import { emit } from '../../events/emit.ts'
import { createdFilter, listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest, missingParameter, missingResource, notSimulated } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import {
  array,
  bool,
  choice,
  int,
  listParams,
  metadata,
  object,
  params,
  range,
  string,
  unsimulated,
} from '../../params/declare.ts'
import { mergeMetadata, noMetadata } from '../../params/metadata.ts'
import type { Param, Params } from '../../params/param.ts'
import { flag, hash, hashes, integer, text } from '../../params/read.ts'
import { customers, type Customer } from '../customer/customer-object.ts'
import { customerParam } from '../customer/find-customer.ts'
import { declined, paymentMethods } from '../customer/payment-method-object.ts'
import { collect, finalize } from './invoice-lifecycle.ts'
import type { Invoice } from './invoice-object.ts'
import { payingMethod } from './payments.ts'
import { planOf, type Price } from './price-object.ts'
import { priceOf } from './prices.ts'
import { periodInvoice, scheduleSubscription } from './subscription-cycle.ts'
import {
  isEnded,
  itemsOf,
  newSubscription,
  periodEnd,
  renderSubscription,
  subscriptionItems,
  subscriptions,
  type Subscription,
  type SubscriptionItem,
} from './subscription-object.ts'
import { endSubscription, saveSubscription } from './subscription-state.ts'

const url = '/v1/subscriptions'
const daySeconds = 86_400
const itemsMax = 20

const common: { readonly [name: string]: Param } = {
  add_invoice_items: unsimulated,
  application_fee_percent: unsimulated,
  automatic_tax: unsimulated,
  billing_cycle_anchor: unsimulated,
  billing_thresholds: unsimulated,
  cancel_at: int,
  cancel_at_period_end: bool,
  collection_method: choice('charge_automatically', 'send_invoice'),
  days_until_due: int,
  default_payment_method: string(),
  default_source: unsimulated,
  default_tax_rates: unsimulated,
  description: string(500),
  discounts: unsimulated,
  invoice_settings: unsimulated,
  metadata,
  off_session: bool,
  on_behalf_of: unsimulated,
  payment_settings: unsimulated,
  pending_invoice_item_interval: unsimulated,
  proration_behavior: choice('always_invoice', 'create_prorations', 'none'),
  transfer_data: unsimulated,
  trial_settings: unsimulated,
}
const item: { readonly [name: string]: Param } = {
  billing_thresholds: unsimulated,
  discounts: unsimulated,
  metadata,
  price: string(),
  price_data: unsimulated,
  quantity: int,
  tax_rates: unsimulated,
}

/** Create, retrieve, update, cancel, list; items readable. */
export function subscriptionRoutes(): Route[] {
  const createParams = params({
    ...common,
    'customer!': string(),
    backdate_start_date: unsimulated,
    currency: string(3),
    items: array(object(item), itemsMax),
    payment_behavior: choice('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
    trial_end: string(),
    trial_from_plan: unsimulated,
    trial_period_days: int,
  })
  const updateParams = params({
    ...common,
    items: array(object({ ...item, clear_usage: bool, deleted: bool, id: string() }), itemsMax),
    pause_collection: unsimulated,
    payment_behavior: choice('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
    proration_date: unsimulated,
    trial_end: unsimulated,
    cancellation_details: object({ comment: string(), feedback: string() }),
  })
  return [
    { method: 'POST', path: url, params: createParams, check, run: create },
    {
      method: 'GET',
      path: url,
      params: listParams({
        collection_method: choice('charge_automatically', 'send_invoice'),
        created: range,
        customer: string(),
        price: string(),
        status: choice(
          'active',
          'all',
          'canceled',
          'ended',
          'incomplete',
          'incomplete_expired',
          'past_due',
          'paused',
          'trialing',
          'unpaid',
        ),
      }),
      run: list,
    },
    {
      method: 'GET',
      path: `${url}/{id}`,
      params: params(),
      run: (call) => renderSubscription(call.realm, find(call)),
    },
    { method: 'POST', path: `${url}/{id}`, params: updateParams, check, run: update },
    {
      method: 'DELETE',
      path: `${url}/{id}`,
      params: params({
        cancellation_details: object({ comment: string(), feedback: string() }),
        invoice_now: unsimulated,
        prorate: unsimulated,
      }),
      run: cancel,
    },
    {
      method: 'GET',
      path: '/v1/subscription_items',
      params: listParams({ 'subscription!': string() }),
      run: listItems,
    },
  ]
}

function check(fields: Params): void {
  const proration = text(fields, 'proration_behavior')
  if (proration && proration !== 'none')
    throw notSimulated(`proration_behavior=${proration}`, 'proration_behavior')
  for (const one of hashes(fields, 'items') ?? []) {
    const quantity = integer(one, 'quantity')
    if (quantity !== undefined && quantity < 0)
      throw badRequest('Invalid non-negative integer', { code: 'parameter_invalid_integer', param: 'items' })
  }
}

function create(call: Call): JsonObject {
  const { core, realm, params: fields, origin } = call
  const customer = customerParam(realm, text(fields, 'customer') ?? '')
  const wanted = (hashes(fields, 'items') ?? []).map((one, index) => ({
    one,
    price: recurringPrice(call, one, index),
  }))
  const [first] = wanted
  if (!first) throw missingParameter('items')
  const now = core.clock.seconds()
  const trialEnd = readTrialEnd(fields, now)
  const method = ownMethod(call, customer.id, text(fields, 'default_payment_method'))
  const sendInvoice = text(fields, 'collection_method') === 'send_invoice'
  if (sendInvoice && integer(fields, 'days_until_due') === undefined) throw missingParameter('days_until_due')
  const anchor = trialEnd ?? now
  const blank = newSubscription({
    id: core.newId('sub_1', 23),
    billing_cycle_anchor: anchor,
    cancel_at: integer(fields, 'cancel_at') ?? null,
    cancel_at_period_end: flag(fields, 'cancel_at_period_end') ?? false,
    collection_method: sendInvoice ? 'send_invoice' : 'charge_automatically',
    created: now,
    currency: first.price.currency,
    customer: customer.id,
    days_until_due: integer(fields, 'days_until_due') ?? null,
    default_payment_method: method,
    description: text(fields, 'description') ?? null,
    livemode: realm.livemode,
    metadata: mergeMetadata(noMetadata, fields['metadata']),
    status: trialEnd === null ? 'active' : 'trialing',
    trial_end: trialEnd,
    trial_start: trialEnd === null ? null : now,
  })
  for (const { one, price } of wanted) insertItem(call, blank, price, one, now)
  stampCurrency(call, customer, first.price.currency)
  const subscription = firstInvoice(call, blank, customer)
  realm.table(subscriptions).put(subscription)
  emit(core, origin, 'customer.subscription.created', renderSubscription(realm, subscription))
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
  const draft = periodInvoice(core, origin, subscription, 'subscription_create', trial)
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
  const withInvoice = { ...subscription, latest_invoice: open.id }
  if (open.status === 'paid' || subscription.collection_method === 'send_invoice') return withInvoice
  if (behavior === 'default_incomplete' || !method) return { ...withInvoice, status: 'incomplete' }
  const result: { invoice: Invoice; decline: Parameters<typeof declined>[0] | null } = collect(
    core,
    origin,
    open,
    method,
  )
  if (result.decline && behavior === 'error_if_incomplete') throw declined(result.decline, method)
  return result.decline ? { ...withInvoice, status: 'incomplete' } : withInvoice
}

/** What a subscription costs in, the customer is billed in from then on. */
function stampCurrency({ realm }: Call, customer: Customer, currency: string): void {
  if (customer.currency === null) realm.table(customers).put({ ...customer, currency })
}

function insertItem(
  { core, realm }: Call,
  subscription: Subscription,
  price: Price,
  fields: Params,
  start: number,
): SubscriptionItem {
  const end =
    subscription.status === 'trialing' && subscription.trial_end !== null ? subscription.trial_end : undefined
  const made: SubscriptionItem = {
    id: core.newId('si_', 14),
    object: 'subscription_item',
    billing_thresholds: null,
    created: core.clock.seconds(),
    current_period_end:
      end ?? (price.recurring ? periodEnd(start, subscription.billing_cycle_anchor, price.recurring) : start),
    current_period_start: start,
    current_trial: null,
    discounts: [],
    metadata: mergeMetadata(noMetadata, fields['metadata']),
    plan: planOf(price),
    price,
    quantity: integer(fields, 'quantity') ?? 1,
    subscription: subscription.id,
    tax_rates: [],
  }
  realm.table(subscriptionItems).put(made)
  return made
}

function recurringPrice({ realm }: Call, fields: Params, index: number): Price {
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
  if (price.recurring.usage_type === 'metered')
    throw notSimulated('A subscription to a metered price', `items[${index}][price]`)
  return price
}

function readTrialEnd(fields: Params, now: number): number | null {
  const days = integer(fields, 'trial_period_days')
  const end = text(fields, 'trial_end')
  if (days !== undefined) return days > 0 ? now + days * daySeconds : null
  if (!end || end === 'now') return null
  if (!/^\d{1,12}$/.test(end))
    throw badRequest(`Invalid timestamp: ${end.slice(0, 30)}; must be an integer or now`, {
      param: 'trial_end',
    })
  if (Number(end) <= now) throw badRequest('trial_end must be in the future.', { param: 'trial_end' })
  return Number(end)
}

function ownMethod({ realm }: Call, customer: string, id: string | null | undefined): string | null {
  if (!id) return null
  if (realm.table(paymentMethods).get(id)?.customer === customer) return id
  throw badRequest(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    {
      code: 'resource_missing',
      param: 'default_payment_method',
    },
  )
}

function update(call: Call): JsonObject {
  const { core, realm, params: fields, origin } = call
  const before = find(call)
  if (isEnded(before)) {
    throw badRequest('A canceled subscription can only update its cancellation_details and metadata.', {
      code: 'resource_missing',
    })
  }
  const shownBefore = renderSubscription(realm, before)
  changeItems(call, before)
  const atEnd = flag(fields, 'cancel_at_period_end')
  const method = text(fields, 'default_payment_method')
  const description = text(fields, 'description')
  const cancelAt = integer(fields, 'cancel_at')
  const asked = atEnd === true || cancelAt !== undefined
  const after: Subscription = {
    ...before,
    cancel_at:
      atEnd === true
        ? (itemsOf(realm, before.id)[0]?.current_period_end ?? null)
        : atEnd === false
          ? null
          : (cancelAt ?? before.cancel_at),
    cancel_at_period_end: atEnd ?? before.cancel_at_period_end,
    canceled_at: asked
      ? (before.canceled_at ?? core.clock.seconds())
      : atEnd === false
        ? null
        : before.canceled_at,
    cancellation_details: asked
      ? { comment: null, feedback: null, reason: 'cancellation_requested' }
      : atEnd === false
        ? { comment: null, feedback: null, reason: null }
        : before.cancellation_details,
    days_until_due: integer(fields, 'days_until_due') ?? before.days_until_due,
    default_payment_method:
      method === undefined ? before.default_payment_method : ownMethod(call, before.customer, method),
    description: description === undefined ? before.description : description,
    metadata: mergeMetadata(before.metadata, fields['metadata']),
  }
  saveSubscription(core, origin, before, after, shownBefore)
  core.store.afterwards(() => scheduleSubscription(core, realm, after.id))
  return renderSubscription(realm, after)
}

function changeItems(call: Call, subscription: Subscription): void {
  const { realm, params: fields } = call
  const present = itemsOf(realm, subscription.id)
  for (const [index, change] of (hashes(fields, 'items') ?? []).entries()) {
    const id = text(change, 'id')
    const found = id ? present.find((one) => one.id === id) : undefined
    if (id && !found) throw missingResource('subscription_item', id, `items[${index}][id]`)
    if (!found) {
      insertItem(
        call,
        subscription,
        recurringPrice(call, change, index),
        change,
        present[0]?.current_period_start ?? call.core.clock.seconds(),
      )
      continue
    }
    if (flag(change, 'deleted')) {
      realm.table(subscriptionItems).remove(found.id)
      continue
    }
    const price = text(change, 'price') ? recurringPrice(call, change, index) : found.price
    realm.table(subscriptionItems).put({
      ...found,
      metadata: mergeMetadata(found.metadata, change['metadata']),
      plan: planOf(price),
      price,
      quantity: integer(change, 'quantity') ?? found.quantity,
    })
  }
  if (itemsOf(realm, subscription.id).length === 0)
    throw badRequest('A subscription must have at least one active plan.', { param: 'items' })
}

function cancel(call: Call): JsonObject {
  const { core, origin, params: fields } = call
  const subscription = find(call)
  if (isEnded(subscription)) throw missingResource('subscription', subscription.id)
  const details = hash(fields, 'cancellation_details')
  const after = endSubscription(core, origin, subscription, 'cancellation_requested', 'canceled', {
    comment: (details && text(details, 'comment')) ?? null,
    feedback: (details && text(details, 'feedback')) ?? null,
  })
  return renderSubscription(call.realm, after)
}

function list({ realm, params: fields }: Call): JsonObject {
  const created = createdFilter(fields)
  const customer = text(fields, 'customer')
  const status = text(fields, 'status')
  const price = text(fields, 'price')
  const method = text(fields, 'collection_method')
  const wanted = (subscription: Subscription) => {
    if (status === 'all') return true
    if (status === 'ended') return isEnded(subscription)
    return status ? subscription.status === status : subscription.status !== 'canceled'
  }
  return listPage({
    table: realm.table(subscriptions),
    params: fields,
    url,
    kind: 'subscription',
    ...(customer ? { group: customer } : {}),
    where: (subscription) =>
      wanted(subscription) &&
      created(subscription.created) &&
      (!method || subscription.collection_method === method) &&
      (!price || itemsOf(realm, subscription.id).some((one) => one.price.id === price)),
    render: (subscription) => renderSubscription(realm, subscription),
  })
}

function listItems({ realm, params: fields }: Call): JsonObject {
  const id = text(fields, 'subscription') ?? ''
  if (!realm.table(subscriptions).get(id)) throw missingResource('subscription', id, 'subscription')
  return listPage({
    table: realm.table(subscriptionItems),
    params: fields,
    url: '/v1/subscription_items',
    kind: 'subscription_item',
    group: id,
  })
}

function find({ realm, ids: { id = '' } }: Call): Subscription {
  const subscription = realm.table(subscriptions).get(id)
  if (!subscription) throw missingResource('subscription', id)
  return subscription
}
