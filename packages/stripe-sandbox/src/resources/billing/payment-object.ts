/**
 * Owns payment intents and charges as objects.
 * Promises: pure but for the client secret; every member that Stripe answers is there.
 */
import type { Core } from '../../core.ts'
import type { JsonObject } from '../../json.ts'
import { noMetadata } from '../../params/metadata.ts'
import type { PaymentMethod } from '../customer/payment-method-object.ts'
import type { Decline } from '../customer/test-cards.ts'
import type { Invoice } from './invoice-object.ts'

/** One attempt to pay. */
export type Attempt = {
  readonly id: string
  readonly created: number
  readonly invoice: Invoice
  readonly method: PaymentMethod
  readonly decline: Decline | null
}

/** The payment intent as the API shows it after an attempt. */
export function renderIntent(
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
