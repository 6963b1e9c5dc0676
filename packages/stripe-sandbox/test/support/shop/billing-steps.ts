/** Owns the random steps of billing: what is sold, subscriptions, invoices. */
import fc from 'fast-check'
import { anyOf, metadata, pick, step, stepOn, which, type Step } from './step.ts'

const nothing = fc.constant(null)
const mostlyNone = fc.oneof({ weight: 3, arbitrary: nothing }, which)
/** A customer is billed in one currency, so another one is refused more often than not. */
const mostlyUsd = fc.oneof({ weight: 9, arbitrary: fc.constant('usd') }, fc.constant('eur'))

/** Products, prices and features. */
export const catalogueSteps: fc.Arbitrary<Step>[] = [
  step('make a product', metadata, (_known, form) => [
    'POST',
    '/v1/products',
    { name: 'Tea', metadata: form },
  ]),
  stepOn(
    'change a product',
    'product',
    anyOf({ metadata, active: fc.boolean(), description: fc.constantFrom('', 'green') }),
    (id, form) => ['POST', `/v1/products/${id}`, form],
  ),
  stepOn('delete a product', 'product', nothing, (id) => ['DELETE', `/v1/products/${id}`]),
  stepOn(
    'make a price',
    'product',
    fc.record({
      currency: mostlyUsd,
      unit_amount: fc.constantFrom(0, 30, 700, 12_345),
      recurring: fc.option(fc.constantFrom({ interval: 'day' }, { interval: 'month' }), { nil: undefined }),
    }),
    (id, form) => ['POST', '/v1/prices', { product: id, ...form }],
  ),
  stepOn('change a price', 'price', anyOf({ metadata, active: fc.boolean() }), (id, form) => [
    'POST',
    `/v1/prices/${id}`,
    form,
  ]),
  step('make a feature', fc.constantFrom('api', 'seats', 'sso'), (_known, key) => [
    'POST',
    '/v1/entitlements/features',
    { name: key, lookup_key: key },
  ]),
  stepOn('archive a feature', 'entitlements.feature', fc.boolean(), (id, active) => [
    'POST',
    `/v1/entitlements/features/${id}`,
    { active },
  ]),
  step('put a feature on a product', fc.tuple(which, which), (known, [where, what]) => {
    const [product, feature] = [pick(known, 'product', where), pick(known, 'entitlements.feature', what)]
    return product && feature
      ? ['POST', `/v1/products/${product}/features`, { entitlement_feature: feature }]
      : undefined
  }),
  step('take a feature off a product', fc.tuple(which, which), (known, [where, what]) => {
    const [product, id] = [pick(known, 'product', where), pick(known, 'product_feature', what)]
    return product && id ? ['DELETE', `/v1/products/${product}/features/${id}`] : undefined
  }),
]

/** Subscriptions. */
export const subscriptionSteps: fc.Arbitrary<Step>[] = [
  step(
    'subscribe',
    fc.record({
      who: which,
      what: which,
      second: mostlyNone,
      form: anyOf({
        trial_period_days: fc.constantFrom(0, 1, 5),
        payment_behavior: fc.constantFrom('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
        cancel_at_period_end: fc.boolean(),
        metadata,
      }),
      sent: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
      quantity: fc.constantFrom(1, 3),
    }),
    (known, { who, what, second, form, sent, quantity }) => {
      const [customer, price] = [pick(known, 'customer', who), pick(known, 'price', what)]
      const other = second === null ? undefined : pick(known, 'price', second)
      const items = [{ price, quantity }, ...(other ? [{ price: other }] : [])]
      const collection = sent ? { collection_method: 'send_invoice', days_until_due: 2 } : {}
      return customer && price
        ? ['POST', '/v1/subscriptions', { customer, items, ...collection, ...form }]
        : undefined
    },
  ),
  stepOn(
    'change a subscription',
    'subscription',
    anyOf({ metadata, cancel_at_period_end: fc.boolean(), description: fc.constantFrom('', 'told') }),
    (id, form) => ['POST', `/v1/subscriptions/${id}`, form],
  ),
  step(
    'change an item',
    fc.tuple(which, which, fc.integer({ min: 0, max: 4 })),
    (known, [where, what, quantity]) => {
      const [id, item] = [pick(known, 'subscription', where), pick(known, 'subscription_item', what)]
      const items = [{ id: item, quantity }]
      return id && item
        ? ['POST', `/v1/subscriptions/${id}`, { items, proration_behavior: 'none' }]
        : undefined
    },
  ),
  step('add an item', fc.tuple(which, which), (known, [where, what]) => {
    const [id, price] = [pick(known, 'subscription', where), pick(known, 'price', what)]
    const items = [{ price }]
    return id && price
      ? ['POST', `/v1/subscriptions/${id}`, { items, proration_behavior: 'none' }]
      : undefined
  }),
  stepOn('cancel a subscription', 'subscription', nothing, (id) => ['DELETE', `/v1/subscriptions/${id}`]),
]

const billing = step(
  'put something on the bill',
  fc.tuple(
    which,
    mostlyNone,
    fc.record({
      amount: fc.oneof(fc.constantFrom(-300, 0, 20, 900, 900), fc.integer({ min: -500, max: 4000 })),
      currency: mostlyUsd,
    }),
  ),
  (known, [who, where, form]) => {
    const customer = pick(known, 'customer', who)
    const invoice = where === null ? undefined : pick(known, 'invoice', where)
    return customer ? ['POST', '/v1/invoiceitems', { customer, invoice, ...form }] : undefined
  },
)

/** Invoices and their items. */
export const invoiceSteps: fc.Arbitrary<Step>[] = [
  billing,
  billing,
  stepOn('take something off the bill', 'invoiceitem', nothing, (id) => ['DELETE', `/v1/invoiceitems/${id}`]),
  stepOn(
    'draft an invoice',
    'customer',
    fc.record({
      pending_invoice_items_behavior: fc.constantFrom('include', 'include', 'include', 'exclude'),
      auto_advance: fc.constantFrom(false, false, true),
      currency: fc.option(mostlyUsd, { nil: undefined }),
      metadata,
    }),
    (customer, form) => ['POST', '/v1/invoices', { customer, ...form }],
  ),
  stepOn(
    'change an invoice',
    'invoice',
    anyOf({ metadata, description: fc.constantFrom('', 'Work'), auto_advance: fc.boolean() }),
    (id, form) => ['POST', `/v1/invoices/${id}`, form],
  ),
  stepOn('note something on an invoice', 'invoice', metadata, (id, form) => [
    'POST',
    `/v1/invoices/${id}`,
    { metadata: form },
  ]),
  stepOn('delete an invoice', 'invoice', nothing, (id) => ['DELETE', `/v1/invoices/${id}`]),
  ...(['finalize', 'finalize', 'pay', 'pay', 'void', 'mark_uncollectible', 'send'] as const).map((move) =>
    stepOn(`${move} an invoice`, 'invoice', nothing, (id) => ['POST', `/v1/invoices/${id}/${move}`]),
  ),
  stepOn('pay an invoice elsewhere', 'invoice', nothing, (id) => [
    'POST',
    `/v1/invoices/${id}/pay`,
    { paid_out_of_band: true },
  ]),
]
