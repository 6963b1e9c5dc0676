/**
 * Owns the customer as an object: its exact members at 2026-10-28.endive, a fresh one, and what a request changes.
 * Promises: pure; every member that Stripe answers is there, null where Stripe says null; `business_name` and `individual_name` are absent
 * while unset; nested objects merge leaf by leaf and have every member.
 */
import { missingParameter } from '../../http/stripe-error.ts'
import type { JsonObject, Metadata } from '../../json.ts'
import { mergeMetadata, noMetadata } from '../../params/metadata.ts'
import type { Params } from '../../params/param.ts'
import { hash, hashes, integer, text, texts } from '../../params/read.ts'
import type { TableKey } from '../../state/table.ts'

/** An address with every member. */
export type Address = {
  readonly city: string | null
  readonly country: string | null
  readonly line1: string | null
  readonly line2: string | null
  readonly postal_code: string | null
  readonly state: string | null
}

/** Where goods go. */
export type Shipping = {
  readonly address: Address
  readonly name: string | null
  readonly phone: string | null
}

/** Defaults for invoices. */
export type InvoiceSettings = {
  readonly custom_fields: readonly { readonly name: string; readonly value: string }[] | null
  readonly default_payment_method: string | null
  readonly footer: string | null
  readonly rendering_options: {
    readonly amount_tax_display: string | null
    readonly template: null
  } | null
}

/** A customer as the API shows it. */
export type Customer = {
  readonly id: string
  readonly object: 'customer'
  readonly address: Address | null
  readonly balance: number
  readonly business_name?: string | undefined
  readonly created: number
  readonly currency: string | null
  readonly customer_account: null
  readonly default_source: string | null
  readonly delinquent: boolean
  readonly description: string | null
  readonly discount: JsonObject | null
  readonly email: string | null
  readonly individual_name?: string | undefined
  readonly invoice_prefix: string
  readonly invoice_settings: InvoiceSettings
  readonly livemode: boolean
  readonly metadata: Metadata
  readonly name: string | null
  readonly next_invoice_sequence: number
  readonly phone: string | null
  readonly preferred_locales: readonly string[]
  readonly shipping: Shipping | null
  readonly tax_exempt: string
  readonly test_clock: string | null
}

/** The table of customers. */
export const customers: TableKey<Customer> = {
  name: 'customers',
  nameOf: ({ invoice_prefix }) => invoice_prefix,
}

/** What a fresh customer is made from. */
export type Birth = {
  readonly id: string
  readonly created: number
  readonly livemode: boolean
  readonly invoice_prefix: string
  readonly test_clock?: string | null
}

/** Shared by all customers that have none: what is stored is never changed, and 100,000 copies would be. */
const noLocales: readonly string[] = []
const noInvoiceSettings: InvoiceSettings = {
  custom_fields: null,
  default_payment_method: null,
  footer: null,
  rendering_options: null,
}

/** A customer without anything set. */
export function blankCustomer({ id, created, livemode, invoice_prefix, test_clock }: Birth): Customer {
  return {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    business_name: undefined,
    created,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    individual_name: undefined,
    invoice_prefix,
    invoice_settings: noInvoiceSettings,
    livemode,
    metadata: noMetadata,
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: noLocales,
    shipping: null,
    tax_exempt: 'none',
    test_clock: test_clock ?? null,
  }
}

/** The customer after a request. Parameters that concern other objects (balance, payment methods) are not looked at here. */
export function changedCustomer(before: Customer, params: Params): Customer {
  // Written out member by member, so that all customers have one shape in memory.
  return {
    id: before.id,
    object: 'customer',
    address: changedAddress(before.address, hash(params, 'address')),
    balance: before.balance,
    business_name: kept(before.business_name ?? null, text(params, 'business_name')) ?? undefined,
    created: before.created,
    currency: before.currency,
    customer_account: null,
    default_source: before.default_source,
    delinquent: before.delinquent,
    description: kept(before.description, text(params, 'description')),
    discount: before.discount,
    email: kept(before.email, text(params, 'email')),
    individual_name: kept(before.individual_name ?? null, text(params, 'individual_name')) ?? undefined,
    invoice_prefix: text(params, 'invoice_prefix') ?? before.invoice_prefix,
    invoice_settings: changedInvoiceSettings(before.invoice_settings, hash(params, 'invoice_settings')),
    livemode: before.livemode,
    metadata: mergeMetadata(before.metadata, params['metadata']),
    name: kept(before.name, text(params, 'name')),
    next_invoice_sequence: integer(params, 'next_invoice_sequence') ?? before.next_invoice_sequence,
    phone: kept(before.phone, text(params, 'phone')),
    preferred_locales: texts(params, 'preferred_locales') ?? before.preferred_locales,
    shipping: changedShipping(before.shipping, hash(params, 'shipping')),
    tax_exempt: taxExempt(before.tax_exempt, text(params, 'tax_exempt')),
    test_clock: before.test_clock,
  }
}

function kept(before: string | null, update: string | null | undefined): string | null {
  return update === undefined ? before : update
}

/** '' resets to the default. */
function taxExempt(before: string, update: string | null | undefined): string {
  return update === undefined ? before : (update ?? 'none')
}

/** An address after an update: absent leaves it, null clears it, an object changes the leaves it names. */
export function changedAddress(before: Address | null, update: Params | null | undefined): Address | null {
  if (update === undefined) return before
  if (update === null) return null
  return {
    city: kept(before?.city ?? null, text(update, 'city')),
    country: kept(before?.country ?? null, text(update, 'country')),
    line1: kept(before?.line1 ?? null, text(update, 'line1')),
    line2: kept(before?.line2 ?? null, text(update, 'line2')),
    postal_code: kept(before?.postal_code ?? null, text(update, 'postal_code')),
    state: kept(before?.state ?? null, text(update, 'state')),
  }
}

function changedShipping(before: Shipping | null, update: Params | null | undefined): Shipping | null {
  if (update === undefined) return before
  if (update === null) return null
  for (const name of before ? [] : ['address', 'name'])
    if (update[name] === undefined) throw missingParameter(`shipping[${name}]`)
  return {
    address: changedAddress(before?.address ?? null, hash(update, 'address') ?? {}) ?? emptyAddress,
    name: kept(before?.name ?? null, text(update, 'name')),
    phone: kept(before?.phone ?? null, text(update, 'phone')),
  }
}

const emptyAddress: Address = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
}

function changedInvoiceSettings(before: InvoiceSettings, update: Params | null | undefined): InvoiceSettings {
  if (!update) return before
  const options = hash(update, 'rendering_options')
  const fields = hashes(update, 'custom_fields')
  return {
    custom_fields: fields === undefined ? before.custom_fields : customFields(fields),
    default_payment_method: kept(before.default_payment_method, text(update, 'default_payment_method')),
    footer: kept(before.footer, text(update, 'footer')),
    rendering_options:
      options === undefined
        ? before.rendering_options
        : options && {
            amount_tax_display: kept(
              before.rendering_options?.amount_tax_display ?? null,
              text(options, 'amount_tax_display'),
            ),
            template: null,
          },
  }
}

function customFields(fields: readonly Params[]): InvoiceSettings['custom_fields'] {
  if (fields.length === 0) return null
  return fields.map((field) => ({ name: text(field, 'name') ?? '', value: text(field, 'value') ?? '' }))
}
