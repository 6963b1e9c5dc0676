/** Owns the doors to what the dashboard or a card network does to what customers have. */
import { giveDiscount } from '../resources/customer/discount.ts'
import { couponOf } from '../resources/billing/coupons.ts'
import { updateAutomatically } from '../resources/customer/automatic-update.ts'
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
      if (!realm) throw new Error(`no such card: ${id}`)
      const expiry = Object.fromEntries(
        ['exp_month', 'exp_year'].flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])),
      )
      if (!Object.values(expiry).every((value) => Number.isInteger(value)))
        throw new Error('exp_month and exp_year must be whole numbers')
      return updateAutomatically(core, realm, id, expiry)
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
