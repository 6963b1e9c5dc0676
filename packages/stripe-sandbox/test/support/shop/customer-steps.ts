/** Owns the random steps on customers and what hangs on them. */
import fc from 'fast-check'
import { anyOf, metadata, pick, step, stepOn, which, type Step } from './step.ts'

/** What is refused is rare, so that most steps have an effect. */
const rarely = <T>(refused: T, ...fine: T[]) =>
  fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...fine) }, fc.constant(refused))

const text = rarely('x'.repeat(300), '', 'Ana', 'Bo', 'Žižek')
const address = anyOf({
  city: fc.constantFrom('', 'Ghent', 'Lima'),
  country: fc.constantFrom('', 'BE', 'PE'),
  line1: text,
})

const fields = {
  name: text,
  email: rarely('nobody', '', 'ana@example.com', 'Ana@example.com', 'bo@example.com'),
  phone: fc.constantFrom('', '+3212345678'),
  description: text,
  address: fc.oneof(fc.constant(''), address),
  shipping: fc.oneof(
    fc.constant(''),
    address.map((one) => ({ name: 'Ana', address: one })),
  ),
  balance: fc.integer({ min: -5000, max: 5000 }),
  metadata: fc.oneof({ weight: 4, arbitrary: metadata }, fc.constant('')),
  tax_exempt: fc.constantFrom('', 'none', 'exempt', 'reverse'),
  preferred_locales: fc.uniqueArray(fc.constantFrom('en', 'nl', 'cs')),
  invoice_settings: anyOf({ footer: text }),
}

/** A card that pays, one that pays nothing, one that cannot even be attached. */
const card = rarely('pm_card_chargeDeclined', 'pm_card_visa', 'pm_card_chargeCustomerFail')

const newPayer = step('create a customer who can pay', card, (_known, name) => [
  'POST',
  '/v1/customers',
  { payment_method: name, invoice_settings: { default_payment_method: name } },
])
const change = stepOn('change a customer', 'customer', anyOf(fields), (id, form) => [
  'POST',
  `/v1/customers/${id}`,
  form,
])

/** Creating and changing of customers. */
export const customerSteps: fc.Arbitrary<Step>[] = [
  step('create a customer', anyOf(fields), (_known, form) => ['POST', '/v1/customers', form]),
  newPayer,
  newPayer,
  change,
  change,
  stepOn('delete a customer', 'customer', fc.constant(null), (id) => ['DELETE', `/v1/customers/${id}`]),
]

/** What hangs on customers: balance, tax ids, payment methods, coupons. */
export const neighbourSteps: fc.Arbitrary<Step>[] = [
  stepOn(
    'move a balance',
    'customer',
    fc.record({
      amount: fc.integer({ min: -3000, max: 3000 }),
      currency: fc.constantFrom('usd', 'usd', 'eur'),
      metadata,
    }),
    (id, form) => ['POST', `/v1/customers/${id}/balance_transactions`, form],
  ),
  stepOn(
    'fund a cash balance',
    'customer',
    fc.record({ amount: fc.integer({ min: 1, max: 3000 }), currency: fc.constantFrom('usd', 'eur') }),
    (id, form) => ['POST', `/v1/test_helpers/customers/${id}/fund_cash_balance`, form],
  ),
  step('describe a movement', fc.tuple(which, which, metadata), (known, [who, what, form]) => {
    const [customer, id] = [pick(known, 'customer', who), pick(known, 'customer_balance_transaction', what)]
    return customer && id
      ? [
          'POST',
          `/v1/customers/${customer}/balance_transactions/${id}`,
          { description: 'told', metadata: form },
        ]
      : undefined
  }),
  stepOn(
    'add a tax id',
    'customer',
    fc.constantFrom(
      { type: 'eu_vat', value: 'DE123456789' },
      { type: 'eu_vat', value: '111111111' },
      { type: 'us_ein', value: '12-3456789' },
      { type: 'eu_vat', value: 'nonsense' },
    ),
    (id, form) => ['POST', `/v1/customers/${id}/tax_ids`, form],
  ),
  stepOn('delete a tax id', 'tax_id', fc.constant(null), (id) => ['DELETE', `/v1/tax_ids/${id}`]),
  step('make a card', metadata, (_known, form) => [
    'POST',
    '/v1/payment_methods',
    { type: 'card', card: { token: 'tok_visa' }, metadata: form },
  ]),
  step('attach a card', fc.tuple(which, which, fc.option(card)), (known, [who, what, named]) => {
    const [customer, id] = [pick(known, 'customer', who), named ?? pick(known, 'payment_method', what)]
    return customer && id ? ['POST', `/v1/payment_methods/${id}/attach`, { customer }] : undefined
  }),
  stepOn('change a card', 'payment_method', metadata, (id, form) => [
    'POST',
    `/v1/payment_methods/${id}`,
    { billing_details: { name: 'Ana' }, metadata: form },
  ]),
  stepOn('detach a card', 'payment_method', fc.constant(null), (id) => [
    'POST',
    `/v1/payment_methods/${id}/detach`,
  ]),
  step('make a card the default', fc.tuple(which, which), (known, [who, what]) => {
    const [customer, id] = [pick(known, 'customer', who), pick(known, 'payment_method', what)]
    return customer && id
      ? ['POST', `/v1/customers/${customer}`, { invoice_settings: { default_payment_method: id } }]
      : undefined
  }),
  step('make a coupon', metadata, (_known, form) => [
    'POST',
    '/v1/coupons',
    { percent_off: 10, duration: 'forever', metadata: form },
  ]),
  stepOn('change a coupon', 'coupon', metadata, (id, form) => [
    'POST',
    `/v1/coupons/${id}`,
    { metadata: form },
  ]),
  stepOn('delete a coupon', 'coupon', fc.constant(null), (id) => ['DELETE', `/v1/coupons/${id}`]),
]
