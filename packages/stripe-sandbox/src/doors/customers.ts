/** Owns the doors to what the dashboard or a card network does to what customers have. */
import { emitUpdate } from '../events/emit.ts'
import { giveDiscount } from '../resources/customer/discount.ts'
import { couponOf } from '../resources/billing/coupons.ts'
import { customers } from '../resources/customer/customer-object.ts'
import { paymentMethods } from '../resources/customer/payment-method-object.ts'
import type { Door } from './door.ts'

/** Discounts, and cards that a network changes. */
export const customerDoors: readonly Door[] = [
  {
    method: 'POST',
    path: '/_sandbox/payment_methods/{id}/automatic_update',
    about:
      'Changes {exp_month} and {exp_year} of a card as its network does, with payment_method.automatically_updated.',
    run: ({ core, body, id }) => {
      const realm = core.store.realms().find((one) => one.table(paymentMethods).get(id))
      const before = realm?.table(paymentMethods).get(id)
      if (!realm || !before?.card) throw new Error(`no such card: ${id}`)
      const { exp_month = before.card['exp_month'], exp_year = before.card['exp_year'] } = body
      if (!Number.isInteger(exp_month) || !Number.isInteger(exp_year))
        throw new Error('exp_month and exp_year must be whole numbers')
      const after = {
        ...before,
        card: { ...before.card, exp_month: Number(exp_month), exp_year: Number(exp_year) },
      }
      return core.store.unit(() => {
        realm.table(paymentMethods).put(after)
        emitUpdate(core, { realm, request: null }, 'payment_method.automatically_updated', before, after)
        return after
      })
    },
  },
  {
    method: 'POST',
    path: '/_sandbox/customers/{id}/discount',
    about: 'Puts the {coupon} on a customer; this API version has no parameter for it.',
    run: ({ core, body, id }) => {
      const { coupon } = body
      if (typeof coupon !== 'string') throw new Error('coupon must be the id of one')
      const realm = core.store.realms().find((one) => one.table(customers).get(id))
      const customer = realm?.table(customers).get(id)
      if (!realm || !customer) throw new Error(`no such customer: ${id}`)
      return core.store.unit(() =>
        giveDiscount(core, { realm, request: null }, customer, couponOf(realm, coupon, 'coupon')),
      )
    },
  },
]
