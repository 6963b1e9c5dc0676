/**
 * Owns the discount of a customer: a coupon put on it.
 * Promises: shown inside the customer; each change has its event, and its removal
 * is answered as Stripe does. This API version
 * has no parameter that puts one on a customer, so that is a door of the sandbox, as the dashboard would do it.
 */
import type { Core } from '../../core.ts'
import { emit, emitUpdate, type Origin } from '../../events/emit.ts'
import type { Call, Route } from '../../http/router.ts'
import { missingResource } from '../../http/stripe-error.ts'
import { idOf, isJsonObject, type JsonObject } from '../../json.ts'
import type { SpecParams } from '../../params/from-spec.ts'
import { redeemedCoupon, type Coupon } from '../billing/coupons.ts'
import type { Customer } from './customer-object.ts'
import { customerOf } from './find-customer.ts'
import { updateCustomer } from './save-customer.ts'

/** `DELETE /v1/customers/{id}/discount`. */
export function discountRoutes(spec: SpecParams): Route[] {
  return [
    {
      method: 'DELETE',
      path: '/v1/customers/{id}/discount',
      params: spec('DeleteCustomersCustomerDiscount'),
      run: remove,
    },
  ]
}

/** Puts a coupon on a customer. */
export function giveDiscount(core: Core, origin: Origin, customer: Customer, coupon: Coupon): Customer {
  const redeemed = redeemedCoupon(origin.realm, coupon)
  const start = core.clock.seconds()
  const discount: JsonObject = {
    id: customer.discount ? idOf(customer.discount) : core.newId('di_1', 23),
    object: 'discount',
    checkout_session: null,
    customer: customer.id,
    customer_account: null,
    end: redeemed.duration_in_months === null ? null : addMonths(start, redeemed.duration_in_months),
    invoice: null,
    invoice_item: null,
    promotion_code: null,
    source: { coupon: redeemed.id, type: 'coupon' },
    start,
    subscription: null,
    subscription_item: null,
  }
  // A customer has one discount: another coupon takes its place.
  if (customer.discount) emitUpdate(core, origin, 'customer.discount.updated', customer.discount, discount)
  else emit(core, origin, 'customer.discount.created', discount)
  return updateCustomer(core, origin, customer, { ...customer, discount })
}

function remove(call: Call): JsonObject {
  const { core, origin } = call
  const customer = customerOf(call)
  const { discount } = customer
  if (!isJsonObject(discount)) throw missingResource('discount for customer', customer.id)
  emit(core, origin, 'customer.discount.deleted', discount)
  updateCustomer(core, origin, customer, { ...customer, discount: null })
  const { end: _end, ...rest } = discount
  return { ...rest, deleted: true }
}

/** The same day that many months later, or the last of that month. Seconds in and out. */
export function addMonths(seconds: number, months: number): number {
  const from = new Date(seconds * 1000)
  const to = new Date(from)
  to.setUTCDate(1)
  to.setUTCMonth(from.getUTCMonth() + months)
  const lastDay = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate()
  to.setUTCDate(Math.min(from.getUTCDate(), lastDay))
  return Math.floor(to.getTime() / 1000)
}
