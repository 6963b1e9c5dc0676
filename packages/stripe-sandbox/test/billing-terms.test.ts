import type Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox
const now = () => Math.floor(sandbox.clock.now() / 1000)

let customer: Stripe.Customer
let product: Stripe.Product
let price: Stripe.Price
let other: Stripe.Price
let subscription: Stripe.Subscription
beforeEach(async () => {
  customer = await stripe.customers.create({
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  })
  product = await stripe.products.create({ name: 'Tea' })
  const monthly = { currency: 'usd', product: product.id, recurring: { interval: 'month' } } as const
  price = await stripe.prices.create({ ...monthly, unit_amount: 700 })
  other = await stripe.prices.create({ ...monthly, unit_amount: 900 })
  subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
})
const periodEnd = () => subscription.items.data[0]?.current_period_end ?? 0
const change = (params: Stripe.SubscriptionUpdateParams) =>
  stripe.subscriptions.update(subscription.id, params)
const begin = (params: Partial<Stripe.SubscriptionCreateParams>) =>
  stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }], ...params })

/** The id of what was not expanded. */
function nameOf(one: string | object | null): string {
  if (typeof one !== 'string') throw new Error('not an id')
  return one
}

describe('The end of a subscription', () => {
  it('is never set into the past, which would end it at once', async () => {
    const past = { code: undefined, param: 'cancel_at', statusCode: 400 }
    await expect(change({ cancel_at: now() })).rejects.toMatchObject(past)
    await expect(begin({ cancel_at: 5 })).rejects.toMatchObject(past)
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      status: 'active',
      cancel_at: null,
    })
  })

  it('is set by a time or by a word for the end of the period, and taken back by an empty text', async () => {
    const at = now() + 86_400
    expect(await change({ cancel_at: at })).toMatchObject({ cancel_at: at, canceled_at: now() })
    expect(await change({ cancel_at: '' })).toMatchObject({
      cancel_at: null,
      canceled_at: null,
      cancellation_details: { reason: null },
    })
    expect(await change({ cancel_at: 'min_period_end' })).toMatchObject({ cancel_at: periodEnd() })
    expect(await begin({ cancel_at: 'max_period_end' })).toMatchObject({ cancel_at: periodEnd() })
  })

  it('is named once', async () => {
    const twice = { cancel_at: now() + 60, cancel_at_period_end: true }
    const message = 'You may only specify one of these parameters: cancel_at, cancel_at_period_end.'
    await expect(change(twice)).rejects.toMatchObject({ message })
    await expect(begin(twice)).rejects.toMatchObject({ message })
  })
})

describe('The collection of a subscription', () => {
  it('changes to invoices that are sent once it is said when they are due, and back', async () => {
    await expect(change({ collection_method: 'send_invoice' })).rejects.toMatchObject({
      message: "If invoice collection method is 'send_invoice', you must specify 'days_until_due'.",
    })
    const sent = { collection_method: 'send_invoice', days_until_due: 5 } as const
    expect(await change(sent)).toMatchObject(sent)
    await sandbox.clock.advance((periodEnd() - now() + 1) * 1000)
    const [invoice] = (await stripe.invoices.list({ subscription: subscription.id })).data
    expect(invoice).toMatchObject({ collection_method: 'send_invoice' })
    expect(await change({ collection_method: 'charge_automatically' })).toMatchObject({
      collection_method: 'charge_automatically',
      days_until_due: null,
    })
    await expect(change({ days_until_due: 5 })).rejects.toMatchObject({ statusCode: 400 })
  })
})

describe('A subscription is refused', () => {
  it('in another currency than that of its prices', async () => {
    await expect(begin({ currency: 'eur' })).rejects.toMatchObject({
      message: "The price specified only supports `usd`. This doesn't match the expected currency: `eur`.",
    })
    expect(await begin({ currency: 'USD' })).toMatchObject({ currency: 'usd' })
  })

  it('with two trials, and with one of less than no days', async () => {
    await expect(begin({ trial_period_days: 3, trial_end: now() + 60 })).rejects.toMatchObject({
      message: 'You may only specify one of these parameters: trial_end, trial_period_days.',
    })
    await expect(begin({ trial_period_days: -1 })).rejects.toMatchObject({
      code: 'parameter_invalid_integer',
      param: 'trial_period_days',
    })
  })

  it('with one price on two items, however it comes to them', async () => {
    const message = `Cannot create a Subscription with multiple Subscription Items with the same Price: ${price.id}`
    await expect(change({ items: [{ price: price.id }] })).rejects.toMatchObject({ message })
    const { items } = await change({ items: [{ price: other.id }] })
    const changed = change({ items: [{ id: items.data[1]?.id ?? '', price: price.id }] })
    await expect(changed).rejects.toMatchObject({ message })
  })

  it('with what is not simulated, even where something else is missing', async () => {
    const { error } = await sandbox.request('POST', '/v1/subscriptions', 'customer_account=acct_x')
    expect(error).toMatchObject({ param: 'customer_account' })
    expect(error['message']).toContain('not simulated')
    await expect(begin({ payment_behavior: 'pending_if_incomplete' })).rejects.toThrow('not simulated')
  })
})

describe('The lines of an invoice', () => {
  it('stand as Stripe documents it: what waited and the items, each the newest first, then what was added', async () => {
    for (const description of ['first', 'second'])
      await stripe.invoiceItems.create({ customer: customer.id, amount: 100, currency: 'usd', description })
    const { latest_invoice } = await begin({
      items: [{ price: price.id }, { price: other.id, quantity: 2 }],
    })
    const id = nameOf(latest_invoice)
    const described = ['second', 'first', '2 × Tea (at $9.00 / month)', '1 × Tea (at $7.00 / month)']
    const { lines } = await stripe.invoices.retrieve(id)
    expect(lines.data.map(({ description }) => description)).toEqual(described)
    const listed = await stripe.invoices.listLineItems(id, { limit: 3 }).autoPagingToArray({ limit: 10 })
    expect(listed.map(({ description }) => description)).toEqual(described)
    const back = await stripe.invoices.listLineItems(id, { ending_before: lines.data[2]?.id ?? '' })
    expect(back.data.map(({ description }) => description)).toEqual(described.slice(0, 2))

    const draft = await stripe.invoices.create({ customer: customer.id })
    for (const description of ['third', 'fourth'])
      await stripe.invoiceItems.create({ customer: customer.id, amount: 1, invoice: draft.id, description })
    const added = (await stripe.invoices.retrieve(draft.id)).lines.data
    expect(added.map(({ description }) => description)).toEqual(['third', 'fourth'])
  })

  it.each([
    ['jpy', 700, { interval: 'week', interval_count: 2 }, '1 × Tea (at ¥700 / every 2 weeks)'],
    ['usdc', 700, { interval: 'year' }, '1 × Tea (at 7.00 USDC / year)'],
  ] as const)('name what they are for in %s', async (currency, unit_amount, recurring, description) => {
    const { id } = await stripe.customers.create({})
    const own = await stripe.prices.create({
      currency,
      unit_amount,
      recurring,
      product: product.id,
    })
    const { latest_invoice } = await stripe.subscriptions.create({
      customer: id,
      items: [{ price: own.id }],
      collection_method: 'send_invoice',
      days_until_due: 3,
    })
    const { lines } = await stripe.invoices.retrieve(nameOf(latest_invoice))
    expect(lines.data[0]?.description).toBe(description)
  })
})
