import type Stripe from 'stripe'
import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox
const past = Math.floor(sandbox.clock.now() / 1000) - 60

let product: Stripe.Product
let price: Stripe.Price
let customer: Stripe.Customer
let invoice: Stripe.Invoice
beforeAll(async () => {
  product = await stripe.products.create({ name: 'x' })
  price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 700,
    recurring: { interval: 'month' },
    product: product.id,
  })
  customer = await stripe.customers.create({
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  })
  const draft = await stripe.invoices.create({ customer: customer.id })
  invoice = await stripe.invoices.finalizeInvoice(draft.id)
})

const filled = (text: string) =>
  text
    .replaceAll('CUSTOMER', customer.id)
    .replaceAll('PRICE', price.id)
    .replaceAll('PRODUCT', product.id)
    .replaceAll('INVOICE', invoice.id)

async function expectRefused(call: string, form: string, message: string, param?: string) {
  const [method = '', path = ''] = filled(call).split(' ')
  const body = method === 'DELETE' ? undefined : filled(form)
  const { status, error } = await sandbox.request(method, path, body)
  expect([status, error['message'], error['param']]).toEqual([400, filled(message), param])
}

describe('the recorded words are those for', () => {
  it.each([
    ['duration=once', 'Must provide percent_off or amount_off.'],
    [
      'duration=once&percent_off=5&amount_off=5&currency=usd',
      'Received both percent_off and amount_off parameters. Please pass in only one.',
    ],
    [
      'duration=once&percent_off=0',
      "This value must be greater than or equal to 0.01 (it currently is '0.0').",
      'percent_off',
    ],
    [
      'duration=once&percent_off=150',
      "This value must be less than or equal to 100 (it currently is '150.0').",
      'percent_off',
    ],
    [
      'duration=repeating&percent_off=5',
      'The duration_in_months param must be set when creating a coupon with a repeating duration',
      'duration',
    ],
    ['duration=once&amount_off=5', 'You must pass currency when passing amount_off', 'currency'],
    [
      `duration=once&percent_off=5&redeem_by=${past}`,
      `The parameter \`redeem_by\` expects a unix timestamp representing a date and time in the future. You specified the value \`${past}\` which is in the past.`,
      'redeem_by',
    ],
  ])('a coupon of %s', (form, message, param?: string) =>
    expectRefused('POST /v1/coupons', form, message, param),
  )

  it.each([
    [
      'currency=usd&unit_amount=1',
      'You must specify either `product` or `product_data` when creating a price.',
    ],
    [
      'currency=usd&unit_amount=1&product=PRODUCT&product_data[name]=x',
      'You may only specify one of these parameters: product, product_data.',
      'product',
    ],
    [
      'currency=usd&product=PRODUCT',
      'Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.',
    ],
    ['currency=usd&unit_amount=-1&product=PRODUCT', 'Invalid non-negative integer', 'unit_amount'],
    [
      'currency=usd&unit_amount=1&unit_amount_decimal=1&product=PRODUCT',
      'You may only specify one of these parameters: unit_amount, unit_amount_decimal.',
      'unit_amount',
    ],
    [
      'currency=usd&unit_amount=1&product=PRODUCT&recurring[interval]=month&recurring[interval_count]=37',
      'Invalid interval_count: must be from 1 to 36, which are three years.',
      'recurring[interval_count]',
    ],
    [
      'currency=usd&unit_amount=1&product=PRODUCT&recurring[interval]=month&recurring[usage_type]=metered',
      'Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by meters.',
      'recurring[meter]',
    ],
  ])('a price of %s', (form, message, param?: string) =>
    expectRefused('POST /v1/prices', form, message, param),
  )

  it.each([
    [
      'items[0][price]=PRICE&items[1][price]=PRICE',
      'Cannot create a Subscription with multiple Subscription Items with the same Price: PRICE',
      'plan',
    ],
    [
      'items[0][price]=PRICE&collection_method=send_invoice',
      "If invoice collection method is 'send_invoice', you must specify 'days_until_due'.",
    ],
    [
      'items[0][price]=PRICE&days_until_due=5',
      "You can only specify 'days_until_due' if invoice collection method is 'send_invoice'.",
    ],
    [
      `items[0][price]=PRICE&trial_end=${past}`,
      `The parameter \`trial_end\` expects a unix timestamp representing a date and time in the future. You specified the value \`${past}\` which is in the past.`,
      'trial_end',
    ],
  ])('a subscription of %s', (form, message, param?: string) =>
    expectRefused('POST /v1/subscriptions', `customer=CUSTOMER&${form}`, message, param),
  )

  it.each([
    ['POST /v1/billing_portal/sessions', 'customer=CUSTOMER&return_url=here', 'return_url'],
    [
      'POST /v1/billing_portal/configurations',
      'features[invoice_history][enabled]=true&default_return_url=here',
      'default_return_url',
    ],
    [
      'POST /v1/billing_portal/configurations',
      'features[invoice_history][enabled]=true&business_profile[privacy_policy_url]=here',
      'business_profile[privacy_policy_url]',
    ],
    ['POST /v1/webhook_endpoints', 'enabled_events[]=*&url=here', 'url'],
  ])('an address without a scheme, %s', (call, form, param) =>
    expectRefused(call, form, 'Invalid URL: An explicit scheme (such as https) must be provided.', param),
  )

  it.each([
    [
      'DELETE /v1/products/PRODUCT',
      'This product cannot be deleted because it has one or more user-created prices.',
    ],
    [
      'DELETE /v1/invoices/INVOICE',
      'You can only delete draft invoices. To cancel a finalized invoice, void it.',
    ],
  ])('%s', (call, message) => expectRefused(call, '', message))
})
