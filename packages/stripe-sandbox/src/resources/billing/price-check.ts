/**
 * Owns what a price must be made of.
 * Promises: refused before anything is made, with the texts that were recorded.
 */
import { badRequest, notSimulated } from '../../http/stripe-error.ts'
import type { Params } from '../../params/param.ts'
import { hash, integer, text } from '../../params/read.ts'
import type { Realm } from '../../state/store.ts'
import { found } from './find.ts'
import { meters } from './meter/meter-object.ts'
import { checkAmount } from './money.ts'

/** A price recurs at least every three years, as Stripe documents. */
const threeYears: { readonly [interval: string]: number } = { day: 1095, week: 156, month: 36, year: 3 }

/** Throws 400 for parameters that do not make a price. */
export function checkPrice(fields: Params): void {
  if (text(fields, 'billing_scheme') === 'tiered') throw notSimulated('A price with tiers', 'billing_scheme')
  const [product, data] = [text(fields, 'product'), hash(fields, 'product_data')]
  if (product && data) {
    throw badRequest('You may only specify one of these parameters: product, product_data.', {
      param: 'product',
    })
  }
  if (!product && !data)
    throw badRequest('You must specify either `product` or `product_data` when creating a price.')
  const whole = integer(fields, 'unit_amount')
  if (whole !== undefined && text(fields, 'unit_amount_decimal') !== undefined) {
    throw badRequest('You may only specify one of these parameters: unit_amount, unit_amount_decimal.', {
      param: 'unit_amount',
    })
  }
  if (whole === undefined && text(fields, 'unit_amount_decimal') === undefined)
    throw badRequest('Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.')
  if (whole !== undefined && whole < 0)
    throw badRequest('Invalid non-negative integer', {
      code: 'parameter_invalid_integer',
      param: 'unit_amount',
    })
  if (Number(text(fields, 'unit_amount_decimal') ?? 0) < 0)
    throw badRequest('Invalid non-negative decimal', { param: 'unit_amount_decimal' })
  checkAmount(whole ?? Number(text(fields, 'unit_amount_decimal')), 'unit_amount')
  const recurring = hash(fields, 'recurring') ?? {}
  const count = integer(recurring, 'interval_count')
  const most = threeYears[text(recurring, 'interval') ?? ''] ?? 0
  if (count !== undefined && (count < 1 || count > most)) {
    throw badRequest(`Invalid interval_count: must be from 1 to ${most}, which are three years.`, {
      param: 'recurring[interval_count]',
    })
  }
}

/** A metered price is metered by something, and only such a price. */
export function checkMeter(realm: Realm, recurring: Params): void {
  const meter = text(recurring, 'meter')
  const metered = text(recurring, 'usage_type') === 'metered'
  if (metered && !meter) {
    throw badRequest(
      'Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by meters.',
      { param: 'recurring[meter]' },
    )
  }
  if (!metered && meter)
    throw badRequest('Only a price with `usage_type` metered has a `meter`.', { param: 'recurring[meter]' })
  if (meter) found(realm, meters, 'billing meter', meter, 'recurring[meter]')
}
