import { expect, it } from 'vitest'
import { failureOf, testSandbox } from './support/sandbox.ts'
import { shapedClient } from './support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
const card = 'pm_card_visa'
const payer = () =>
  stripe.customers.create({ payment_method: card, invoice_settings: { default_payment_method: card } })
const lastUpdate = async (type: string) => (await stripe.events.list({ type, limit: 1 })).data[0]?.data

it('an object that says when it was updated was not, if nothing else changed, and nothing is told', async () => {
  const product = await stripe.products.create({ name: 'Tea' })
  const meter = await stripe.billing.meters.create({
    display_name: 'Calls',
    event_name: 'calls',
    default_aggregation: { formula: 'sum' },
  })
  const portal = await stripe.billingPortal.configurations.create({
    features: { invoice_history: { enabled: true } },
  })
  await sandbox.clock.advance(60_000)
  expect((await stripe.products.update(product.id, { name: 'Tea' })).updated).toBe(product.updated)
  expect((await stripe.billing.meters.update(meter.id, { display_name: 'Calls' })).updated).toBe(
    meter.updated,
  )
  expect((await stripe.billingPortal.configurations.update(portal.id, { active: true })).updated).toBe(
    portal.updated,
  )
  expect(await lastUpdate('*.updated')).toBeUndefined()
})

it('an item put on a draft, or taken off, is told with the lines as they were', async () => {
  const { id: customer } = await payer()
  const { id: invoice } = await stripe.invoices.create({ customer })
  const item = await stripe.invoiceItems.create({ customer, invoice, amount: 0, currency: 'usd' })
  expect(await lastUpdate('invoice.updated')).toMatchObject({
    object: { lines: { data: [{ amount: 0 }] } },
    previous_attributes: { lines: { data: [] } },
  })
  await stripe.invoiceItems.del(item.id)
  expect(await lastUpdate('invoice.updated')).toMatchObject({
    object: { lines: { data: [] } },
    previous_attributes: { lines: { data: [{ amount: 0 }] } },
  })
})

it('an attempt to pay is told as the change that it is, whether it succeeded, failed, or had nobody to charge', async () => {
  const draft = async (customer: string) => {
    const { id } = await stripe.invoices.create({ customer })
    await stripe.invoiceItems.create({ customer, invoice: id, amount: 900, currency: 'usd' })
    return id
  }
  const attempts = async (id: string, seconds = 0) => {
    await sandbox.clock.advance(seconds * 1000)
    const { data } = await stripe.events.list({ type: 'invoice.updated' })
    return data.find(
      ({ data: { object, previous_attributes: old } }) =>
        'id' in object && object.id === id && old && 'attempt_count' in old,
    )?.data
  }
  const paid = await draft((await payer()).id)
  await stripe.invoices.pay(paid)
  expect(await attempts(paid)).toMatchObject({
    object: { status: 'paid', attempt_count: 1 },
    previous_attributes: { status: 'open', attempt_count: 0 },
  })
  const nobody = await draft((await stripe.customers.create({})).id)
  await stripe.invoices.finalizeInvoice(nobody, { auto_advance: true })
  expect(await attempts(nobody)).toMatchObject({
    object: { status: 'open', attempt_count: 1 },
    previous_attributes: { attempt_count: 0, attempted: false },
  })
})

it('metadata of an invoice that is open changes nothing else of it', async () => {
  const { id: customer } = await payer()
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 900,
    recurring: { interval: 'month' },
    product_data: { name: 'Plan' },
  })
  await stripe.subscriptions.create({
    customer,
    items: [{ price: price.id }],
    payment_behavior: 'default_incomplete',
  })
  const [open] = (await stripe.invoices.list({ customer })).data
  await stripe.invoices.update(open?.id ?? '', { metadata: { a: '1' } })
  expect((await lastUpdate('invoice.updated'))?.previous_attributes).toEqual({ metadata: { a: null } })
})

it('what a customer is first billed in, by an invoice or an item too, binds its currency', async () => {
  const byItem = await payer()
  await stripe.invoiceItems.create({ customer: byItem.id, amount: 900, currency: 'eur' })
  expect(await lastUpdate('customer.updated')).toMatchObject({
    object: { id: byItem.id, currency: 'eur' },
    previous_attributes: { currency: null },
  })
  const byInvoice = await payer()
  const { id: invoice } = await stripe.invoices.create({ customer: byInvoice.id, currency: 'eur' })
  expect(await stripe.customers.retrieve(byInvoice.id)).toMatchObject({ currency: 'eur' })
  for (const refused of [
    stripe.invoiceItems.create({ customer: byInvoice.id, invoice, amount: 900, currency: 'usd' }),
    stripe.invoices.create({ customer: byItem.id, currency: 'usd' }),
    stripe.invoiceItems.create({ customer: byItem.id, amount: 900, currency: 'us' }),
  ])
    expect(await failureOf(refused)).toMatchObject({ statusCode: 400, param: 'currency' })
})

it('a voided invoice still shows what was asked for and not paid', async () => {
  const { id: customer } = await payer()
  const { id: invoice } = await stripe.invoices.create({ customer })
  await stripe.invoiceItems.create({ customer, invoice, amount: 900, currency: 'usd' })
  await stripe.invoices.finalizeInvoice(invoice)
  expect(await stripe.invoices.voidInvoice(invoice)).toMatchObject({
    status: 'void',
    amount_due: 900,
    amount_paid: 0,
    amount_remaining: 900,
  })
})

it('a customer that was deleted, or never was, names no list', async () => {
  const { id: customer } = await payer()
  await stripe.customers.del(customer)
  for (const list of [stripe.subscriptions, stripe.invoiceItems, stripe.paymentIntents, stripe.charges])
    for (const id of [customer, 'cus_nobody'])
      expect(await failureOf(list.list({ customer: id }))).toMatchObject({
        statusCode: 400,
        code: 'resource_missing',
        param: 'customer',
      })
})

it('invoices of a customer that was deleted have numbers of their own', async () => {
  const { id: customer } = await payer()
  for (const amount of [900, 800]) {
    const { id: invoice } = await stripe.invoices.create({ customer, auto_advance: true })
    await stripe.invoiceItems.create({ customer, invoice, amount, currency: 'usd' })
  }
  await stripe.customers.del(customer)
  await sandbox.clock.advance(3_600_000)
  const { data } = await stripe.events.list({ type: 'invoice.finalized', limit: 2 })
  const numbers = data.map(({ data: { object } }) => ('number' in object ? object.number : null))
  expect(new Set(numbers).size).toBe(2)
  expect(numbers).not.toContain(null)
})

it('an uncollectible invoice waits for no further attempt', async () => {
  const declining = 'pm_card_chargeCustomerFail'
  const { id: customer } = await stripe.customers.create({
    payment_method: declining,
    invoice_settings: { default_payment_method: declining },
  })
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 900,
    recurring: { interval: 'month' },
    product_data: { name: 'Plan' },
  })
  await stripe.subscriptions.create({ customer, items: [{ price: price.id }], trial_period_days: 1 })
  await sandbox.clock.advance(86_400_000 + 3_600_000)
  const [open] = (await stripe.invoices.list({ customer, status: 'open' })).data
  expect(open?.next_payment_attempt).toEqual(expect.any(Number))
  expect(await stripe.invoices.markUncollectible(open?.id ?? '')).toMatchObject({
    next_payment_attempt: null,
  })
})

it('the feedback of a cancellation is one of those that Stripe knows', async () => {
  const { id: customer } = await payer()
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 900,
    recurring: { interval: 'month' },
    product_data: { name: 'Plan' },
  })
  const { id } = await stripe.subscriptions.create({ customer, items: [{ price: price.id }] })
  const refused = await sandbox.request(
    'POST',
    `/v1/subscriptions/${id}`,
    'cancellation_details[feedback]=nope',
  )
  expect([refused.status, refused.error['param']]).toEqual([400, 'cancellation_details[feedback]'])
  const details = { feedback: 'too_complex' } as const
  const updated = await stripe.subscriptions.update(id, { cancellation_details: details })
  expect(updated.cancellation_details).toMatchObject(details)
})

it.each([
  ['absent', null],
  ['upcoming_in', expect.stringMatching(/^upcoming_in_/)],
] as const)('the lines of an invoice that is to come name no other than it (id: %s)', async (id, named) => {
  sandbox.set({ invoice_upcoming_id: id })
  const { id: customer } = await payer()
  const { id: price } = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 700,
    recurring: { interval: 'month' },
    product_data: { name: 'Plan' },
  })
  await stripe.subscriptions.create({ customer, items: [{ price }] })
  await sandbox.clock.advance(25 * 86_400_000)
  const coming = (await stripe.events.list({ type: 'invoice.upcoming', limit: 1 })).data[0]?.data.object
  expect(coming).toMatchObject({ customer, lines: { data: [{ invoice: named }] } })
})
