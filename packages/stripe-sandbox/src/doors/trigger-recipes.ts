/**
 * Owns the API calls that lead to an event.
 * Promises: each recipe makes what it needs; `{0}` is the id that the first call answered.
 */

/** Verb, path, form. */
type Step = readonly [method: 'POST' | 'DELETE', path: string, form: string]

const customer: Step = ['POST', '/v1/customers', 'name=Triggered&email=triggered%40example.com']
const card: Step = ['POST', '/v1/payment_methods/pm_card_visa/attach', 'customer={0}']

/** By type of event. */
export const recipes: { readonly [type: string]: readonly Step[] } = {
  'customer.created': [customer],
  'customer.updated': [customer, ['POST', '/v1/customers/{0}', 'name=Changed']],
  'customer.deleted': [customer, ['DELETE', '/v1/customers/{0}', '']],
  'customer.tax_id.created': [
    customer,
    ['POST', '/v1/customers/{0}/tax_ids', 'type=eu_vat&value=DE123456789'],
  ],
  'customer.tax_id.deleted': [
    customer,
    ['POST', '/v1/customers/{0}/tax_ids', 'type=eu_vat&value=DE123456789'],
    ['DELETE', '/v1/customers/{0}/tax_ids/{1}', ''],
  ],
  'payment_method.attached': [customer, card],
  'payment_method.updated': [customer, card, ['POST', '/v1/payment_methods/{1}', 'metadata[changed]=yes']],
  'payment_method.detached': [customer, card, ['POST', '/v1/payment_methods/{1}/detach', '']],
  'coupon.created': [['POST', '/v1/coupons', 'percent_off=10']],
}
