/** Owns the recipes for events of customers and of what hangs on them. */
import { couponOf } from '../resources/billing/coupons.ts'
import { updateAutomatically } from '../resources/customer/automatic-update.ts'
import { customers } from '../resources/customer/customer-object.ts'
import { giveDiscount } from '../resources/customer/discount.ts'
import { verify } from '../resources/customer/tax-ids.ts'
import type { Kit, Recipe } from './recipe.ts'

/** By type of event. */
export const customerRecipes = {
  'cash_balance.funds_available': funded,
  'customer_cash_balance_transaction.created': funded,
  'customer.created': ({ customer }) => void customer(),
  'customer.updated': ({ post, customer }) => void post(`/v1/customers/${customer()}`, { name: 'Changed' }),
  'customer.deleted': ({ remove, customer }) => remove(`/v1/customers/${customer()}`),
  'customer.discount.created': (kit) => void discounted(kit),
  'customer.discount.updated': (kit) => discount(kit, discounted(kit)),
  'v1.customer.discount.source_changed': (kit) => discount(kit, discounted(kit)),
  'customer.discount.deleted': (kit) => kit.remove(`/v1/customers/${discounted(kit)}/discount`),
  'customer.tax_id.created': (kit) => void taxId(kit),
  'customer.tax_id.updated': (kit) => verify(kit.core, kit.realm, taxId(kit).id),
  'customer.tax_id.deleted': (kit) => kit.remove(taxId(kit).path),
  'payment_method.attached': ({ payer }) => void payer(),
  'payment_method.automatically_updated': (kit) =>
    void updateAutomatically(kit.core, kit.realm, card(kit), { exp_month: 1, exp_year: 2099 }),
  'payment_method.updated': (kit) =>
    void kit.post(`/v1/payment_methods/${card(kit)}`, { metadata: { changed: 'yes' } }),
  'payment_method.detached': (kit) => void kit.post(`/v1/payment_methods/${card(kit)}/detach`),
} satisfies { readonly [type: string]: Recipe }

function taxId({ post, customer }: Kit): { id: string; path: string } {
  const owner = customer()
  const id = post(`/v1/customers/${owner}/tax_ids`, { type: 'eu_vat', value: 'DE123456789' })
  return { id, path: `/v1/customers/${owner}/tax_ids/${id}` }
}

function card({ post, customer }: Kit): string {
  return post('/v1/payment_methods/pm_card_visa/attach', { customer: customer() })
}

function discounted(kit: Kit): string {
  const customer = kit.customer()
  discount(kit, customer)
  return customer
}

/** Puts a coupon of its own on a customer, which this API version has no parameter for. */
function discount({ core, realm, post }: Kit, id: string): void {
  const coupon = couponOf(realm, post('/v1/coupons', { percent_off: 10 }), 'coupon')
  const customer = realm.table(customers).get(id)
  if (customer) core.store.unit(() => giveDiscount(core, { realm, request: null }, customer, coupon))
}

function funded({ post, customer }: Kit): void {
  post(`/v1/test_helpers/customers/${customer()}/fund_cash_balance`, { amount: 1500, currency: 'eur' })
}
