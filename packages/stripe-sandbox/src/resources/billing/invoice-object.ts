/**
 * Owns the invoice and its lines as objects.
 * Promises: pure; every member that Stripe answers is there; totals are the sum of the lines (no tax is computed).
 */
import type { JsonObject, Metadata } from '../../json.ts'
import { noMetadata } from '../../params/metadata.ts'
import type { TableKey } from '../../state/table.ts'
import type { Customer } from '../customer/customer-object.ts'
import type { Price } from './price-object.ts'

/** One line. */
export type InvoiceLine = {
  readonly id: string
  readonly object: 'line_item'
  readonly amount: number
  readonly currency: string
  readonly description: string | null
  readonly discount_amounts: readonly []
  readonly discountable: boolean
  readonly discounts: readonly []
  readonly invoice: string
  readonly livemode: boolean
  readonly metadata: Metadata
  readonly parent: JsonObject
  readonly period: { readonly end: number; readonly start: number }
  readonly pretax_credit_amounts: readonly []
  readonly pricing: JsonObject | null
  readonly quantity: number
  readonly quantity_decimal: string
  readonly subscription: string | null
  readonly subtotal: number
  readonly taxes: readonly []
}

/** An invoice as it is kept; the API adds `lines`. */
export type Invoice = {
  readonly id: string
  readonly object: 'invoice'
  readonly amount_due: number
  readonly amount_paid: number
  readonly amount_remaining: number
  readonly attempt_count: number
  readonly attempted: boolean
  readonly auto_advance: boolean
  readonly automatically_finalizes_at: number | null
  readonly billing_reason: 'manual' | 'subscription_create' | 'subscription_cycle' | 'upcoming'
  readonly collection_method: 'charge_automatically' | 'send_invoice'
  readonly created: number
  readonly currency: string
  readonly customer: string
  readonly default_payment_method: string | null
  readonly description: string | null
  readonly due_date: number | null
  readonly effective_at: number | null
  readonly ending_balance: number | null
  readonly hosted_invoice_url: string | null
  readonly livemode: boolean
  readonly metadata: Metadata
  readonly next_payment_attempt: number | null
  readonly number: string | null
  readonly parent: JsonObject | null
  readonly period_end: number
  readonly period_start: number
  readonly starting_balance: number
  readonly status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible'
  readonly status_transitions: {
    readonly finalized_at: number | null
    readonly marked_uncollectible_at: number | null
    readonly paid_at: number | null
    readonly voided_at: number | null
  }
  readonly subtotal: number
  readonly test_clock: string | null
  readonly total: number
  readonly [other: string]: JsonObject[string]
}

/** The table of invoices, by customer. */
export const invoices: TableKey<Invoice> = { name: 'invoices', groupOf: ({ customer }) => customer }
/** The table of lines, by invoice. */
export const invoiceLines: TableKey<InvoiceLine> = {
  name: 'invoice_lines',
  groupOf: ({ invoice }) => invoice,
}

/** What an invoice is made from. */
export type InvoiceBirth = Pick<
  Invoice,
  | 'id'
  | 'billing_reason'
  | 'collection_method'
  | 'created'
  | 'currency'
  | 'livemode'
  | 'period_end'
  | 'period_start'
> & {
  readonly account: string
  readonly subscription: string | null
  readonly default_payment_method: string | null
}

/** A draft without lines. */
export function draftInvoice(birth: InvoiceBirth, customer: Customer): Invoice {
  const { account: _account, subscription, ...fields } = birth
  return {
    ...fields,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Lockstep sandbox',
    account_tax_ids: null,
    amount_due: 0,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: 0,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: false,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    custom_fields: customer.invoice_settings.custom_fields,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address,
    customer_email: customer.email,
    customer_name: customer.name,
    customer_phone: customer.phone,
    customer_shipping: customer.shipping,
    customer_tax_exempt: customer.tax_exempt,
    customer_tax_ids: [],
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: customer.invoice_settings.footer,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    metadata: noMetadata,
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent:
      subscription === null
        ? null
        : {
            quote_details: null,
            subscription_details: { metadata: {}, subscription },
            type: 'subscription_details',
          },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: customer.balance,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    subtotal_excluding_tax: 0,
    test_clock: customer.test_clock,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  }
}

/** The invoice with the totals of its lines. */
export function withTotals(invoice: Invoice, lines: readonly InvoiceLine[]): Invoice {
  const total = lines.reduce((sum, { amount }) => sum + amount, 0)
  const due = Math.max(0, total)
  return {
    ...invoice,
    amount_due: due,
    amount_remaining: due,
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
  }
}

/** What a line is made from. */
export type LineBirth = Pick<
  InvoiceLine,
  'id' | 'amount' | 'currency' | 'description' | 'invoice' | 'livemode' | 'metadata' | 'period' | 'quantity'
> & {
  readonly price: Price | null
  readonly source:
    | { readonly kind: 'item'; readonly invoice_item: string }
    | { readonly kind: 'subscription'; readonly subscription: string; readonly subscription_item: string }
}

/** A line. */
export function newLine({ price, source, ...fields }: LineBirth): InvoiceLine {
  return {
    ...fields,
    object: 'line_item',
    discount_amounts: [],
    discountable: true,
    discounts: [],
    parent:
      source.kind === 'item'
        ? {
            invoice_item_details: {
              invoice_item: source.invoice_item,
              proration: false,
              proration_details: { credited_items: null },
              subscription: null,
            },
            subscription_item_details: null,
            type: 'invoice_item_details',
          }
        : {
            invoice_item_details: null,
            subscription_item_details: {
              invoice_item: null,
              proration: false,
              proration_details: { credited_items: null },
              subscription: source.subscription,
              subscription_item: source.subscription_item,
            },
            type: 'subscription_item_details',
          },
    pretax_credit_amounts: [],
    pricing: price && {
      price_details: { price: price.id, product: price.product },
      type: 'price_details',
      unit_amount_decimal: price.unit_amount_decimal,
    },
    quantity_decimal: String(fields.quantity),
    subscription: source.kind === 'subscription' ? source.subscription : null,
    subtotal: fields.amount,
    taxes: [],
  }
}
