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
import { noMetadata } from '../../params/metadata.ts'
import { text } from '../../params/read.ts'
import type { Stored, TableKey } from '../../state/table.ts'
import { behaviours, paymentMethods, type PaymentMethod } from '../customer/payment-method-object.ts'
import type { Decline } from '../customer/test-cards.ts'
import type { Invoice } from './invoice-object.ts'

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

type Attempt = {
  readonly id: string
  readonly created: number
  readonly invoice: Invoice
  readonly method: PaymentMethod
  readonly decline: Decline | null
}

function renderIntent(
  core: Core,
  { id, charge: chargeId, created, invoice, method, decline }: Attempt & { readonly charge: string },
): JsonObject {
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: invoice.amount_due,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: decline ? 0 : invoice.amount_due,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_${core.random.token(25)}`,
    confirmation_method: 'automatic',
    created,
    currency: invoice.currency,
    customer: invoice.customer,
    customer_account: null,
    description: invoice.billing_reason === 'manual' ? null : 'Subscription payment',
    excluded_payment_method_types: null,
    last_payment_error: decline && { ...decline, payment_method: method, type: 'card_error' },
    latest_charge: chargeId,
    livemode: invoice.livemode,
    managed_payments: null,
    metadata: noMetadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: decline ? null : method.id,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: [method.type],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: decline ? 'requires_payment_method' : 'succeeded',
    transfer_data: null,
    transfer_group: null,
  }
}

function renderCharge({
  id,
  intent,
  created,
  invoice,
  method,
  decline,
}: Attempt & { readonly intent: string }): JsonObject {
  return {
    id,
    object: 'charge',
    amount: invoice.amount_due,
    amount_captured: decline ? 0 : invoice.amount_due,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: 'SANDBOX',
    captured: decline === null,
    created,
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.billing_reason === 'manual' ? null : 'Subscription payment',
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: invoice.livemode,
    metadata: noMetadata,
    on_behalf_of: null,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: decline ? 'declined_by_network' : 'approved_by_network',
      reason: decline?.decline_code ?? null,
      seller_message: decline
        ? 'The bank did not return any further details with this decline.'
        : 'Payment complete.',
      type: decline ? 'issuer_declined' : 'authorized',
    },
    paid: decline === null,
    payment_intent: intent,
    payment_method: method.id,
    payment_method_details: { type: method.type, [method.type]: method.card ?? {} },
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: decline ? 'failed' : 'succeeded',
    transfer_data: null,
    transfer_group: null,
  }
}
