import type Stripe from 'stripe'
import { beforeAll, describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from './support/sandbox.ts'
import { shapedClient } from './support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
const day = 86_400
const now = () => Math.floor(sandbox.clock.now() / 1000)
const advance = (seconds: number) => sandbox.clock.advance(seconds * 1000)
const types = async (limit: number) =>
  (await stripe.events.list({ limit })).data.map(({ type }) => type).toReversed()

let price: Stripe.Price
beforeAll(async () => {
  price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 1000,
    recurring: { interval: 'month' },
    product_data: { name: 'Pro' },
  })
})

async function customerWith(card = 'pm_card_visa', params: Stripe.CustomerCreateParams = {}) {
  return stripe.customers.create({
    payment_method: card,
    invoice_settings: { default_payment_method: card },
    ...params,
  })
}

describe('products and prices', () => {
  it('are made, changed, listed and linked', async () => {
    const product = await stripe.products.create({
      name: 'Basic',
      metadata: { a: '1' },
      marketing_features: [{ name: 'fast' }],
    })
    expect(product).toMatchObject({
      object: 'product',
      active: true,
      default_price: null,
      type: 'service',
      marketing_features: [{ name: 'fast' }],
    })
    const yearly = await stripe.prices.create({
      currency: 'EUR',
      unit_amount: 9900,
      recurring: { interval: 'year' },
      product: product.id,
      lookup_key: 'yearly',
    })
    expect(yearly).toMatchObject({
      currency: 'eur',
      type: 'recurring',
      unit_amount: 9900,
      recurring: { interval: 'year', interval_count: 1, usage_type: 'licensed' },
    })
    await stripe.products.update(product.id, { default_price: yearly.id, name: 'Basic 2' })
    expect(await stripe.products.retrieve(product.id, { expand: ['default_price'] })).toMatchObject({
      name: 'Basic 2',
      default_price: { id: yearly.id },
    })
    expect(
      (await stripe.prices.list({ lookup_keys: ['yearly'], expand: ['data.product'] })).data[0]?.product,
    ).toMatchObject({ id: product.id })
    expect(
      await failureOf(
        stripe.prices.create({ currency: 'usd', unit_amount: 1, product: product.id, lookup_key: 'yearly' }),
      ),
    ).toMatchObject({ param: 'lookup_key' })
    expect(await failureOf(stripe.products.del(product.id))).toMatchObject({ statusCode: 400 })
    expect(
      (
        await failureOf(
          stripe.prices.create({
            currency: 'usd',
            product: product.id,
            unit_amount: 1,
            tiers: [{ up_to: 'inf', unit_amount: 1 }],
          }),
        )
      ).message,
    ).toContain('not simulated')
    const loose = await stripe.products.create({ name: 'Loose' })
    expect(await stripe.products.del(loose.id)).toMatchObject({ deleted: true })
    expect(
      await failureOf(stripe.prices.create({ currency: 'usd', unit_amount: 1, product: loose.id })),
    ).toMatchObject({ statusCode: 400, param: 'product' })
  })
})

describe('a subscription', () => {
  it('is paid at once and active, with its period on the item and one payment readable', async () => {
    const { id } = await customerWith()
    const made = await stripe.subscriptions.create({
      customer: id,
      items: [{ price: price.id, quantity: 3 }],
      metadata: { a: '1' },
      expand: ['latest_invoice'],
    })
    expect(made).toMatchObject({
      object: 'subscription',
      status: 'active',
      currency: 'usd',
      customer: id,
      cancel_at_period_end: false,
      latest_invoice: {
        status: 'paid',
        total: 3000,
        amount_paid: 3000,
        billing_reason: 'subscription_create',
      },
    })
    expect(made).not.toHaveProperty('current_period_end')
    expect(made.items.data[0]).toMatchObject({
      quantity: 3,
      price: { id: price.id },
      current_period_start: now(),
    })
    expect(made.items.data[0]?.current_period_end).toBeGreaterThan(now() + 27 * day)
    expect(await types(12)).toEqual([
      'customer.updated',
      'invoice.created',
      'customer.updated',
      'invoice.finalized',
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice.updated',
      'invoice.paid',
      'invoice_payment.paid',
      'invoice.payment_succeeded',
      'customer.subscription.created',
    ])
    const { data } = await stripe.charges.list({ customer: id })
    expect(data).toMatchObject([{ amount: 3000, paid: true, status: 'succeeded' }])
    expect(
      await stripe.paymentIntents.retrieve(JSON.parse(JSON.stringify(data[0]?.payment_intent))),
    ).toMatchObject({
      status: 'succeeded',
      amount_received: 3000,
    })
    const customer = await stripe.customers.retrieve(id, { expand: ['subscriptions'] })
    expect(customer).toMatchObject({ currency: 'usd', subscriptions: { data: [{ id: made.id }] } })
  })

  it('renews on the clock: draft, an hour later finalised and paid', async () => {
    const { id } = await customerWith()
    const made = await stripe.subscriptions.create({ customer: id, items: [{ price: price.id }] })
    const end = made.items.data[0]?.current_period_end ?? 0
    await advance(end - now())
    const renewed = await stripe.subscriptions.retrieve(made.id, { expand: ['latest_invoice'] })
    expect(renewed.items.data[0]?.current_period_start).toBe(end)
    expect(renewed.latest_invoice).toMatchObject({ status: 'draft', billing_reason: 'subscription_cycle' })
    await advance(3600)
    const { data } = await stripe.invoices.list({ customer: id })
    expect(data.map(({ status, number }) => [status, number?.slice(-4)])).toEqual([
      ['paid', '0002'],
      ['paid', '0001'],
    ])
  })

  it('in trial costs nothing, tells of its end three days before, and bills afterwards', async () => {
    const { id } = await customerWith()
    const made = await stripe.subscriptions.create({
      customer: id,
      items: [{ price: price.id }],
      trial_period_days: 7,
    })
    expect(made).toMatchObject({ status: 'trialing', trial_start: now(), trial_end: now() + 7 * day })
    await advance(4 * day)
    expect(await types(1)).toEqual(['customer.subscription.trial_will_end'])
    await advance(3 * day)
    expect((await stripe.subscriptions.retrieve(made.id)).status).toBe('active')
    await advance(3600)
    expect(
      (await stripe.invoices.list({ customer: id })).data.map(({ total, status }) => [total, status]),
    ).toEqual([
      [1000, 'paid'],
      [0, 'paid'],
    ])
  })

  it('whose first payment is declined is incomplete, becomes active when paid, or expires after 23 hours', async () => {
    const declined = () => customerWith('pm_card_chargeCustomerFail')
    const subscribe = async (customer: string) =>
      stripe.subscriptions.create({ customer, items: [{ price: price.id }], expand: ['latest_invoice'] })
    const first = await declined()
    const made = await subscribe(first.id)
    expect(made).toMatchObject({ status: 'incomplete', latest_invoice: { status: 'open', attempt_count: 1 } })
    const invoice = made.latest_invoice as Stripe.Invoice
    const refused = await failureOf(stripe.invoices.pay(invoice.id))
    expect(refused).toMatchObject({ statusCode: 402, code: 'card_declined' })
    expect((await stripe.invoices.retrieve(invoice.id)).attempt_count).toBe(2)
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer: first.id })
    expect(await stripe.invoices.pay(invoice.id, { payment_method: card.id })).toMatchObject({
      status: 'paid',
    })
    expect((await stripe.subscriptions.retrieve(made.id)).status).toBe('active')
    const other = await subscribe((await declined()).id)
    await advance(23 * 3600)
    expect((await stripe.subscriptions.retrieve(other.id)).status).toBe('incomplete_expired')
    expect((await stripe.invoices.retrieve((other.latest_invoice as Stripe.Invoice).id)).status).toBe('void')
    const strict = await declined()
    expect(
      await failureOf(
        stripe.subscriptions.create({
          customer: strict.id,
          items: [{ price: price.id }],
          payment_behavior: 'error_if_incomplete',
        }),
      ),
    ).toMatchObject({ statusCode: 402 })
    expect((await stripe.subscriptions.list({ customer: strict.id, status: 'all' })).data).toEqual([])
    const nothing = await stripe.customers.create({})
    expect(
      await failureOf(stripe.subscriptions.create({ customer: nothing.id, items: [{ price: price.id }] })),
    ).toMatchObject({ statusCode: 400 })
    expect((await stripe.invoices.list({ customer: nothing.id })).data).toEqual([])
  })

  it('whose renewal fails is past due, tried again on the clock, and canceled after the last try', async () => {
    const { id } = await customerWith()
    const made = await stripe.subscriptions.create({ customer: id, items: [{ price: price.id }] })
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: id })
    await stripe.subscriptions.update(made.id, { default_payment_method: bad.id })
    await advance((made.items.data[0]?.current_period_end ?? 0) - now() + 3600)
    expect((await stripe.subscriptions.retrieve(made.id)).status).toBe('past_due')
    await advance(3 * day)
    expect((await stripe.invoices.list({ customer: id, status: 'open' })).data[0]?.attempt_count).toBe(2)
    await advance(12 * day)
    expect(await stripe.subscriptions.retrieve(made.id)).toMatchObject({
      status: 'canceled',
      cancellation_details: { reason: 'payment_failed' },
    })
  })

  it('changes quantity, price and metadata; a proration that is asked for is refused', async () => {
    const { id } = await customerWith()
    const made = await stripe.subscriptions.create({ customer: id, items: [{ price: price.id }] })
    const item = made.items.data[0]?.id ?? ''
    const changed = await stripe.subscriptions.update(made.id, {
      items: [{ id: item, quantity: 5 }],
      metadata: { a: '1' },
      proration_behavior: 'none',
    })
    expect(changed).toMatchObject({ metadata: { a: '1' }, items: { data: [{ id: item, quantity: 5 }] } })
    const [event] = (await stripe.events.list({ limit: 1 })).data
    expect(event?.data.previous_attributes).toMatchObject({
      metadata: { a: null },
      items: { data: [{ quantity: 1 }] },
    })
    const refused = await failureOf(
      stripe.subscriptions.update(made.id, {
        items: [{ id: item, quantity: 6 }],
        proration_behavior: 'create_prorations',
      }),
    )
    expect(refused.message).toContain('not simulated')
  })

  it('is canceled at the end of its period, at once, or with its customer', async () => {
    const { id } = await customerWith()
    const subscribe = () => stripe.subscriptions.create({ customer: id, items: [{ price: price.id }] })
    const later = await subscribe()
    const asked = await stripe.subscriptions.update(later.id, { cancel_at_period_end: true })
    expect(asked).toMatchObject({ status: 'active', cancel_at_period_end: true, canceled_at: now() })
    await advance((later.items.data[0]?.current_period_end ?? 0) - now())
    expect((await stripe.subscriptions.retrieve(later.id)).status).toBe('canceled')
    expect(await types(1)).toEqual(['customer.subscription.deleted'])
    const atOnce = await subscribe()
    expect(await stripe.subscriptions.cancel(atOnce.id)).toMatchObject({
      status: 'canceled',
      ended_at: now(),
    })
    expect(await failureOf(stripe.subscriptions.cancel(atOnce.id))).toMatchObject({ statusCode: 404 })
    const last = await subscribe()
    expect((await stripe.subscriptions.list({ customer: id })).data.map((one) => one.id)).toEqual([last.id])
    expect((await stripe.subscriptions.list({ customer: id, status: 'all' })).data).toHaveLength(3)
    await stripe.customers.del(id)
    expect((await stripe.subscriptions.retrieve(last.id)).status).toBe('canceled')
    expect(await types(3)).toEqual([
      'customer.subscription.deleted',
      'payment_method.detached',
      'customer.deleted',
    ])
  })
})

describe('an invoice', () => {
  it('by hand: items, draft, finalised, paid; totals, number, lines', async () => {
    const { id, invoice_prefix } = await customerWith()
    await stripe.invoiceItems.create({ customer: id, amount: 700, currency: 'usd', description: 'work' })
    const draft = await stripe.invoices.create({
      customer: id,
      pending_invoice_items_behavior: 'include',
      description: 'd',
    })
    expect(draft).toMatchObject({
      object: 'invoice',
      status: 'draft',
      total: 700,
      number: null,
      billing_reason: 'manual',
    })
    const item = await stripe.invoiceItems.create({
      customer: id,
      invoice: draft.id,
      pricing: { price: price.id },
      quantity: 2,
    })
    expect((await stripe.invoices.retrieve(draft.id)).total).toBe(2700)
    await stripe.invoiceItems.del(item.id)
    expect((await stripe.invoices.retrieve(draft.id)).total).toBe(700)
    const open = await stripe.invoices.finalizeInvoice(draft.id)
    expect(open).toMatchObject({ status: 'open', number: `${invoice_prefix}-0001`, amount_due: 700 })
    expect(open.hosted_invoice_url).toContain(sandbox.url)
    expect(await stripe.invoices.pay(draft.id)).toMatchObject({
      status: 'paid',
      amount_paid: 700,
      amount_remaining: 0,
    })
    expect((await stripe.invoices.listLineItems(draft.id)).data).toMatchObject([
      { amount: 700, description: 'work', object: 'line_item' },
    ])
    expect(await failureOf(stripe.invoices.pay(draft.id))).toMatchObject({
      message: 'Invoice is already paid',
    })
    expect(await failureOf(stripe.invoices.update(draft.id, { description: 'x' }))).toMatchObject({
      code: 'invoice_not_editable',
    })
    expect(await failureOf(stripe.invoices.del(draft.id))).toMatchObject({ statusCode: 400 })
  })

  it('takes the credit of the customer when finalised and gives it back when voided', async () => {
    const { id } = await customerWith('pm_card_visa', { balance: -300 })
    await stripe.invoiceItems.create({ customer: id, amount: 1000, currency: 'usd' })
    const draft = await stripe.invoices.create({ customer: id, pending_invoice_items_behavior: 'include' })
    const open = await stripe.invoices.finalizeInvoice(draft.id)
    expect(open).toMatchObject({ total: 1000, starting_balance: -300, ending_balance: 0, amount_due: 700 })
    expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: 0 })
    expect((await stripe.customers.listBalanceTransactions(id)).data[0]).toMatchObject({
      amount: 300,
      type: 'applied_to_invoice',
      invoice: draft.id,
    })
    expect(await stripe.invoices.voidInvoice(draft.id)).toMatchObject({ status: 'void' })
    expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: -300 })
  })

  it('that the credit covers is paid at once; one that is sent has a due date', async () => {
    const { id } = await stripe.customers.create({ balance: -5000 })
    await stripe.invoiceItems.create({ customer: id, amount: 1000, currency: 'usd' })
    const draft = await stripe.invoices.create({ customer: id, pending_invoice_items_behavior: 'include' })
    expect(await stripe.invoices.finalizeInvoice(draft.id)).toMatchObject({
      status: 'paid',
      amount_due: 0,
      ending_balance: -4000,
    })
    expect(
      await failureOf(stripe.invoices.create({ customer: id, collection_method: 'send_invoice' })),
    ).toMatchObject({ statusCode: 400 })
    await stripe.invoiceItems.create({ customer: id, amount: 9000, currency: 'usd' })
    const sent = await stripe.invoices.create({
      customer: id,
      collection_method: 'send_invoice',
      days_until_due: 14,
      pending_invoice_items_behavior: 'include',
    })
    expect(await stripe.invoices.sendInvoice(sent.id)).toMatchObject({
      status: 'open',
      due_date: now() + 14 * day,
    })
    expect(await stripe.invoices.markUncollectible(sent.id)).toMatchObject({ status: 'uncollectible' })
    const other = await stripe.invoices.create({ customer: id })
    expect(await stripe.invoices.del(other.id)).toMatchObject({ deleted: true })
  })
})
