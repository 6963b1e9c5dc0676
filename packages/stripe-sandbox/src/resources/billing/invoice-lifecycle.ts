/**
 * Owns the moves of an invoice: draft → open → paid | void | uncollectible.
 * Promises: the customer's balance is applied when an invoice is finalised, with its transaction, and given back when it is voided; each
 * move has its events; nothing is left to pay when the amount due is 0.
 */
import type { Core } from '../../core.ts'
import { emit, emitUpdate, type Origin } from '../../events/emit.ts'
import { wholeList } from '../../http/list-page.ts'
import { badRequest } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import type { Realm } from '../../state/store.ts'
import { moveBalance } from '../customer/balance-transactions.ts'
import { customers } from '../customer/customer-object.ts'
import type { PaymentMethod } from '../customer/payment-method-object.ts'
import { updateCustomer } from '../customer/save-customer.ts'
import type { Decline } from '../customer/test-cards.ts'
import { secondsFor } from './clock/billing-time.ts'
import { smallestCharge } from './money.ts'
import { invoiceLines, invoices, withTotals, type Invoice, type InvoiceLine } from './invoice-object.ts'
import { cancelPayment, charge, openPayment, settlePayment } from './paying.ts'

/** The invoice as the API shows it, with its lines. */
export function renderInvoice(realm: Realm, invoice: Invoice): JsonObject {
  return { ...invoice, lines: wholeList(linesOf(realm, invoice.id), `/v1/invoices/${invoice.id}/lines`) }
}

/** The lines of an invoice in Stripe's order: as it was made with them, then what was added. */
export function linesOf(realm: Realm, invoice: string): InvoiceLine[] {
  return Array.from(realm.table(invoiceLines).oldestFirst(undefined, invoice))
}

/** Stores a new draft with its lines, and tells of it. */
export function insertInvoice(
  core: Core,
  origin: Origin,
  draft: Invoice,
  lines: readonly InvoiceLine[],
): Invoice {
  const { realm } = origin
  const invoice = withTotals(draft, lines)
  realm.table(invoices).put(invoice)
  for (const line of lines) realm.table(invoiceLines).put(line)
  emit(core, origin, 'invoice.created', renderInvoice(realm, invoice))
  return invoice
}

/** Stores a changed invoice and tells of the update; `shownBefore` is given where its lines have changed already. */
export function saveInvoice(
  core: Core,
  origin: Origin,
  before: Invoice,
  after: Invoice,
  shownBefore = renderInvoice(origin.realm, before),
): Invoice {
  origin.realm.table(invoices).put(after)
  emitUpdate(core, origin, 'invoice.updated', shownBefore, renderInvoice(origin.realm, after))
  return after
}

/** Numbers a draft, applies the customer's balance, and opens it; one that asks for nothing is paid at once. */
export function finalize(core: Core, origin: Origin, draft: Invoice): Invoice {
  const { realm } = origin
  if (draft.status !== 'draft')
    throw badRequest("This invoice is already finalized, you can't re-finalize a non-draft invoice.", {
      code: 'invoice_not_editable',
    })
  const now = secondsFor(core, realm, draft)
  const customer = realm.table(customers).get(draft.customer)
  const sequence = customer?.next_invoice_sequence ?? 1
  const start = customer?.balance ?? 0
  const asked = Math.max(0, draft.total + start)
  const applied = draft.total + start - asked
  const tooSmall = asked > 0 && asked < smallestCharge(draft.currency)
  const due = tooSmall ? 0 : asked
  const ending = tooSmall ? applied + asked : applied
  const open: Invoice = {
    ...draft,
    amount_due: due,
    amount_remaining: due,
    automatically_finalizes_at: null,
    effective_at: now,
    ending_balance: ending,
    hosted_invoice_url: `${core.baseUrl()}/_sandbox/invoices/${draft.id}`,
    number: `${customer?.invoice_prefix ?? prefixOf(draft)}-${String(sequence).padStart(4, '0')}`,
    starting_balance: start,
    status: 'open',
    status_transitions: { ...draft.status_transitions, finalized_at: now },
  }
  if (customer) {
    const counted = updateCustomer(core, origin, customer, {
      ...customer,
      currency: customer.currency ?? draft.currency,
      next_invoice_sequence: sequence + 1,
    })
    if (applied !== start) {
      moveBalance(core, origin, counted, {
        amount: applied - start,
        currency: draft.currency,
        type: 'applied_to_invoice',
        invoice: draft.id,
      })
    }
    const present = realm.table(customers).get(draft.customer)
    if (tooSmall && present) {
      // Too little to charge: the customer owes it until the next invoice.
      moveBalance(core, origin, present, {
        amount: asked,
        currency: draft.currency,
        type: 'invoice_too_small',
        invoice: draft.id,
      })
    }
  }
  realm.table(invoices).put(open)
  emit(core, origin, 'invoice.finalized', renderInvoice(realm, open))
  if (due === 0) return markPaid(core, origin, open, 'nothing')
  openPayment(core, origin, open)
  return open
}

/** For an invoice whose customer, and with it the count of its invoices, is gone. */
function prefixOf({ id }: Invoice): string {
  return id.slice(-8).toUpperCase()
}

/** Charges what an open invoice asks for. A decline is recorded on it and given back; the caller decides what it means. */
export function collect(
  core: Core,
  origin: Origin,
  invoice: Invoice,
  method: PaymentMethod,
): { invoice: Invoice; decline: Decline | null } {
  const decline = charge(core, origin, invoice, method)
  if (!decline) return { invoice: markPaid(core, origin, invoice, 'charge'), decline }
  const attempted: Invoice = { ...invoice, attempt_count: invoice.attempt_count + 1, attempted: true }
  origin.realm.table(invoices).put(attempted)
  emit(core, origin, 'invoice.payment_failed', renderInvoice(origin.realm, attempted))
  if (invoice.billing_reason !== 'manual') setDelinquent(core, origin, invoice.customer, true)
  return { invoice: saveInvoice(core, origin, invoice, attempted), decline }
}

/** Marks an invoice as paid: by a charge, by nothing because it asked for nothing, or elsewhere. */
export function markPaid(
  core: Core,
  origin: Origin,
  invoice: Invoice,
  by: 'charge' | 'nothing' | 'elsewhere',
): Invoice {
  const paid: Invoice = {
    ...invoice,
    amount_paid: invoice.amount_due,
    amount_remaining: 0,
    attempt_count: invoice.attempt_count + (by === 'charge' ? 1 : 0),
    attempted: true,
    next_payment_attempt: null,
    status: 'paid',
    status_transitions: { ...invoice.status_transitions, paid_at: secondsFor(core, origin.realm, invoice) },
  }
  saveInvoice(core, origin, invoice, paid)
  const shown = renderInvoice(origin.realm, paid)
  emit(core, origin, 'invoice.paid', shown)
  if (by === 'elsewhere') cancelPayment(core, origin, paid, null)
  else {
    settlePayment(core, origin, paid)
    emit(core, origin, 'invoice.payment_succeeded', shown)
  }
  setDelinquent(core, origin, invoice.customer, false)
  return paid
}

/** A customer is delinquent from a failed payment of a subscription until the next one that succeeds. */
function setDelinquent(core: Core, origin: Origin, id: string, delinquent: boolean): void {
  const customer = origin.realm.table(customers).get(id)
  if (customer && customer.delinquent !== delinquent)
    updateCustomer(core, origin, customer, { ...customer, delinquent })
}

/** Takes back an invoice that was not paid; what it took from the customer's balance returns. */
export function voidInvoice(core: Core, origin: Origin, invoice: Invoice): Invoice {
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw badRequest(
      `You can only pass in open or uncollectible invoices. This invoice isn't open or uncollectible (it is ${invoice.status}).`,
    )
  }
  const { realm } = origin
  const voided: Invoice = {
    ...invoice,
    next_payment_attempt: null,
    status: 'void',
    status_transitions: { ...invoice.status_transitions, voided_at: secondsFor(core, realm, invoice) },
  }
  realm.table(invoices).put(voided)
  const customer = realm.table(customers).get(invoice.customer)
  const applied = (invoice.ending_balance ?? 0) - invoice.starting_balance
  if (customer && applied !== 0) {
    moveBalance(core, origin, customer, {
      amount: -applied,
      currency: invoice.currency,
      type: 'unapplied_from_invoice',
      invoice: invoice.id,
    })
  }
  emit(core, origin, 'invoice.voided', renderInvoice(realm, voided))
  cancelPayment(core, origin, voided, 'void_invoice')
  return voided
}

/** The subscription that an invoice belongs to, if any. */
export function subscriptionIdOf({ parent }: Invoice): string | null {
  const details = parent?.['subscription_details']
  const id =
    typeof details === 'object' && details !== null && 'subscription' in details ? details.subscription : null
  return typeof id === 'string' ? id : null
}
