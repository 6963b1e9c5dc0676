/**
 * Owns the collecting of recurring invoices.
 * Promises: a draft that is due is finalised and tried at once; each failure sets the next try by the settings, the last one ends the
 * subscription as they say.
 */
import type { Core } from '../../core.ts'
import { emit, type Origin } from '../../events/emit.ts'
import type { Realm } from '../../state/store.ts'
import type { TableKey } from '../../state/table.ts'
import { customers } from '../customer/customer-object.ts'
import { secondsFor, whenDue } from './clock/billing-time.ts'
import { collect, finalize, renderInvoice, saveInvoice } from './invoice-lifecycle.ts'
import { invoices, type Invoice } from './invoice-object.ts'
import { isChargeable, payingMethod } from './paying.ts'
import { endSubscription, saveSubscription, settleSubscription } from './subscription-state.ts'
import { isEnded, subscriptions, type Subscription } from './subscription-object.ts'

const daySeconds = 86_400
/** Invoices that were told of as overdue: once, whatever happens to the sandbox in between. */
const overdue: TableKey<{ readonly id: string }> = { name: 'overdue_invoices' }

/** Sets the timer of an invoice to what comes next: its finalising, the next try, or the day it is due. */
export function scheduleInvoice(core: Core, realm: Realm, id: string): void {
  const invoice = realm.table(invoices).get(id)
  if (invoice) scheduleNotice(core, realm, invoice)
  const due = invoice && nextMoment(realm, invoice)
  if (!invoice || due === null || due === undefined) return
  whenDue(core, realm, invoice, {
    name: `invoice ${id}`,
    due,
    work: () => core.store.unit(() => advance(core, { realm, request: null }, id)),
  })
}

/** Tells of an invoice that was sent some days before it is due, if the settings ask for that. */
function scheduleNotice(core: Core, realm: Realm, invoice: Invoice): void {
  const days = core.settings.invoice_will_be_due_days
  if (days === null || invoice.status !== 'open' || invoice.due_date === null) return
  const due = invoice.due_date - days * daySeconds
  if (due <= secondsFor(core, realm, invoice)) return
  whenDue(core, realm, invoice, {
    name: `notice ${invoice.id}`,
    due,
    work: () => tellWillBeDue(core, realm, invoice.id),
  })
}

/** Tells that an invoice, if it is still open, will be due soon. */
export function tellWillBeDue(core: Core, realm: Realm, id: string): void {
  core.store.unit(() => {
    const invoice = realm.table(invoices).get(id)
    if (invoice?.status === 'open')
      emit(core, { realm, request: null }, 'invoice.will_be_due', renderInvoice(realm, invoice))
  })
}

function nextMoment(realm: Realm, invoice: Invoice): number | null {
  if (invoice.status === 'draft') return invoice.auto_advance ? invoice.automatically_finalizes_at : null
  if (invoice.status !== 'open') return null
  if (invoice.collection_method === 'send_invoice')
    return realm.table(overdue).get(invoice.id) ? null : invoice.due_date
  return invoice.auto_advance ? invoice.next_payment_attempt : null
}

/** Finalises and collects an invoice that is due; a failure sets the next try, the last one ends the subscription as the settings say. */
function advance(core: Core, origin: Origin, id: string): void {
  const { realm } = origin
  const found = realm.table(invoices).get(id)
  const due = found && nextMoment(realm, found)
  if (!found || due === null || due === undefined || due > secondsFor(core, realm, found)) return
  if (found.status === 'draft') collectFinalized(core, origin, finalize(core, origin, found))
  else if (found.collection_method === 'send_invoice') tellOverdue(core, origin, found)
  else attemptPayment(core, origin, found)
}

/** What follows on the finalising of an invoice: a payment, or the wait for one. */
export function collectFinalized(core: Core, origin: Origin, invoice: Invoice): Invoice {
  const { realm } = origin
  settleSubscription(core, origin, invoice)
  if (invoice.status !== 'open') return invoice
  if (invoice.collection_method === 'send_invoice') {
    if (invoice.auto_advance) emit(core, origin, 'invoice.sent', renderInvoice(realm, invoice))
    core.store.afterwards(() => scheduleInvoice(core, realm, invoice.id))
  } else if (invoice.auto_advance) attemptPayment(core, origin, invoice)
  return realm.table(invoices).get(invoice.id) ?? invoice
}

function tellOverdue(core: Core, origin: Origin, invoice: Invoice): void {
  origin.realm.table(overdue).put({ id: invoice.id })
  emit(core, origin, 'invoice.overdue', renderInvoice(origin.realm, invoice))
  const subscription = subscriptionOf(origin.realm, invoice)
  if (subscription?.status === 'active')
    saveSubscription(core, origin, subscription, { ...subscription, status: 'past_due' })
}

function attemptPayment(core: Core, origin: Origin, invoice: Invoice): void {
  const { realm } = origin
  const subscription = subscriptionOf(realm, invoice)
  const customer = realm.table(customers).get(invoice.customer)
  const method = payingMethod(
    origin,
    invoice.default_payment_method,
    subscription?.default_payment_method,
    customer?.invoice_settings.default_payment_method,
  )
  const tried =
    method && isChargeable(method)
      ? collect(core, origin, invoice, method).invoice
      : failWithout(core, origin, invoice)
  settleSubscription(core, origin, tried)
  if (tried.status === 'paid') return
  const wait = core.settings.payment_retry_seconds[tried.attempt_count - 1]
  // An invoice by hand is tried once; after that it is its maker's business.
  if (wait === undefined || invoice.billing_reason === 'manual') return giveUp(core, origin, tried)
  const next = secondsFor(core, realm, invoice) + wait
  saveInvoice(core, origin, tried, { ...tried, next_payment_attempt: next })
  core.store.afterwards(() => scheduleInvoice(core, realm, tried.id))
}

/** Nobody to charge: a failed attempt without a charge. */
function failWithout(core: Core, origin: Origin, invoice: Invoice): Invoice {
  const after = { ...invoice, attempt_count: invoice.attempt_count + 1, attempted: true }
  emit(core, origin, 'invoice.payment_failed', renderInvoice(origin.realm, after))
  return saveInvoice(core, origin, invoice, after)
}

function giveUp(core: Core, origin: Origin, invoice: Invoice): void {
  saveInvoice(core, origin, invoice, { ...invoice, next_payment_attempt: null })
  const subscription = subscriptionOf(origin.realm, invoice)
  if (!subscription || core.settings.payment_retry_end === 'past_due') return
  if (core.settings.payment_retry_end === 'cancel')
    endSubscription(core, origin, subscription, 'payment_failed')
  else saveSubscription(core, origin, subscription, { ...subscription, status: 'unpaid' })
}

function subscriptionOf(realm: Realm, invoice: Invoice): Subscription | undefined {
  for (const subscription of realm.table(subscriptions).oldestFirst(undefined, invoice.customer)) {
    if (subscription.latest_invoice === invoice.id && !isEnded(subscription)) return subscription
  }
  return undefined
}
