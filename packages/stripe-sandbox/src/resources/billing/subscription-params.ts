/**
 * Owns what a request about subscriptions may say.
 * Promises: all that Stripe takes is known here, and what is not simulated is refused, saying so; what needs no look at what is there is
 * checked before anything is executed.
 */
import { badRequest, notSimulated } from '../../http/stripe-error.ts'
import {
  array,
  bool,
  choice,
  currency,
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
import { flag, hashes, integer, text } from '../../params/read.ts'
import { feedbacks } from './subscription-object.ts'

const itemsMax = 20
/** A hundred years: the day that an invoice is due must be a time (days). */
const dueMaxDays = 36_500

const common: { readonly [name: string]: Param } = {
  add_invoice_items: unsimulated,
  application_fee_percent: unsimulated,
  automatic_tax: unsimulated,
  billing_cycle_anchor: unsimulated,
  billing_schedules: unsimulated,
  billing_thresholds: unsimulated,
  cancel_at: string(),
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
  payment_behavior: choice(
    'allow_incomplete',
    'default_incomplete',
    'error_if_incomplete',
    'pending_if_incomplete',
  ),
  payment_settings: unsimulated,
  pending_invoice_item_interval: unsimulated,
  proration_behavior: choice('always_invoice', 'create_prorations', 'none'),
  transfer_data: unsimulated,
  trial_from_plan: unsimulated,
}

const item: { readonly [name: string]: Param } = {
  billing_thresholds: unsimulated,
  current_trial: unsimulated,
  discounts: unsimulated,
  metadata,
  plan: unsimulated,
  price: string(),
  price_data: unsimulated,
  quantity: int,
  tax_rates: unsimulated,
}

const cancellationDetails = object({
  comment: string(),
  feedback: choice('', ...feedbacks),
  feedback_option: unsimulated,
})

/** What a new subscription is made of. */
export const createParams = params({
  ...common,
  'customer!': string(),
  backdate_start_date: unsimulated,
  billing_cycle_anchor_config: unsimulated,
  billing_mode: unsimulated,
  currency,
  customer_account: unsimulated,
  items: array(object(item), itemsMax),
  trial_end: string(),
  trial_period_days: int,
  trial_settings: object({
    'end_behavior!': object({
      billing_cycle_anchor: unsimulated,
      missing_payment_method: choice('cancel', 'create_invoice', 'pause'),
    }),
  }),
})

/** What an update may change. */
export const updateParams = params({
  ...common,
  cancellation_details: cancellationDetails,
  items: array(object({ ...item, clear_usage: unsimulated, deleted: bool, id: string() }), itemsMax),
  pause_collection: unsimulated,
  proration_date: unsimulated,
  trial_end: unsimulated,
  trial_settings: unsimulated,
})

/** What a cancellation may say. */
export const cancelParams = params({
  cancellation_details: cancellationDetails,
  invoice_now: unsimulated,
  prorate: unsimulated,
})

/** What a list of subscriptions may be narrowed by. */
export const subscriptionListParams = listParams({
  automatic_tax: unsimulated,
  collection_method: choice('charge_automatically', 'send_invoice'),
  created: range,
  current_period_end: unsimulated,
  current_period_start: unsimulated,
  customer: string(),
  customer_account: unsimulated,
  plan: unsimulated,
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
})

/** Throws 400 for what a create or an update may not ask for, whatever is there. */
export function checkSubscription(fields: Params): void {
  const proration = text(fields, 'proration_behavior')
  // Without items there is nothing to prorate, and the parameter changes nothing.
  if (proration && proration !== 'none' && prorated(fields))
    throw notSimulated(`proration_behavior=${proration}`, 'proration_behavior')
  if (text(fields, 'payment_behavior') === 'pending_if_incomplete')
    throw notSimulated('payment_behavior=pending_if_incomplete', 'payment_behavior')
  if (flag(fields, 'cancel_at_period_end') && text(fields, 'cancel_at')) {
    throw badRequest('You may only specify one of these parameters: cancel_at, cancel_at_period_end.', {
      param: 'cancel_at',
    })
  }
  if (integer(fields, 'trial_period_days') !== undefined && text(fields, 'trial_end')) {
    throw badRequest('You may only specify one of these parameters: trial_end, trial_period_days.', {
      param: 'trial_end',
    })
  }
  const due = integer(fields, 'days_until_due')
  if (due !== undefined && (due < 0 || due > dueMaxDays)) {
    throw badRequest(`Invalid days_until_due: must be from 0 to ${dueMaxDays}.`, { param: 'days_until_due' })
  }
  refuseNegative(integer(fields, 'trial_period_days'), 'trial_period_days')
  for (const one of hashes(fields, 'items') ?? []) refuseNegative(integer(one, 'quantity'), 'items')
}

/** Items that an update names by id change in the middle of a period; those of a create begin with it. */
function prorated(fields: Params): boolean {
  return fields['customer'] === undefined && (hashes(fields, 'items') ?? []).length > 0
}

function refuseNegative(value: number | undefined, param: string): void {
  if (value !== undefined && value < 0)
    throw badRequest('Invalid non-negative integer', { code: 'parameter_invalid_integer', param })
}
