import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from './support/sandbox.ts'
import { shapedClient } from './support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
const day = 86_400
const advance = (seconds: number) => sandbox.clock.advance(seconds * 1000)
const customerWith = (card: string) =>
  stripe.customers.create({ payment_method: card, invoice_settings: { default_payment_method: card } })

const weekly = (more: Partial<Stripe.PriceCreateParams> = {}) =>
  stripe.prices.create({
    currency: 'usd',
    unit_amount: 700,
    recurring: { interval: 'week' },
    product_data: { name: 'Weekly' },
    ...more,
  })

let meters = 0
async function meteredPrice() {
  const meter = await stripe.billing.meters.create({
    display_name: 'Calls',
    event_name: `cycle_calls_${meters++}`,
    default_aggregation: { formula: 'sum' },
  })
  const price = await weekly({
    unit_amount: 30,
    recurring: { interval: 'week', usage_type: 'metered', meter: meter.id },
  })
  const use = (customer: string, value: number) =>
    stripe.billing.meterEvents.create({
      event_name: meter.event_name,
      payload: { stripe_customer_id: customer, value: String(value) },
    })
  return { price, use }
}

describe('a metered price', () => {
  it('is billed after the period for what was used in it, beside a licensed one for the next', async () => {
    const { price, use } = await meteredPrice()
    const flat = await weekly()
    const { id: customer } = await customerWith('pm_card_visa')
    const made = await stripe.subscriptions.create({
      customer,
      items: [{ price: price.id }, { price: flat.id, quantity: 2 }],
      expand: ['latest_invoice'],
    })
    expect(made.latest_invoice).toMatchObject({ total: 1400, status: 'paid' })
    expect(made.items.data[0]?.quantity).toBeUndefined()
    await use(customer, 5)
    await advance(7 * day)
    await use(customer, 100)
    const [draft] = (await stripe.invoices.list({ subscription: made.id })).data
    const lines = draft?.lines.data.map(({ amount, quantity }) => [amount, quantity])
    expect([draft?.total, lines]).toEqual([
      1550,
      [
        [1400, 2],
        [150, 5],
      ],
    ])
  })

  it('is billed for the last time when the subscription ends with its period', async () => {
    const { price, use } = await meteredPrice()
    const { id: customer } = await customerWith('pm_card_visa')
    const { id } = await stripe.subscriptions.create({ customer, items: [{ price: price.id }] })
    await use(customer, 4)
    await stripe.subscriptions.update(id, { cancel_at_period_end: true })
    await advance(7 * day + 3600)
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('canceled')
    const [last] = (await stripe.invoices.list({ customer })).data
    expect(last).toMatchObject({ total: 120, status: 'paid', billing_reason: 'subscription_cycle' })
  })

  it('takes no quantity', async () => {
    const { price } = await meteredPrice()
    const { id: customer } = await customerWith('pm_card_visa')
    expect(
      await failureOf(stripe.subscriptions.create({ customer, items: [{ price: price.id, quantity: 2 }] })),
    ).toMatchObject({ statusCode: 400, param: 'items[0][quantity]' })
  })
})

describe('a recurring invoice', () => {
  it('takes along what waits for it', async () => {
    const price = await weekly()
    const { id: customer } = await customerWith('pm_card_visa')
    const { id } = await stripe.subscriptions.create({ customer, items: [{ price: price.id }] })
    await stripe.invoiceItems.create({ customer, amount: 300, currency: 'usd', description: 'Setup' })
    await advance(7 * day)
    const [draft] = (await stripe.invoices.list({ subscription: id })).data
    expect(draft).toMatchObject({
      status: 'draft',
      total: 1000,
      automatically_finalizes_at: (draft?.created ?? 0) + 3600,
      next_payment_attempt: (draft?.created ?? 0) + 3600,
      parent: { subscription_details: { subscription: id } },
    })
    await advance(3600)
    expect(await stripe.invoices.retrieve(draft?.id ?? '')).toMatchObject({
      status: 'paid',
      automatically_finalizes_at: null,
    })
  })

  it('is not collected any more once its subscription was canceled', async () => {
    const price = await weekly()
    const { id: customer } = await customerWith('pm_card_visa')
    const { id } = await stripe.subscriptions.create({ customer, items: [{ price: price.id }] })
    await advance(7 * day)
    await stripe.subscriptions.cancel(id)
    await advance(30 * day)
    const [draft] = (await stripe.invoices.list({ subscription: id })).data
    expect(draft).toMatchObject({ status: 'draft', auto_advance: false, next_payment_attempt: null })
  })

  it('that is sent is told of when it is overdue, and leaves the subscription past due until it is paid', async () => {
    const price = await weekly({ recurring: { interval: 'month' } })
    const { id: customer } = await stripe.customers.create({})
    const { id } = await stripe.subscriptions.create({
      customer,
      items: [{ price: price.id }],
      collection_method: 'send_invoice',
      days_until_due: 5,
    })
    await advance(5 * day)
    const [overdue] = (await stripe.events.list({ type: 'invoice.overdue' })).data
    expect(overdue?.data.object).toMatchObject({ customer, status: 'open' })
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('past_due')
    const [open] = (await stripe.invoices.list({ subscription: id })).data
    await stripe.invoices.pay(open?.id ?? '', { paid_out_of_band: true })
    expect((await stripe.subscriptions.retrieve(id)).status).toBe('active')
  })
})

describe('an invoice by hand', () => {
  it('advances by itself if it may', async () => {
    const { id: customer } = await customerWith('pm_card_visa')
    const { id } = await stripe.invoices.create({ customer, auto_advance: true })
    await stripe.invoiceItems.create({ customer, invoice: id, amount: 900, currency: 'usd' })
    await advance(3600)
    expect((await stripe.invoices.retrieve(id)).status).toBe('paid')
    const other = await stripe.invoices.create({ customer })
    await stripe.invoiceItems.create({ customer, invoice: other.id, amount: 900, currency: 'usd' })
    await advance(3600)
    expect((await stripe.invoices.retrieve(other.id)).status).toBe('draft')
    expect(await stripe.invoices.finalizeInvoice(other.id, { auto_advance: true })).toMatchObject({
      status: 'paid',
    })
  })

  it('that is too small to charge is owed until the next one', async () => {
    const { id: customer } = await customerWith('pm_card_visa')
    const make = async (amount: number) => {
      const { id } = await stripe.invoices.create({ customer })
      await stripe.invoiceItems.create({ customer, invoice: id, amount, currency: 'usd' })
      return stripe.invoices.finalizeInvoice(id)
    }
    expect(await make(20)).toMatchObject({ total: 20, amount_due: 0, status: 'paid', ending_balance: 20 })
    const [owed] = (await stripe.customers.listBalanceTransactions(customer)).data
    expect(owed).toMatchObject({ amount: 20, ending_balance: 20, type: 'invoice_too_small' })
    expect(await make(100)).toMatchObject({
      total: 100,
      amount_due: 120,
      starting_balance: 20,
      ending_balance: 0,
    })
  })

  it('is paid with methods of its customer only, and not even finalised without one', async () => {
    const { id: customer } = await stripe.customers.create({})
    const other = await customerWith('pm_card_visa')
    const [theirs] = (await stripe.customers.listPaymentMethods(other.id)).data
    const { id } = await stripe.invoices.create({ customer })
    await stripe.invoiceItems.create({ customer, invoice: id, amount: 900, currency: 'usd' })
    expect(await failureOf(stripe.invoices.pay(id, { payment_method: theirs?.id ?? '' }))).toMatchObject({
      statusCode: 400,
      param: 'payment_method',
    })
    expect(await failureOf(stripe.invoices.pay(id))).toMatchObject({ statusCode: 400 })
    expect((await stripe.invoices.retrieve(id)).status).toBe('draft')
  })
})

describe('what the sandbox does not simulate is said', () => {
  const refusal = async (call: Promise<unknown>) => (await failureOf(call)).message
  it('several intervals, another interval, a paused trial, a discount', async () => {
    const [week, year] = [await weekly(), await weekly({ recurring: { interval: 'year' } })]
    const { id: customer } = await customerWith('pm_card_visa')
    const made = await stripe.subscriptions.create({ customer, items: [{ price: week.id }] })
    const [item] = made.items.data
    const coupon = await stripe.coupons.create({ percent_off: 10, duration: 'forever' })
    const discounted = await customerWith('pm_card_visa')
    await sandbox.door('POST', `/customers/${discounted.id}/discount`, { coupon: coupon.id })
    for (const call of [
      () => stripe.subscriptions.create({ customer, items: [{ price: week.id }, { price: year.id }] }),
      () => stripe.subscriptions.update(made.id, { items: [{ id: item?.id ?? '', price: year.id }] }),
      () =>
        stripe.subscriptions.update(made.id, {
          items: [{ id: item?.id ?? '', quantity: 2 }],
          proration_behavior: 'always_invoice',
        }),
      () =>
        stripe.subscriptions.create({
          customer,
          items: [{ price: week.id }],
          trial_period_days: 7,
          trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
        }),
      () => stripe.invoices.create({ customer: discounted.id }),
      () => stripe.subscriptions.create({ customer: discounted.id, items: [{ price: week.id }] }),
      () => stripe.invoices.create({ customer, automatic_tax: { enabled: true } }),
    ])
      expect(await refusal(call())).toMatch(/not simulated .*_sandbox\/simulated/)
  })

  it('a proration that would change nothing is accepted', async () => {
    const price = await weekly()
    const { id: customer } = await customerWith('pm_card_visa')
    const { id } = await stripe.subscriptions.create({
      customer,
      items: [{ price: price.id }],
      proration_behavior: 'create_prorations',
    })
    await stripe.subscriptions.update(id, {
      metadata: { a: '1' },
      proration_behavior: 'create_prorations',
    })
  })
})

it('a trial that nobody can pay for ends with the subscription, if that was asked for', async () => {
  const price = await weekly()
  const { id: customer } = await stripe.customers.create({})
  const { id, trial_settings } = await stripe.subscriptions.create({
    customer,
    items: [{ price: price.id }],
    trial_period_days: 5,
    trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
  })
  expect(trial_settings?.end_behavior.missing_payment_method).toBe('cancel')
  await advance(5 * day)
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('canceled')
})

it('a subscription that is made to end with its period does, and says from the start when', async () => {
  const price = await weekly()
  const { id: customer } = await customerWith('pm_card_visa')
  const made = await stripe.subscriptions.create({
    customer,
    items: [{ price: price.id }],
    cancel_at_period_end: true,
  })
  expect(made.cancel_at).toBe(made.items.data[0]?.current_period_end)
  await advance(7 * day)
  expect((await stripe.subscriptions.retrieve(made.id)).status).toBe('canceled')
  expect(
    await stripe.subscriptions.update(made.id, {
      metadata: { why: 'moved' },
      cancellation_details: { comment: 'Moved', feedback: 'other' },
    }),
  ).toMatchObject({
    metadata: { why: 'moved' },
    cancellation_details: { comment: 'Moved', feedback: 'other', reason: 'cancellation_requested' },
  })
  expect(await failureOf(stripe.subscriptions.update(made.id, { description: 'x' }))).toMatchObject({
    statusCode: 400,
  })
})

it('a trial shorter than the notice is told of at once', async () => {
  const price = await weekly()
  const { id: customer } = await customerWith('pm_card_visa')
  const { id } = await stripe.subscriptions.create({
    customer,
    items: [{ price: price.id }],
    trial_period_days: 2,
  })
  const [notice] = (await stripe.events.list({ type: 'customer.subscription.trial_will_end' })).data
  expect(notice?.data.object).toMatchObject({ id })
})

it('an item shows its price as it is now', async () => {
  const price = await weekly()
  const { id: customer } = await customerWith('pm_card_visa')
  const { id } = await stripe.subscriptions.create({ customer, items: [{ price: price.id }] })
  await stripe.prices.update(price.id, { nickname: 'renamed' })
  const [item] = (await stripe.subscriptions.retrieve(id)).items.data
  expect([item?.price.nickname, item?.plan.nickname]).toEqual(['renamed', 'renamed'])
})

it('a metered price needs a meter that is there', async () => {
  const recurring = { interval: 'week', usage_type: 'metered' } as const
  for (const more of [recurring, { ...recurring, meter: 'mtr_nope' }]) {
    expect(await failureOf(weekly({ recurring: more }))).toMatchObject({
      statusCode: 400,
      param: 'recurring[meter]',
    })
  }
})

it('a customer is billed in one currency', async () => {
  const [dollars, euros] = [await weekly(), await weekly({ currency: 'eur' })]
  const { id: customer } = await customerWith('pm_card_visa')
  await stripe.subscriptions.create({ customer, items: [{ price: dollars.id }] })
  for (const call of [
    () => stripe.subscriptions.create({ customer, items: [{ price: euros.id }] }),
    () => stripe.invoices.create({ customer, currency: 'eur' }),
  ])
    expect(await failureOf(call())).toMatchObject({ statusCode: 400, param: 'currency' })
})
