import type Stripe from 'stripe'
import { beforeAll, describe, expect, it } from 'vitest'
import { snapshotTypes, thinTypes } from '../support/declared-events.ts'
import { testSandbox } from '../support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox

let id = ''
const seen = new Map<string, Stripe.Event.Data>()

beforeAll(async () => {
  const customer = await stripe.customers.create({
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  })
  id = customer.id
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 700,
    recurring: { interval: 'month' },
    product_data: { name: 'x' },
  })
  const subscription = await stripe.subscriptions.create({
    customer: id,
    items: [{ price: price.id }],
    trial_period_days: 5,
  })
  await sandbox.clock.advance(3 * 86_400_000)
  await stripe.subscriptions.update(subscription.id, { metadata: { a: '1' } })
  await stripe.subscriptions.cancel(subscription.id)
  const taxId = await stripe.customers.createTaxId(id, { type: 'eu_vat', value: 'DE123456789' })
  await sandbox.clock.advance(60_000)
  await stripe.customers.deleteTaxId(id, taxId.id)
  for (const percent_off of [10, 20]) {
    const coupon = await stripe.coupons.create({ percent_off, duration: 'forever' })
    await sandbox.door('POST', `/customers/${id}/discount`, { coupon: coupon.id })
  }
  await stripe.customers.deleteDiscount(id)
  await stripe.billingPortal.sessions.create({ customer: id })
  const card = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: id })
  await stripe.paymentMethods.update(card.id, { metadata: { a: '1' } })
  await sandbox.door('POST', `/payment_methods/${card.id}/automatic_update`, { exp_month: 3, exp_year: 2041 })
  await stripe.paymentMethods.detach(card.id)
  const other = await stripe.customers.create({})
  await stripe.testHelpers.customers.fundCashBalance(id, { amount: 5, currency: 'usd' })
  await stripe.customers.del(other.id)
  for await (const event of stripe.events.list({ limit: 100 })) seen.set(event.type, event.data)
})

describe('Where an event has the id of its customer (FACTS 4)', () => {
  it.each(['customer.created', 'customer.updated', 'customer.deleted'])('%s: the object itself', (type) => {
    const object = seen.get(type)?.object
    expect(object).toMatchObject({ object: 'customer', id: expect.stringMatching(/^cus_/) })
    expect(object).not.toHaveProperty('deleted')
  })

  it.each([
    'billing_portal.session.created',
    'cash_balance.funds_available',
    'customer.discount.created',
    'customer.discount.deleted',
    'customer.discount.updated',
    'customer.subscription.created',
    'customer.subscription.deleted',
    'customer.subscription.trial_will_end',
    'customer.subscription.updated',
    'customer.tax_id.created',
    'customer.tax_id.deleted',
    'customer.tax_id.updated',
    'customer_cash_balance_transaction.created',
    'invoice.created',
    'invoice.finalized',
    'invoice.paid',
    'payment_method.attached',
    'payment_method.automatically_updated',
    'payment_method.updated',
  ])('%s: its customer member, as an id', (type) => {
    expect(seen.get(type)?.object).toMatchObject({ customer: id })
  })

  it('customer.tax_id.*: also that of its owner', () => {
    expect(seen.get('customer.tax_id.created')?.object).toMatchObject({
      owner: { type: 'customer', customer: id },
    })
  })

  it('payment_method.detached: its previous_attributes only', () => {
    expect(seen.get('payment_method.detached')).toMatchObject({
      object: { customer: null },
      previous_attributes: { customer: id },
    })
  })

  it('customer.subscription.deleted is of one that ended', () => {
    expect(seen.get('customer.subscription.deleted')?.object).toMatchObject({ status: 'canceled' })
  })
})

describe('An event (FACTS 4)', () => {
  it('is of one of 275 types as a snapshot and of 269 as a thin one; there is none for a payment method that is made', () => {
    expect([snapshotTypes.size, thinTypes.size]).toEqual([275, 269])
    expect([...seen.keys()].filter((type) => !snapshotTypes.has(type))).toEqual([])
    expect([...seen.keys()].filter((type) => !thinTypes.has(`v1.${type}`))).toEqual([])
    expect(snapshotTypes.has('payment_method.created')).toBe(false)
  })
})
