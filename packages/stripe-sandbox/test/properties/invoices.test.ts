import fc from 'fast-check'
import { expect, it } from 'vitest'
import { idOf, isJsonObject, type JsonObject } from '../../src/json.ts'
import { openDirect } from '../support/direct-sandbox.ts'
import { everything, listed, type Everything, textOf } from '../support/everything.ts'
import { runs } from '../support/runs.ts'
import { openShop, sequences } from '../support/shop/shop.ts'
import { stock } from '../support/shop/stock.ts'

it('an invoice adds up in every state, and its payment says the same as it does', async () => {
  await fc.assert(
    fc.asyncProperty(
      sequences(['customers', 'neighbours', 'subscriptions', 'invoices', 'invoices', 'meters', 'time'], {
        max: 30,
      }),
      async (sequence) => {
        const sandbox = openDirect()
        const shop = openShop(sandbox)
        await stock(shop)
        for (const one of sequence) {
          await shop.take(one)
          const all = await everything(shop.get, ['/v1/events'])
          const numbersTaken = new Set<unknown>()
          for (const invoice of all.get('/v1/invoices') ?? []) {
            addsUp(invoice)
            isWhereItSays(invoice)
            isPaidAsItSays(invoice, all)
            const { number } = invoice
            expect(number !== null && numbersTaken.has(number), `${textOf(number)} twice`).toBe(false)
            numbersTaken.add(number)
          }
        }
        sandbox.close()
      },
    ),
    runs(40),
  )
})

function addsUp(invoice: JsonObject): void {
  const { lines, status, total, amount_due: due, amount_paid: paid, amount_remaining: remaining } = invoice
  const rows = isJsonObject(lines) ? listed(lines['data']) : []
  const sum = rows.reduce((all, { amount }) => all + Number(amount), 0)
  const at = `${idOf(invoice)}, ${textOf(status)}`
  expect([total, invoice['subtotal'], invoice['total_excluding_tax']], at).toEqual([sum, sum, sum])
  expect(new Set(rows.map(({ currency }) => currency).concat(invoice['currency'])).size, at).toBe(1)
  expect(Number(due) - Number(paid), at).toBe(remaining)
  expect(paid, at).toBe(status === 'paid' ? due : 0)
  const asked =
    status === 'draft'
      ? total
      : Number(total) + Number(invoice['starting_balance']) - Number(invoice['ending_balance'])
  expect(due, at).toBe(Math.max(0, Number(asked)))
}

/** The moments of its moves and its number are there if it moved. */
function isWhereItSays(invoice: JsonObject): void {
  const { status, status_transitions: moves, number } = invoice
  if (!isJsonObject(moves)) throw new Error('an invoice without moves')
  const moved = (name: string) => moves[name] !== null
  const at = `${idOf(invoice)}, ${textOf(status)}`
  expect([moved('finalized_at'), number !== null], at).toEqual([status !== 'draft', status !== 'draft'])
  expect([moved('paid_at'), moved('voided_at')], at).toEqual([status === 'paid', status === 'void'])
  if (status === 'uncollectible') expect(moved('marked_uncollectible_at'), at).toBe(true)
  if (status !== 'draft') expect(invoice['automatically_finalizes_at'], at).toBeNull()
  if (status !== 'open')
    expect(invoice['next_payment_attempt'], at).toSatisfy((next) => next === null || status === 'draft')
}

function isPaidAsItSays(invoice: JsonObject, all: Everything): void {
  const { id, status, amount_due: due } = invoice
  const payments = (all.get('/v1/invoice_payments') ?? []).filter((one) => one['invoice'] === id)
  expect(payments).toHaveLength(status === 'draft' || due === 0 ? 0 : 1)
  const [payment] = payments
  if (!payment || !isJsonObject(payment['payment'])) return
  const { payment_intent: intentId } = payment['payment']
  const intent = (all.get('/v1/payment_intents') ?? []).find((one) => one['id'] === intentId)
  const charges = (all.get('/v1/charges') ?? []).filter((one) => one['payment_intent'] === intentId)
  const at = `${idOf(invoice)}, ${textOf(status)}`
  expect([payment['amount_requested'], intent?.['amount']], at).toEqual([due, due])
  expect([payment['status'], intent?.['status']], at).toEqual(
    status === 'void'
      ? ['canceled', 'canceled']
      : status !== 'paid'
        ? ['open', 'requires_payment_method']
        : charges.some((one) => one['paid'])
          ? ['paid', 'succeeded']
          : ['canceled', 'canceled'],
  )
  expect(charges.filter((one) => one['paid']).length, at).toBe(payment['status'] === 'paid' ? 1 : 0)
  expect(intent?.['amount_received'], at).toBe(payment['status'] === 'paid' ? due : 0)
}
