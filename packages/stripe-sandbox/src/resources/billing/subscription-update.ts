/**
 * Owns the changing of a subscription.
 * Promises: of an ended one only metadata and cancellation details change; one `customer.subscription.updated` for all that a request changes.
 */
import type { Call } from '../../http/router.ts'
import { badRequest, missingResource, notSimulated } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import { mergeMetadata } from '../../params/metadata.ts'
import { flag, hash, hashes, integer, text } from '../../params/read.ts'
import { secondsFor } from './clock/billing-time.ts'
import { kept } from './find.ts'
import { checkAmount } from './money.ts'
import { costOf, planOf } from './price-object.ts'
import { scheduleSubscription } from './subscription-cycle.ts'
import {
  isEnded,
  itemsOf,
  renderSubscription,
  subscriptionItems,
  type Subscription,
  type SubscriptionItem,
} from './subscription-object.ts'
import { endingAtPeriodEnd, endingNoMore, saveSubscription } from './subscription-state.ts'
import { readCancelAt, readCollection } from './subscription-terms.ts'

import { ownMethod } from './paying.ts'
import { checkTogether, insertItem, recurringPrice, samePrice } from './subscription-create.ts'

/** What an ended subscription may still change. */
const stillEditable = ['cancellation_details', 'expand', 'metadata']

/** Changes a subscription; price and quantity take effect without proration. */
export function updateSubscription(call: Call, before: Subscription): JsonObject {
  const { core, realm, params: fields, origin } = call
  if (isEnded(before) && Object.keys(fields).some((name) => !stillEditable.includes(name))) {
    throw badRequest('A canceled subscription can only update its cancellation_details and metadata.', {
      code: 'resource_missing',
    })
  }
  const shownBefore = renderSubscription(realm, before)
  changeItems(call, before)
  const atEnd = flag(fields, 'cancel_at_period_end')
  const method = text(fields, 'default_payment_method')
  const description = text(fields, 'description')
  const now = secondsFor(core, realm, before)
  const end = itemsOf(realm, before.id)[0]?.current_period_end ?? now
  const cancelAt = readCancelAt(fields, now, end)
  const after: Subscription = {
    ...before,
    ...(atEnd === undefined ? {} : endingAtPeriodEnd(core, origin, before, atEnd)),
    ...(cancelAt === undefined ? {} : endingAt(before, cancelAt, now)),
    ...explained(atEnd === undefined ? before : endingAtPeriodEnd(core, origin, before, atEnd), fields),
    ...readCollection(fields, before),
    default_payment_method:
      method === undefined ? before.default_payment_method : ownMethod(realm, before.customer, method),
    description: description === undefined ? before.description : description,
    metadata: mergeMetadata(before.metadata, fields['metadata']),
  }
  saveSubscription(core, origin, before, after, shownBefore)
  core.store.afterwards(() => scheduleSubscription(core, realm, after.id))
  return renderSubscription(realm, after)
}

/** The comment and the feedback that came with a cancellation, or after it. */
function explained(
  { cancellation_details: before }: Pick<Subscription, 'cancellation_details'>,
  fields: Call['params'],
): Partial<Subscription> {
  const given = hash(fields, 'cancellation_details')
  if (!given) return {}
  return {
    cancellation_details: {
      ...before,
      comment: kept(before.comment, text(given, 'comment')),
      feedback: kept(before.feedback, text(given, 'feedback')),
    },
  }
}

function endingAt(
  before: Subscription,
  at: number | null,
  now: number,
): Pick<Subscription, 'cancel_at' | 'cancel_at_period_end' | 'canceled_at' | 'cancellation_details'> {
  if (at === null) return endingNoMore
  return {
    cancel_at: at,
    cancel_at_period_end: false,
    canceled_at: before.canceled_at ?? now,
    cancellation_details: { ...before.cancellation_details, reason: 'cancellation_requested' },
  }
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
        present[0]?.current_period_start ?? secondsFor(call.core, realm, subscription),
      )
      continue
    }
    if (flag(change, 'deleted')) {
      realm.table(subscriptionItems).remove(found.id)
      continue
    }
    const price = text(change, 'price') ? recurringPrice(call, change, index) : found.price
    const metered = price.recurring?.usage_type === 'metered'
    checkAmount(costOf(price, integer(change, 'quantity') ?? found.quantity ?? 1), `items[${index}]`)
    realm.table(subscriptionItems).put({
      ...found,
      metadata: mergeMetadata(found.metadata, change['metadata']),
      plan: planOf(price),
      price,
      quantity: metered ? undefined : (integer(change, 'quantity') ?? found.quantity ?? 1),
    })
  }
  const after = itemsOf(realm, subscription.id)
  for (const [index, { price }] of after.entries())
    if (after.findIndex((one) => one.price.id === price.id) !== index) throw samePrice(price.id)
  const [first, ...others] = after
  for (const [index, other] of others.entries()) if (first) checkTogether(first.price, other.price, index + 1)
  refuseNewInterval(present[0], first)
  if (!first) throw badRequest('A subscription must have at least one active plan.', { param: 'items' })
}

/** Another interval bills at once and begins a new period, which takes proration. */
function refuseNewInterval(before: SubscriptionItem | undefined, after: SubscriptionItem | undefined): void {
  const [old, now] = [before?.price.recurring, after?.price.recurring]
  if (!old || !now || (old.interval === now.interval && old.interval_count === now.interval_count)) return
  throw notSimulated('Changing the interval of a subscription', 'items')
}
