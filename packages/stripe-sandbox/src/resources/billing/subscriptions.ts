/**
 * Owns the routes of subscriptions.
 * Promises: a first payment that is declined leaves an `incomplete` subscription, or 402 where the caller asks for that; changes of price
 * or quantity take effect without proration, and a proration that is asked for is refused, saying so.
 */
import { createdFilter, listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { missingResource } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import { listParams, params, string } from '../../params/declare.ts'
import { hash, text } from '../../params/read.ts'
import { customerParam } from '../customer/find-customer.ts'
import { testClocks } from './clock/billing-time.ts'
import { narrowedBy } from './find.ts'
import { prices } from './price-object.ts'
import {
  isEnded,
  itemsOf,
  renderSubscription,
  withPresentPrice,
  subscriptionItems,
  subscriptions,
  type Subscription,
} from './subscription-object.ts'
import { createSubscription } from './subscription-create.ts'
import {
  cancelParams,
  checkSubscription,
  createParams,
  subscriptionListParams,
  updateParams,
} from './subscription-params.ts'
import { endSubscription } from './subscription-state.ts'
import { updateSubscription } from './subscription-update.ts'

const url = '/v1/subscriptions'
/** Create, retrieve, update, cancel, list; items readable. */
export function subscriptionRoutes(): Route[] {
  return [
    { method: 'POST', path: url, params: createParams, check: checkSubscription, run: createSubscription },
    {
      method: 'GET',
      path: url,
      params: subscriptionListParams,
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
      check: checkSubscription,
      run: (call) => updateSubscription(call, find(call)),
    },
    {
      method: 'DELETE',
      path: `${url}/{id}`,
      params: cancelParams,
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
  const price = narrowedBy(realm, prices, 'price', text(fields, 'price'), 'price')
  const method = text(fields, 'collection_method')
  const clock =
    narrowedBy(realm, testClocks, 'billingclock', text(fields, 'test_clock'), 'test_clock') ?? null
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
