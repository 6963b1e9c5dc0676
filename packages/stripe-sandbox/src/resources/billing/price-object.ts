/**
 * Owns the price as an object, its older face the plan, and what a number of units costs.
 * Promises: pure; amounts are whole minor units, rounded half up where a decimal unit amount asks for it.
 */
import type { JsonObject, Metadata } from '../../json.ts'
import type { TableKey } from '../../state/table.ts'

/** How often a price recurs. */
export type Recurring = {
  readonly interval: 'day' | 'week' | 'month' | 'year'
  readonly interval_count: number
  readonly meter: string | null
  readonly trial_period_days: number | null
  readonly usage_type: 'licensed' | 'metered'
}

/** A price as the API shows it. */
export type Price = {
  readonly id: string
  readonly object: 'price'
  readonly active: boolean
  readonly billing_scheme: 'per_unit'
  readonly created: number
  readonly currency: string
  readonly custom_unit_amount: null
  readonly livemode: boolean
  readonly lookup_key: string | null
  readonly metadata: Metadata
  readonly nickname: string | null
  readonly product: string
  readonly recurring: Recurring | null
  readonly tax_behavior: string
  readonly tiers_mode: null
  readonly transform_quantity: null
  readonly type: 'one_time' | 'recurring'
  readonly unit_amount: number | null
  readonly unit_amount_decimal: string
}

/** The table of prices, by product. */
export const prices: TableKey<Price> = { name: 'prices', groupOf: ({ product }) => product }

/** What a number of units costs. */
export function costOf(price: Price, quantity: number): number {
  return price.unit_amount === null
    ? Math.round(Number(price.unit_amount_decimal) * quantity)
    : price.unit_amount * quantity
}

/** The plan that a recurring price still shows itself as. */
export function planOf(price: Price): JsonObject {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: price.livemode,
    metadata: price.metadata,
    meter: price.recurring?.meter ?? null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: price.recurring?.usage_type ?? 'licensed',
  }
}
