import type Stripe from 'stripe'
import { beforeAll, describe, expect, it } from 'vitest'
import { snapshotTypes, thinTypes } from '../support/declared-events.ts'
import { testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true, invoice_will_be_due_days: 3 })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
const day = 86_400_000

let price: Stripe.Price
const subscribe = async () => {
  const { id: customer } = await stripe.customers.create({
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  })
  const subscription = await stripe.subscriptions.create({ customer, items: [{ price: price.id }] })
  return { ...subscription, customer }
}
const eventsOf = async (type: string) => {
  expect(snapshotTypes).toContain(type)
  return (await stripe.events.list({ type })).data
}
const thinTypesOf = async (id: string) => {
  const types = (await stripe.v2.core.events.list({ object_id: id })).data.map(({ type }) => String(type))
  for (const type of types) expect(thinTypes).toContain(type)
  return types
}

beforeAll(async () => {
  price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 700,
    recurring: { interval: 'month' },
    product_data: { name: 'x' },
  })
})

describe('Events of what is listed (FACTS 4)', () => {
  it('invoice.upcoming comes seven days before the next invoice, of an invoice without an id', async () => {
    const { customer, id } = await subscribe()
    const next = (await stripe.subscriptions.retrieve(id)).items.data[0]?.current_period_end ?? 0
    await sandbox.clock.advance(next * 1000 - 7 * day - sandbox.clock.now() - 1000)
    expect(await eventsOf('invoice.upcoming')).toEqual([])
    await sandbox.clock.advance(1000)
    const [event] = await eventsOf('invoice.upcoming')
    expect(event?.data.object).toMatchObject({
      object: 'invoice',
      customer,
      billing_reason: 'upcoming',
      amount_due: 700,
      parent: { subscription_details: { subscription: id } },
    })
    expect(event?.data.object).not.toHaveProperty('id')
    const [thin] = (await stripe.v2.core.events.list({ types: ['v1.invoice.upcoming'] })).data
    expect(thin).toMatchObject({ related_object: null, data: { customer, subscription: id } })
  })

  it('invoice.will_be_due comes as many days before it as the setting says', async () => {
    const { id: customer } = await stripe.customers.create({})
    const invoice = await stripe.invoices.create({
      customer,
      collection_method: 'send_invoice',
      days_until_due: 5,
    })
    await stripe.invoiceItems.create({ customer, invoice: invoice.id, amount: 700, currency: 'usd' })
    await stripe.invoices.finalizeInvoice(invoice.id)
    await sandbox.clock.advance(2 * day - 1000)
    expect(await eventsOf('invoice.will_be_due')).toEqual([])
    await sandbox.clock.advance(1000)
    expect((await eventsOf('invoice.will_be_due'))[0]?.data.object).toMatchObject({
      id: invoice.id,
      status: 'open',
    })
  })

  it('plan.* come beside price.* of a recurring price', async () => {
    const made = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 5,
      recurring: { interval: 'week' },
      product_data: { name: 'y' },
    })
    await stripe.prices.update(made.id, { nickname: 'n' })
    expect((await eventsOf('plan.created'))[0]?.data.object).toMatchObject({
      id: made.id,
      object: 'plan',
      amount: 5,
    })
    expect((await eventsOf('plan.updated'))[0]?.data).toMatchObject({
      object: { id: made.id, nickname: 'n' },
      previous_attributes: { nickname: null },
    })
  })

  it('product.deleted and coupon.deleted show theirs as no longer of use', async () => {
    const product = await stripe.products.create({ name: 'gone' })
    await stripe.products.del(product.id)
    expect((await eventsOf('product.deleted'))[0]?.data.object).toMatchObject({
      id: product.id,
      active: false,
    })
    const coupon = await stripe.coupons.create({ percent_off: 5, duration: 'once' })
    await stripe.coupons.del(coupon.id)
    expect((await eventsOf('coupon.deleted'))[0]?.data.object).toMatchObject({ id: coupon.id, valid: false })
  })

  it('payment_method.automatically_updated comes when the network changes a card, by a door', async () => {
    const { id: customer } = await stripe.customers.create({})
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer })
    const path = `/payment_methods/${card.id}/automatic_update`
    expect((await sandbox.door('POST', path, { exp_month: 2, exp_year: 2045 })).status).toBe(200)
    expect((await eventsOf('payment_method.automatically_updated'))[0]).toMatchObject({
      data: { object: { id: card.id, card: { exp_month: 2, exp_year: 2045 } } },
      request: { id: null },
    })
    expect((await sandbox.door('POST', '/payment_methods/pm_x/automatic_update', {})).status).toBe(400)
  })
})

describe('Thin events that are finer than snapshots (FACTS 4)', () => {
  it('say what changed of a subscription, beside its update', async () => {
    const { id, items } = await subscribe()
    const item = items.data[0]?.id ?? ''
    await stripe.subscriptions.update(id, {
      items: [{ id: item, quantity: 2 }],
      cancel_at_period_end: true,
      proration_behavior: 'none',
    })
    expect(await thinTypesOf(id)).toEqual(
      expect.arrayContaining([
        'v1.customer.subscription.updated',
        'v1.customer.subscription.item_quantity_changed',
        'v1.customer.subscription.cancel_at_changed',
      ]),
    )
  })

  it('say that a subscription is past due or active again', async () => {
    const { id, customer } = await subscribe()
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
      customer,
    })
    await stripe.subscriptions.update(id, { default_payment_method: bad.id })
    expect(await thinTypesOf(id)).toContain('v1.customer.subscription.default_payment_method_changed')
    await sandbox.clock.advance(32 * day)
    expect(await thinTypesOf(id)).toContain('v1.customer.subscription.past_due')
    const good = await stripe.paymentMethods.attach('pm_card_visa', { customer })
    const [open] = (await stripe.invoices.list({ subscription: id, status: 'open' })).data
    await stripe.invoices.pay(open?.id ?? '', { payment_method: good.id })
    expect(await thinTypesOf(id)).toContain('v1.customer.subscription.active')
  })

  it('say what changed of products, prices and discounts', async () => {
    const product = await stripe.products.create({ name: 'z' })
    const other = await stripe.prices.create({ currency: 'usd', unit_amount: 1, product: product.id })
    await stripe.products.update(product.id, { default_price: other.id, active: false })
    await stripe.prices.update(other.id, { active: false, lookup_key: 'k' })
    expect(await thinTypesOf(product.id)).toEqual(
      expect.arrayContaining(['v1.product.deactivated', 'v1.product.default_price_changed']),
    )
    expect(await thinTypesOf(other.id)).toEqual(
      expect.arrayContaining(['v1.price.deactivated', 'v1.price.lookup_key_changed']),
    )
  })

  it('have no twin: v1 does not know them', async () => {
    const { data } = await stripe.v2.core.events.list({ types: ['v1.product.deactivated'] })
    expect(data).toHaveLength(1)
    expect(data[0]).not.toHaveProperty('snapshot_event')
    const listed = await stripe.events.list({ limit: 100 })
    expect(listed.data.filter(({ type }) => type.startsWith('v1.'))).toEqual([])
    expect((await sandbox.request('GET', `/v1/events/${data[0]?.id}`)).status).toBe(404)
  })
})
