import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Stripe from 'stripe'
import { expect, it, onTestFinished } from 'vitest'
import { startSandbox } from '../src/index.ts'
import { failureOf, testSandbox } from './support/sandbox.ts'
import { shapedClient } from './support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
const day = 86_400
/** 1 March 2030, 00:00 UTC: far from the time of the sandbox. */
const start = Date.UTC(2030, 2, 1) / 1000

const newClock = () => stripe.testHelpers.testClocks.create({ frozen_time: start, name: 'renewal' })
async function advance(clock: string, to: number, on = stripe) {
  const answer = await on.testHelpers.testClocks.advance(clock, { frozen_time: to })
  await sandbox.settled()
  return answer
}
const customerOn = (test_clock: string, card = 'pm_card_visa') =>
  stripe.customers.create({
    test_clock,
    payment_method: card,
    invoice_settings: { default_payment_method: card },
  })
const monthly = () =>
  stripe.prices.create({
    currency: 'usd',
    unit_amount: 1000,
    recurring: { interval: 'month' },
    product_data: { name: 'Pro' },
  })
const typesSince = async (event: Stripe.Event | undefined) =>
  (await stripe.events.list({ limit: 100, ...(event ? { ending_before: event.id } : {}) })).data
    .map(({ type }) => type)
    .toReversed()
const newestEvent = async () => (await stripe.events.list({ limit: 1 })).data[0]

it('a test clock advances after its answer, and tells of each step', async () => {
  const before = await newestEvent()
  const clock = await newClock()
  expect(clock).toMatchObject({ status: 'ready', frozen_time: start, status_details: {}, name: 'renewal' })
  const advancing = await advance(clock.id, start + day)
  expect(advancing).toMatchObject({
    status: 'advancing',
    frozen_time: start,
    status_details: { advancing: { target_frozen_time: start + day } },
  })
  expect(await stripe.testHelpers.testClocks.retrieve(clock.id)).toMatchObject({
    status: 'ready',
    frozen_time: start + day,
  })
  expect(await typesSince(before)).toEqual([
    'test_helpers.test_clock.created',
    'test_helpers.test_clock.advancing',
    'test_helpers.test_clock.ready',
  ])
})

it('moves cycles and invoices of its customers, and of nobody else', async () => {
  const clock = await newClock()
  const price = await monthly()
  const customer = await customerOn(clock.id)
  expect([customer.created, customer.test_clock]).toEqual([start, clock.id])
  const other = await stripe.customers.create({
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  })
  const items = [{ price: price.id }]
  const made = await stripe.subscriptions.create({ customer: customer.id, items })
  expect(made).toMatchObject({ created: start, test_clock: clock.id, status: 'active' })
  const apart = await stripe.subscriptions.create({ customer: other.id, items })
  const april = Date.UTC(2030, 3, 1) / 1000
  expect(made.items.data[0]).toMatchObject({ current_period_start: start, current_period_end: april })
  await advance(clock.id, april)
  const draft = await stripe.invoices.list({ subscription: made.id, status: 'draft' })
  expect(draft.data).toMatchObject([
    { billing_reason: 'subscription_cycle', created: april, test_clock: clock.id },
  ])
  await advance(clock.id, april + 3600)
  const [paid] = (await stripe.invoices.list({ subscription: made.id })).data
  expect(paid).toMatchObject({ status: 'paid', status_transitions: { paid_at: april + 3600 } })
  expect((await stripe.invoices.list({ subscription: apart.id })).data).toHaveLength(1)
  await sandbox.clock.advance(40 * day * 1000)
  expect((await stripe.invoices.list({ subscription: made.id })).data).toHaveLength(2)
  expect((await stripe.invoices.list({ subscription: apart.id })).data).toHaveLength(2)
})

it('moves a trial to its notice, its end and its first payment', async () => {
  const clock = await newClock()
  const price = await monthly()
  const customer = await customerOn(clock.id)
  const { id, trial_end } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    trial_period_days: 10,
  })
  expect(trial_end).toBe(start + 10 * day)
  const begun = await newestEvent()
  await advance(clock.id, start + 8 * day)
  expect(await typesSince(begun)).toContain('customer.subscription.trial_will_end')
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('trialing')
  await advance(clock.id, start + 11 * day)
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('active')
  const totals = (await stripe.invoices.list({ subscription: id })).data.map(({ total, status }) => [
    total,
    status,
  ])
  expect(totals).toEqual([
    [1000, 'paid'],
    [0, 'paid'],
  ])
})

it('moves the retries of a payment to the end of the subscription', async () => {
  const clock = await newClock()
  const price = await monthly()
  const customer = await customerOn(clock.id)
  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id })
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: bad.id } })
  await advance(clock.id, start + 32 * day)
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('past_due')
  await advance(clock.id, start + 50 * day)
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({
    status: 'canceled',
    cancellation_details: { reason: 'payment_failed' },
  })
  const [unpaid] = (await stripe.invoices.list({ subscription: id })).data
  expect([unpaid?.status, unpaid?.attempt_count]).toEqual(['open', 4])
})

it('customers and subscriptions on a clock are listed only when asked for', async () => {
  const clock = await newClock()
  const price = await monthly()
  const customer = await customerOn(clock.id)
  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  const listed = async (params: Stripe.SubscriptionListParams) =>
    (await stripe.subscriptions.list({ ...params, limit: 100 })).data.map((one) => one.id)
  expect(await listed({})).not.toContain(id)
  expect(await listed({ test_clock: clock.id })).toEqual([id])
  expect(await listed({ customer: customer.id })).toEqual([id])
  expect((await stripe.customers.list({ limit: 100 })).data.map((one) => one.id)).not.toContain(customer.id)
  const [shown] = (await stripe.customers.list({ test_clock: clock.id, expand: ['data.test_clock'] })).data
  expect(shown?.test_clock).toMatchObject({ id: clock.id, object: 'test_helpers.test_clock' })
})

it('that goes takes its customers and their subscriptions along', async () => {
  const clock = await newClock()
  const price = await monthly()
  const customer = await customerOn(clock.id)
  const { id } = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  const before = await newestEvent()
  expect(await stripe.testHelpers.testClocks.del(clock.id)).toMatchObject({ deleted: true })
  expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true })
  expect((await stripe.subscriptions.retrieve(id)).status).toBe('canceled')
  expect(await typesSince(before)).toEqual([
    'customer.subscription.deleted',
    'payment_method.detached',
    'customer.deleted',
    'test_helpers.test_clock.deleted',
  ])
  expect(await failureOf(stripe.testHelpers.testClocks.retrieve(clock.id))).toMatchObject({ statusCode: 404 })
})

it('refuses to go back, too far, or to be a clock that is not there', async () => {
  const clock = await newClock()
  const price = await monthly()
  const to = (frozen_time: number) => stripe.testHelpers.testClocks.advance(clock.id, { frozen_time })
  expect(await failureOf(to(start))).toMatchObject({ statusCode: 400, param: 'frozen_time' })
  expect(await failureOf(to(start + 800 * day))).toMatchObject({ statusCode: 400, param: 'frozen_time' })
  const customer = await customerOn(clock.id)
  await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  expect(await failureOf(to(start + 62 * day))).toMatchObject({ statusCode: 400, param: 'frozen_time' })
  await advance(clock.id, start + 60 * day)
  expect(await failureOf(stripe.customers.create({ test_clock: 'clock_nope' }))).toMatchObject({
    statusCode: 400,
    param: 'test_clock',
  })
})

it('and what it owes survive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-clock-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const persist = join(folder, 'journal')
  const first = await testSandbox({ frozen: true, persist })
  const clock = await first.stripe.testHelpers.testClocks.create({ frozen_time: start })
  const customer = await first.stripe.customers.create({
    test_clock: clock.id,
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
  })
  const price = await first.stripe.prices.create({
    currency: 'usd',
    unit_amount: 1000,
    recurring: { interval: 'week' },
    product_data: { name: 'Weekly' },
  })
  await first.stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
  await first.close()
  const again = await startSandbox({ latency: 0, limits: 'off', frozen: true, persist })
  onTestFinished(() => again.close())
  const second = sandbox.client('sk_test_lockstep', { port: again.port })
  await second.testHelpers.testClocks.advance(clock.id, { frozen_time: start + 8 * day })
  await again.settled()
  expect((await second.invoices.list({ customer: customer.id })).data.map(({ status }) => status)).toEqual([
    'paid',
    'paid',
  ])
})
