/**
 * Owns the collecting of recurring invoices.
 * Promises: a draft that is due is finalised and tried at once; each failure sets the next try by the settings, the last one ends the
 * subscription as they say.
 */
import type { Core } from '../../core.ts'
import { emit, type Origin } from '../../events/emit.ts'
import type { Realm } from '../../state/store.ts'
import { customers } from '../customer/customer-object.ts'
import { secondsFor, whenDue } from './clock/billing-time.ts'
import { collect, finalize, renderInvoice, saveInvoice } from './invoice-lifecycle.ts'
import { invoices, type Invoice } from './invoice-object.ts'
import { isChargeable, payingMethod } from './paying.ts'
import { endSubscription, saveSubscription, settleSubscription } from './subscription-state.ts'
import { isEnded, subscriptions, type Subscription } from './subscription-object.ts'

/** Sets the moment (seconds) at which an invoice is finalised or tried again. */
export function scheduleCollection(core: Core, realm: Realm, id: string, due: number): void {
  const invoice = realm.table(invoices).get(id)
  if (!invoice) return
  whenDue(core, realm, invoice, {
    name: `invoice ${id}`,
    due,
    work: () => core.store.unit(() => advance(core, { realm, request: null }, id)),
  })
}

/** Finalises and collects an invoice that is due; a failure sets the next try, the last one ends the subscription as the settings say. */
function advance(core: Core, origin: Origin, id: string): void {
  const { realm } = origin
  const found = realm.table(invoices).get(id)
  if (!found || (found.status !== 'draft' && found.status !== 'open')) return
  const invoice = found.status === 'draft' ? finalize(core, origin, found) : found
  if (invoice.status === 'open' && invoice.collection_method === 'charge_automatically')
    attemptPayment(core, origin, invoice)
  else settleSubscription(core, origin, invoice)
}

function attemptPayment(core: Core, origin: Origin, invoice: Invoice): void {
  const { realm } = origin
  const subscription = subscriptionOf(realm, invoice)
  const customer = realm.table(customers).get(invoice.customer)
  const method = payingMethod(
    origin,
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
  if (wait === undefined) return giveUp(core, origin, tried)
  const next = secondsFor(core, realm, invoice) + wait
  saveInvoice(core, origin, tried, { ...tried, next_payment_attempt: next })
  core.store.afterwards(() => scheduleCollection(core, realm, tried.id, next))
}

/** Nobody to charge: a failed attempt without a charge. */
function failWithout(core: Core, origin: Origin, invoice: Invoice): Invoice {
  const after = { ...invoice, attempt_count: invoice.attempt_count + 1, attempted: true }
  origin.realm.table(invoices).put(after)
  emit(core, origin, 'invoice.payment_failed', renderInvoice(origin.realm, after))
  return after
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
