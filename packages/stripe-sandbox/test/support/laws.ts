/**
 * Owns what holds of all that a sandbox shows, whatever was done to it.
 * Promises: a law that does not hold fails with the object that breaks it.
 */
import { expect } from 'vitest'
import { idOf, isJsonObject, type JsonObject } from '../../src/json.ts'
import { byId, everything, listed, textOf, type Everything, type Read } from './everything.ts'

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0)
const numbers = (objects: readonly JsonObject[], member: string) => objects.map((one) => Number(one[member]))
const nameOf = (object: JsonObject) => `${idOf(object)}, ${textOf(object['status'])}`

/** Reads all and holds it to every law. `now`: the sandbox's time in seconds. */
export async function expectLawful(read: Read, now: number): Promise<void> {
  const all = await everything(read)
  for (const [path, objects] of all) newestFirst(path, objects)
  for (const customer of customersIn(all)) {
    balanceAddsUp(customer, all)
    cashAddsUp(customer, all, await read(`/v1/customers/${idOf(customer)}/cash_balance`))
  }
  for (const invoice of all.get('/v1/invoices') ?? []) {
    invoiceAddsUp(invoice)
    invoiceIsWhereItSays(invoice)
    invoiceIsPaidAsItSays(invoice, all)
  }
  for (const subscription of subscriptionsIn(all)) subscriptionLivesInAPeriod(subscription, now)
  lastEventsShowThePresent(all)
}

/** All customers, those on test clocks too. */
export function customersIn(all: Everything): JsonObject[] {
  return [...all].flatMap(([path, list]) => (path.startsWith('/v1/customers?') ? list : []))
}

/** All subscriptions, those on test clocks too. */
export function subscriptionsIn(all: Everything): JsonObject[] {
  return [...all].flatMap(([path, list]) => (path.startsWith('/v1/subscriptions?') ? list : []))
}

/** A list goes back in time, and holds nothing twice. What lives on a test clock has that clock's time. */
function newestFirst(path: string, objects: readonly JsonObject[]): void {
  expect(new Set(objects.map(idOf)).size, path).toBe(objects.length)
  const times = numbers(
    objects.filter(({ test_clock: clock }) => typeof clock !== 'string'),
    'created',
  )
  expect(times, path).toEqual(times.toSorted((one, other) => other - one))
}

/** A balance is the sum of its movements, each of which ends at the sum up to it; an invoice took what it says. */
export function balanceAddsUp(customer: JsonObject, all: Everything): void {
  const movements = (all.get(`/v1/customers/${idOf(customer)}/balance_transactions`) ?? []).toReversed()
  const amounts = numbers(movements, 'amount')
  const sums = amounts.map((_amount, index) => sum(amounts.slice(0, index + 1)))
  expect(numbers(movements, 'ending_balance'), idOf(customer)).toEqual(sums)
  expect(customer['balance'], idOf(customer)).toBe(sums.at(-1) ?? 0)
  for (const invoice of all.get('/v1/invoices') ?? []) {
    if (invoice['customer'] !== customer['id']) continue
    const own = movements.filter((one) => one['invoice'] === invoice['id'])
    const applied = Number(invoice['ending_balance']) - Number(invoice['starting_balance'])
    // What a voided invoice took was given back.
    const left = invoice['status'] === 'draft' || invoice['status'] === 'void' ? 0 : applied
    expect(sum(numbers(own, 'amount')), nameOf(invoice)).toBe(left)
  }
}

/** Cash is the sum of its movements in each currency, and each movement ends at the sum up to it. */
export function cashAddsUp(customer: JsonObject, all: Everything, cash: JsonObject): void {
  const movements = (all.get(`/v1/customers/${idOf(customer)}/cash_balance_transactions`) ?? []).toReversed()
  const sums = new Map<string, number>()
  for (const { currency, net_amount: amount, ending_balance: ending } of movements) {
    sums.set(textOf(currency), (sums.get(textOf(currency)) ?? 0) + Number(amount))
    expect(ending, idOf(customer)).toBe(sums.get(textOf(currency)))
  }
  expect(cash['available'], idOf(customer)).toEqual(sums.size > 0 ? Object.fromEntries(sums) : null)
}

/** Totals are the sum of the lines; what is due, paid and remaining add up, with the balance that was applied. */
export function invoiceAddsUp(invoice: JsonObject): void {
  const { lines, status, total, amount_due: due, amount_paid: paid, amount_remaining: remaining } = invoice
  const rows = isJsonObject(lines) ? listed(lines['data']) : []
  const all = sum(numbers(rows, 'amount'))
  const at = nameOf(invoice)
  expect([total, invoice['subtotal'], invoice['total_excluding_tax']], at).toEqual([all, all, all])
  expect(new Set([invoice['currency'], ...rows.map(({ currency }) => currency)]).size, at).toBe(1)
  expect(Number(due) - Number(paid), at).toBe(remaining)
  expect(paid, at).toBe(status === 'paid' ? due : 0)
  const moved = Number(invoice['starting_balance']) - Number(invoice['ending_balance'])
  expect(due, at).toBe(Math.max(0, Number(total) + (status === 'draft' ? 0 : moved)))
}

/** The moments of its moves and its number are there if it moved. */
export function invoiceIsWhereItSays(invoice: JsonObject): void {
  const { status, status_transitions: moves, number, next_payment_attempt: next } = invoice
  if (!isJsonObject(moves)) throw new Error('an invoice without moves')
  const moved = (name: string) => moves[name] !== null
  const at = nameOf(invoice)
  const isFinal = status !== 'draft'
  expect([moved('finalized_at'), number !== null], at).toEqual([isFinal, isFinal])
  expect([moved('paid_at'), moved('voided_at')], at).toEqual([status === 'paid', status === 'void'])
  if (status === 'uncollectible') expect(moved('marked_uncollectible_at'), at).toBe(true)
  if (isFinal) expect(invoice['automatically_finalizes_at'], at).toBeNull()
  if (isFinal && status !== 'open') expect(next, at).toBeNull()
}

/** One intent for what asks for something, whose state is the invoice's, and one charge that paid, if one did. */
export function invoiceIsPaidAsItSays(invoice: JsonObject, all: Everything): void {
  const { id, status, amount_due: due } = invoice
  const at = nameOf(invoice)
  const payments = (all.get('/v1/invoice_payments') ?? []).filter((one) => one['invoice'] === id)
  expect(payments.length, at).toBe(status === 'draft' || due === 0 ? 0 : 1)
  const [payment] = payments
  if (!payment || !isJsonObject(payment['payment'])) return
  const { payment_intent: intentId } = payment['payment']
  const intent = (all.get('/v1/payment_intents') ?? []).find((one) => one['id'] === intentId)
  const charges = (all.get('/v1/charges') ?? []).filter((one) => one['payment_intent'] === intentId)
  const paying = charges.filter((one) => one['paid'])
  expect([payment['amount_requested'], intent?.['amount']], at).toEqual([due, due])
  expect([payment['status'], intent?.['status']], at).toEqual(paymentStates(status, paying.length))
  expect(paying.length, at).toBe(payment['status'] === 'paid' ? 1 : 0)
  expect(intent?.['amount_received'], at).toBe(payment['status'] === 'paid' ? due : 0)
}

function paymentStates(status: JsonObject[string], paying: number): [string, string] {
  if (status === 'open' || status === 'uncollectible') return ['open', 'requires_payment_method']
  // Voided, or paid elsewhere.
  return status === 'paid' && paying > 0 ? ['paid', 'succeeded'] : ['canceled', 'canceled']
}

/** It ended if and only if it says so, has an item at least, and is in the period of each while it lives. */
export function subscriptionLivesInAPeriod(subscription: JsonObject, now: number): void {
  const { status, ended_at: ended, items, test_clock: clock } = subscription
  const over = status === 'canceled' || status === 'incomplete_expired'
  expect(ended !== null, nameOf(subscription)).toBe(over)
  const rows = isJsonObject(items) ? listed(items['data']) : []
  expect(rows.length, nameOf(subscription)).toBeGreaterThan(0)
  for (const { current_period_start: start, current_period_end: end } of rows) {
    expect(Number(start), nameOf(subscription)).toBeLessThan(Number(end))
    if (over || status === 'incomplete' || clock !== null) continue
    expect([Number(start) <= now, now < Number(end)], nameOf(subscription)).toEqual([true, true])
  }
}

/** Kinds that have no event type for some of their changes, or for all. */
export const untold: readonly string[] = [
  'customer_balance_transaction',
  'entitlements.active_entitlement',
  'entitlements.feature',
  'invoice_payment',
  'invoiceitem',
  'product_feature',
  'webhook_endpoint',
]

function lastEventsShowThePresent(all: Everything): void {
  const told = new Map<string, JsonObject>()
  for (const { data } of (all.get('/v1/events') ?? []).toReversed())
    if (isJsonObject(data) && isJsonObject(data['object']))
      told.set(kindAndId(data['object']), data['object'])
  for (const [id, object] of byId(all)) {
    const last = told.get(kindAndId(object))
    if (last && !untold.includes(textOf(object['object']))) expect(plain(last), id).toEqual(plain(object))
  }
}

/** A caller may give a product the id of anything. */
const kindAndId = (object: JsonObject) => `${textOf(object['object'])} ${idOf(object)}`

/**
 * Members by kind that change without an event of that kind: an item of a subscription shows its price as it is now, whose change the price
 * tells; a coupon counts the discounts that it became, each of which is told.
 */
const elsewhere: ReadonlyMap<JsonObject[string], JsonObject> = new Map([
  ['coupon', { times_redeemed: null, valid: null }],
  ['subscription_item', { plan: null, price: null }],
])

/** Without members that are null (a new key of metadata is told as null), and without what is told elsewhere. */
export function plain(value: JsonObject[string]): JsonObject[string] {
  if (Array.isArray(value)) return value.map((one) => plain(one) ?? null)
  if (!isJsonObject(value)) return value ?? null
  const shown = { ...value, ...elsewhere.get(value['object']) }
  return Object.fromEntries(
    Object.entries(shown)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([name, inner]) => [name, plain(inner)]),
  )
}
