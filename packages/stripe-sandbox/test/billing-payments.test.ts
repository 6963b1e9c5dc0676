import type Stripe from 'stripe'
import { expect, it } from 'vitest'
import { failureOf, testSandbox } from './support/sandbox.ts'
import { shapedClient } from './support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
const types = async (limit: number) =>
  (await stripe.events.list({ limit })).data.map(({ type }) => type).toReversed()

const customerWith = (card: string) =>
  stripe.customers.create({ payment_method: card, invoice_settings: { default_payment_method: card } })

async function openInvoice(customer: string, amount = 700) {
  const { id } = await stripe.invoices.create({ customer })
  await stripe.invoiceItems.create({ customer, invoice: id, amount, currency: 'usd' })
  return stripe.invoices.finalizeInvoice(id)
}

it('an invoice has one intent from its finalising, found through its payments', async () => {
  const { id: customer } = await customerWith('pm_card_visa')
  const open = await openInvoice(customer)
  const expanded = await stripe.invoices.retrieve(open.id, {
    expand: ['payments.data.payment.payment_intent', 'confirmation_secret'],
  })
  const [link] = expanded.payments?.data ?? []
  expect(link).toMatchObject({
    object: 'invoice_payment',
    status: 'open',
    amount_requested: 700,
    amount_paid: null,
    is_default: true,
    payment: { payment_intent: { status: 'requires_payment_method', amount: 700, latest_charge: null } },
  })
  expect(expanded.confirmation_secret).toMatchObject({ type: 'payment_intent' })
  await stripe.invoices.pay(open.id)
  const { data } = await stripe.invoicePayments.list({ invoice: open.id, expand: ['data.invoice'] })
  expect(data).toMatchObject([{ id: link?.id, status: 'paid', amount_paid: 700, invoice: { id: open.id } }])
  expect(await stripe.invoicePayments.retrieve(link?.id ?? '')).toMatchObject({ status: 'paid' })
  const [charge] = (await stripe.charges.list({ customer, expand: ['data.payment_intent'] })).data
  expect(charge).toMatchObject({
    payment_intent: { status: 'succeeded', amount_received: 700 },
    payment_method_details: { type: 'card', card: { brand: 'visa', last4: '4242' } },
  })
})

it('a declined attempt leaves a charge, an error on the same intent, and 402', async () => {
  const { id: customer } = await customerWith('pm_card_chargeCustomerFail')
  const open = await openInvoice(customer)
  expect(await failureOf(stripe.invoices.pay(open.id))).toMatchObject({
    statusCode: 402,
    code: 'card_declined',
    decline_code: 'generic_decline',
  })
  const good = await stripe.paymentMethods.attach('pm_card_visa', { customer })
  const [intent] = (await stripe.paymentIntents.list({ customer })).data
  expect(intent).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { code: 'card_declined', type: 'card_error' },
    payment_method: null,
  })
  await stripe.invoices.pay(open.id, { payment_method: good.id })
  const after = (await stripe.paymentIntents.list({ customer, expand: ['data.latest_charge'] })).data
  expect(after).toMatchObject([
    { id: intent?.id, status: 'succeeded', last_payment_error: null, latest_charge: { paid: true } },
  ])
  const charges = (await stripe.charges.list({ payment_intent: intent?.id ?? '' })).data
  expect(charges.map(({ status }) => status)).toEqual(['succeeded', 'failed'])
})

it('a voided invoice, or one that was paid elsewhere, cancels its intent', async () => {
  const { id: customer } = await customerWith('pm_card_visa')
  await stripe.invoices.voidInvoice((await openInvoice(customer)).id)
  expect((await types(2)).toSorted(byText)).toEqual(['invoice.voided', 'payment_intent.canceled'])
  const paid = await stripe.invoices.pay((await openInvoice(customer)).id, { paid_out_of_band: true })
  expect(paid).toMatchObject({ status: 'paid', amount_paid: 700 })
  expect(await types(3)).toEqual(['invoice.updated', 'invoice.paid', 'payment_intent.canceled'])
  const intents = (await stripe.paymentIntents.list({ customer })).data
  expect(intents.map(({ status, cancellation_reason }) => [status, cancellation_reason])).toEqual([
    ['canceled', null],
    ['canceled', 'void_invoice'],
  ])
  expect((await stripe.charges.list({ customer })).data).toEqual([])
})

it('a customer is delinquent from a failed renewal until it pays', async () => {
  const { id: customer } = await customerWith('pm_card_visa')
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 900,
    recurring: { interval: 'week' },
    product_data: { name: 'Pro' },
  })
  await stripe.subscriptions.create({ customer, items: [{ price: price.id }] })
  const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer })
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: bad.id } })
  await sandbox.clock.advance((7 * 86_400 + 3600) * 1000)
  expect(await stripe.customers.retrieve(customer)).toMatchObject({ delinquent: true })
  const [open] = (await stripe.invoices.list({ customer, status: 'open' })).data
  const good = await stripe.paymentMethods.attach('pm_card_mastercard', { customer })
  await stripe.invoices.pay(open?.id ?? '', { payment_method: good.id })
  expect(await stripe.customers.retrieve(customer)).toMatchObject({ delinquent: false })
})

it('other payment methods than cards are not charged, and that is said', async () => {
  const customer = await stripe.customers.create({})
  const debit = await stripe.paymentMethods.create({
    type: 'sepa_debit',
    sepa_debit: { iban: 'DE89370400440532013000' },
    billing_details: { name: 'N', email: 'n@example.com' },
  })
  await stripe.paymentMethods.attach(debit.id, { customer: customer.id })
  const open = await openInvoice(customer.id)
  const refused: Stripe.errors.StripeError = await failureOf(
    stripe.invoices.pay(open.id, { payment_method: debit.id }),
  )
  expect([refused.statusCode, refused.message]).toEqual([400, expect.stringContaining('not simulated')])
  expect((await stripe.invoices.retrieve(open.id)).status).toBe('open')
})

const byText = (a: string, b: string) => a.localeCompare(b)
