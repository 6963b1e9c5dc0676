/**
 * Owns the payment of invoices: one payment intent for each invoice, one charge for each attempt, all readable.
 * Promises: a test card that declines when charged declines here, with Stripe's codes; nothing but invoices makes payments.
 */
import type { Core } from '../../core.ts'
import { emit, type Origin } from '../../events/emit.ts'
import { createdFilter, listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { missingResource } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import { listParams, params, range, string } from '../../params/declare.ts'
import { text } from '../../params/read.ts'
import type { Stored, TableKey } from '../../state/table.ts'
import { behaviours, paymentMethods, type PaymentMethod } from '../customer/payment-method-object.ts'
import type { Decline } from '../customer/test-cards.ts'
import type { Invoice } from './invoice-object.ts'
import { renderCharge, renderIntent } from './payment-object.ts'

type Payment = Stored & {
  readonly created: number
  readonly customer: string
  readonly invoice: string
  readonly shown: JsonObject
}

/** The intents, by customer. */
export const paymentIntents: TableKey<Payment> = {
  name: 'payment_intents',
  groupOf: ({ customer }) => customer,
}
/** The charges, by customer. */
export const charges: TableKey<Payment> = { name: 'charges', groupOf: ({ customer }) => customer }
/** The intent that pays an invoice. */
const intentOfInvoice: TableKey<{ readonly id: string; readonly intent: string }> = {
  name: 'invoice_payment_intents',
}

/** Reading of intents and charges. */
export function paymentRoutes(): Route[] {
  return [
    ...readRoutes('/v1/payment_intents', 'payment_intent', paymentIntents),
    ...readRoutes('/v1/charges', 'charge', charges),
  ]
}

function readRoutes(url: string, kind: string, key: TableKey<Payment>): Route[] {
  return [
    {
      method: 'GET',
      path: url,
      params: listParams({
        created: range,
        customer: string(),
        ...(kind === 'charge' ? { payment_intent: string() } : {}),
      }),
      run: (call) => list(call, url, kind, key),
    },
    {
      method: 'GET',
      path: `${url}/{id}`,
      params: params(),
      run: ({ realm, ids: { id = '' } }) => {
        const payment = realm.table(key).get(id)
        if (!payment) throw missingResource(kind, id)
        return payment.shown
      },
    },
  ]
}

function list(
  { realm, params: fields }: Call,
  url: string,
  kind: string,
  key: TableKey<Payment>,
): JsonObject {
  const created = createdFilter(fields)
  const customer = text(fields, 'customer')
  const intent = kind === 'charge' ? text(fields, 'payment_intent') : undefined
  return listPage({
    table: realm.table(key),
    params: fields,
    url,
    kind,
    ...(customer ? { group: customer } : {}),
    where: (payment) => created(payment.created) && (!intent || payment.shown['payment_intent'] === intent),
    render: (payment) => payment.shown,
  })
}

/** Tries to pay what an invoice asks for. Gives why it was declined, or null. The caller changes the invoice. */
export function charge(core: Core, origin: Origin, invoice: Invoice, method: PaymentMethod): Decline | null {
  const { realm } = origin
  const decline = realm.table(behaviours).get(method.id)?.charge ?? null
  const known = realm.table(intentOfInvoice).get(invoice.id)
  const intentId = known?.intent ?? core.newId('pi_1', 23)
  const chargeId = core.newId('ch_1', 23)
  const created = core.clock.seconds()
  const base = { created, customer: invoice.customer, invoice: invoice.id }
  const intent = renderIntent(core, { id: intentId, charge: chargeId, created, invoice, method, decline })
  if (!known) {
    realm.table(intentOfInvoice).put({ id: invoice.id, intent: intentId })
    emit(core, origin, 'payment_intent.created', {
      ...intent,
      amount_received: 0,
      last_payment_error: null,
      latest_charge: null,
      status: 'requires_payment_method',
    })
  }
  const made = renderCharge({ id: chargeId, intent: intentId, created, invoice, method, decline })
  realm.table(paymentIntents).put({ id: intentId, ...base, shown: intent })
  realm.table(charges).put({ id: chargeId, ...base, shown: made })
  emit(core, origin, decline ? 'charge.failed' : 'charge.succeeded', made)
  emit(core, origin, decline ? 'payment_intent.payment_failed' : 'payment_intent.succeeded', intent)
  return decline
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
