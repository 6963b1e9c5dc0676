/**
 * Owns payment intents, charges and what links them to invoices, as objects.
 * Promises: pure; every member that Stripe answers is there.
 */
import type { JsonObject } from '../../json.ts'
import { noMetadata } from '../../params/metadata.ts'
import type { Stored, TableKey } from '../../state/table.ts'
import type { PaymentMethod } from '../customer/payment-method-object.ts'
import type { Decline } from '../customer/test-cards.ts'
import type { Invoice } from './invoice-object.ts'

/** A payment intent or a charge with what it belongs to; `shown` is what the API shows. */
export type Payment = Stored & {
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

/** What links an invoice to the intent that pays it, as the API shows it. */
export type InvoicePayment = {
  readonly id: string
  readonly object: 'invoice_payment'
  readonly amount_paid: number | null
  readonly amount_requested: number
  readonly created: number
  readonly currency: string
  readonly invoice: string
  readonly is_default: boolean
  readonly livemode: boolean
  readonly payment: { readonly payment_intent: string; readonly type: 'payment_intent' }
  readonly status: 'open' | 'paid' | 'canceled'
  readonly status_transitions: { readonly canceled_at: number | null; readonly paid_at: number | null }
}

/** The links, by invoice. */
export const invoicePayments: TableKey<InvoicePayment> = {
  name: 'invoice_payments',
  groupOf: ({ invoice }) => invoice,
}

/** One attempt to pay. */
export type Attempt = {
  readonly id: string
  readonly created: number
  readonly invoice: Invoice
  readonly method: PaymentMethod
  readonly decline: Decline | null
}

/** The payment intent of an invoice that was just finalised. */
export function newIntent(about: {
  readonly id: string
  readonly secret: string
  readonly created: number
  readonly invoice: Invoice
}): JsonObject {
  const { id, secret, created, invoice } = about
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: invoice.amount_due,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: secret,
    confirmation_method: 'automatic',
    created,
    currency: invoice.currency,
    customer: invoice.customer,
    customer_account: null,
    description: invoice.billing_reason === 'manual' ? null : 'Subscription payment',
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: invoice.livemode,
    managed_payments: null,
    metadata: noMetadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  }
}

/** The payment intent after an attempt. */
export function triedIntent(
  before: JsonObject,
  { id: charge, invoice, method, decline }: Attempt,
): JsonObject {
  return {
    ...before,
    amount_received: decline ? 0 : invoice.amount_due,
    last_payment_error: decline && { ...decline, charge, payment_method: method, type: 'card_error' },
    latest_charge: charge,
    payment_method: decline ? null : method.id,
    status: decline ? 'requires_payment_method' : 'succeeded',
  }
}

/** The charge of an attempt as the API shows it. */
export function renderCharge({
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
      network_decline_code: decline?.network_decline_code ?? null,
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
    payment_method_details: { card: chargedCard(method, invoice.amount_due), type: 'card' },
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

/** The card as a charge shows it: less than the payment method tells of it, and more of what the network said. */
function chargedCard({ card = {} }: PaymentMethod, amount: number): JsonObject {
  return {
    amount_authorized: amount,
    authorization_code: null,
    brand: card['brand'] ?? null,
    checks: card['checks'] ?? null,
    country: card['country'] ?? null,
    electronic_commerce_indicator: null,
    exp_month: card['exp_month'] ?? null,
    exp_year: card['exp_year'] ?? null,
    fingerprint: card['fingerprint'] ?? null,
    funding: card['funding'] ?? null,
    installments: null,
    last4: card['last4'] ?? null,
    mandate: null,
    network: card['brand'] ?? null,
    network_transaction_id: null,
    regulated_status: card['regulated_status'] ?? null,
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  }
}
