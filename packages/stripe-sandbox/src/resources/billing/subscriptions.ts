/**
 * Owns the routes of subscriptions.
 * Promises: a first payment that is declined leaves an `incomplete` subscription, or 402 where the caller asks for that; changes of price
 * or quantity take effect without proration, and a proration that is asked for is refused, saying so.
 */
import { createdFilter, listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest, missingResource, notSimulated } from '../../http/stripe-error.ts'
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
import type { Param, Params } from '../../params/param.ts'
import { hash, hashes, integer, text } from '../../params/read.ts'
import { customerParam } from '../customer/find-customer.ts'
import {
  feedbacks,
  isEnded,
  itemsOf,
  renderSubscription,
  withPresentPrice,
  subscriptionItems,
  subscriptions,
  type Subscription,
} from './subscription-object.ts'
import { createSubscription } from './subscription-create.ts'
import { endSubscription } from './subscription-state.ts'
import { updateSubscription } from './subscription-update.ts'

const url = '/v1/subscriptions'
const itemsMax = 20
/** A hundred years: the day that an invoice is due must be a time (days). */
const dueMaxDays = 36_500

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
    trial_settings: object({
      'end_behavior!': object({
        'missing_payment_method!': choice('cancel', 'create_invoice', 'pause'),
        billing_cycle_anchor: unsimulated,
      }),
    }),
  })
  const updateParams = params({
    ...common,
    items: array(object({ ...item, clear_usage: bool, deleted: bool, id: string() }), itemsMax),
    pause_collection: unsimulated,
    payment_behavior: choice('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
    proration_date: unsimulated,
    trial_end: unsimulated,
    cancellation_details: object({ comment: string(), feedback: choice('', ...feedbacks) }),
  })
  return [
    { method: 'POST', path: url, params: createParams, check, run: createSubscription },
    {
      method: 'GET',
      path: url,
      params: listParams({
        collection_method: choice('charge_automatically', 'send_invoice'),
        created: range,
        customer: string(),
        price: string(),
        test_clock: string(),
        status: choice(
          'active',
          'past_due',
          'unpaid',
          'canceled',
          'incomplete',
          'incomplete_expired',
          'trialing',
          'paused',
          'all',
          'ended',
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
    {
      method: 'POST',
      path: `${url}/{id}`,
      params: updateParams,
      check,
      run: (call) => updateSubscription(call, find(call)),
    },
    {
      method: 'DELETE',
      path: `${url}/{id}`,
      params: params({
        cancellation_details: object({ comment: string(), feedback: choice('', ...feedbacks) }),
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
  // Without items there is nothing to prorate, and the parameter changes nothing.
  if (proration && proration !== 'none' && prorated(fields))
    throw notSimulated(`proration_behavior=${proration}`, 'proration_behavior')
  const days = integer(fields, 'days_until_due')
  if (days !== undefined && (days < 0 || days > dueMaxDays)) {
    throw badRequest(`Invalid days_until_due: must be from 0 to ${dueMaxDays}.`, { param: 'days_until_due' })
  }
  for (const one of hashes(fields, 'items') ?? []) {
    const quantity = integer(one, 'quantity')
    if (quantity !== undefined && quantity < 0)
      throw badRequest('Invalid non-negative integer', { code: 'parameter_invalid_integer', param: 'items' })
  }
}

/** Items that an update names by id change in the middle of a period; those of a create begin with it. */
function prorated(fields: Params): boolean {
  return fields['customer'] === undefined && (hashes(fields, 'items') ?? []).length > 0
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
  const clock = text(fields, 'test_clock') ?? null
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
    ...(customer ? { group: customerParam(realm, customer).id } : {}),
    where: (subscription) =>
      wanted(subscription) &&
      // Those of test clocks are only shown to who asks for the clock or the customer.
      (customer ? !clock || subscription.test_clock === clock : subscription.test_clock === clock) &&
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
    render: (item) => withPresentPrice(realm, item),
  })
}

function find({ realm, ids: { id = '' } }: Call): Subscription {
  const subscription = realm.table(subscriptions).get(id)
  if (!subscription) throw missingResource('subscription', id)
  return subscription
}
