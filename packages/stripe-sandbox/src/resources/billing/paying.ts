/**
 * Owns the paying of invoices: one payment intent for each invoice that asks for something, one charge for each attempt.
 * States of an intent: requires_payment_method → succeeded | canceled.
 * Promises: a test card that declines when charged declines here, with Stripe's codes; nothing but invoices makes payments; only cards are
 * charged. Payments are created at the sandbox's time, also for a test clock, as Stripe does it.
 */
import type { Core } from '../../core.ts'
import { emit, type Origin } from '../../events/emit.ts'
import { badRequest, notSimulated } from '../../http/stripe-error.ts'
import type { Realm } from '../../state/store.ts'
import { behaviours, paymentMethods, type PaymentMethod } from '../customer/payment-method-object.ts'
import type { Decline } from '../customer/test-cards.ts'
import type { Invoice } from './invoice-object.ts'
import {
  charges,
  invoicePayments,
  newIntent,
  paymentIntents,
  renderCharge,
  triedIntent,
  type InvoicePayment,
  type Payment,
} from './payment-object.ts'

/** Makes the intent of an invoice that was finalised. */
export function openPayment(core: Core, origin: Origin, invoice: Invoice): void {
  const { realm } = origin
  const id = core.newId('pi_1', 23)
  const created = core.clock.seconds()
  const shown = newIntent({ id, secret: `${id}_secret_${core.random.token(25)}`, created, invoice })
  realm.table(paymentIntents).put({ id, created, customer: invoice.customer, invoice: invoice.id, shown })
  realm.table(invoicePayments).put({
    id: core.newId('inpay_1', 23),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: realm.livemode,
    payment: { payment_intent: id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  })
  emit(core, origin, 'payment_intent.created', shown)
}

/**
 * Tries to pay what an invoice asks for. Gives why it was declined, or null. The caller changes the invoice.
 * Throws 400 for a payment method whose charging is not simulated.
 */
export function charge(core: Core, origin: Origin, invoice: Invoice, method: PaymentMethod): Decline | null {
  if (!isChargeable(method)) throw notSimulated(`Charging a payment method of type ${method.type}`)
  const { realm } = origin
  const intent = intentOf(realm, invoice)
  if (!intent) throw new Error(`bug: the open invoice ${invoice.id} has no payment intent`)
  const decline = realm.table(behaviours).get(method.id)?.charge ?? null
  const created = core.clock.seconds()
  const attempt = { id: core.newId('ch_1', 23), created, invoice, method, decline }
  const made = renderCharge({ ...attempt, intent: intent.id })
  const shown = triedIntent(intent.shown, attempt)
  realm
    .table(charges)
    .put({ id: attempt.id, created, customer: invoice.customer, invoice: invoice.id, shown: made })
  realm.table(paymentIntents).put({ ...intent, shown })
  emit(core, origin, decline ? 'charge.failed' : 'charge.succeeded', made)
  emit(core, origin, decline ? 'payment_intent.payment_failed' : 'payment_intent.succeeded', shown)
  return decline
}

/** Says of the intent's link that it paid the invoice. */
export function settlePayment(core: Core, origin: Origin, invoice: Invoice): void {
  const link = linkOf(origin.realm, invoice)
  if (!link) return
  const paid: InvoicePayment = {
    ...link,
    amount_paid: invoice.amount_due,
    status: 'paid',
    status_transitions: { ...link.status_transitions, paid_at: core.clock.seconds() },
  }
  origin.realm.table(invoicePayments).put(paid)
  emit(core, origin, 'invoice_payment.paid', paid)
}

/** Cancels the intent of an invoice that is not to be paid by it any more. */
export function cancelPayment(core: Core, origin: Origin, invoice: Invoice, reason: string | null): void {
  const { realm } = origin
  const [intent, link] = [intentOf(realm, invoice), linkOf(realm, invoice)]
  if (!intent || !link) return
  const at = core.clock.seconds()
  const shown = { ...intent.shown, canceled_at: at, cancellation_reason: reason, status: 'canceled' }
  realm.table(paymentIntents).put({ ...intent, shown })
  realm.table(invoicePayments).put({
    ...link,
    status: 'canceled',
    status_transitions: { ...link.status_transitions, canceled_at: at },
  })
  emit(core, origin, 'payment_intent.canceled', shown)
}

/** The intent that pays an invoice, if it asks for anything. */
export function intentOf(realm: Realm, invoice: { readonly id: string }): Payment | undefined {
  const link = linkOf(realm, invoice)
  return link && realm.table(paymentIntents).get(link.payment.payment_intent)
}

function linkOf(realm: Realm, { id }: { readonly id: string }): InvoicePayment | undefined {
  for (const link of realm.table(invoicePayments).newestFirst(undefined, id)) return link
  return undefined
}

/** A payment method of the customer, or null. Throws 400 for somebody else's. */
export function ownMethod(
  realm: Realm,
  customer: string,
  id: string | null | undefined,
  param = 'default_payment_method',
): string | null {
  if (!id) return null
  if (realm.table(paymentMethods).get(id)?.customer === customer) return id
  throw badRequest(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { code: 'resource_missing', param },
  )
}

/** The payment method that an invoice is paid with, if there is one. */
export function payingMethod(
  origin: Origin,
  ...ids: (string | null | undefined)[]
): PaymentMethod | undefined {
  for (const id of ids) {
    const method = id ? origin.realm.table(paymentMethods).get(id) : undefined
    if (method) return method
  }
  return undefined
}

/** True for a payment method whose charging is simulated. */
export function isChargeable({ type }: PaymentMethod): boolean {
  return type === 'card'
}
