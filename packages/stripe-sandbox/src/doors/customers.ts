/** Owns the doors to what only the dashboard can do to a customer. */
import { giveDiscount } from '../resources/customer/discount.ts'
import { couponOf } from '../resources/billing/coupons.ts'
import { customers } from '../resources/customer/customer-object.ts'
import type { Door } from './door.ts'

/** Discounts. */
export const customerDoors: readonly Door[] = [
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
