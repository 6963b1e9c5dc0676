/**
 * Owns the invoice item as an object, and what waits for a customer's next invoice.
 * Promises: an item waits until an invoice of its currency takes it along, and is taken once.
 */
import type { Call } from '../../http/router.ts'
import type { JsonObject, Metadata } from '../../json.ts'
import type { Realm } from '../../state/store.ts'
import type { TableKey } from '../../state/table.ts'
import { newLine, type Invoice, type InvoiceLine } from './invoice-object.ts'
import type { Price } from './price-object.ts'

/** An invoice item as it is kept; the API shows it with `pricing`. */
export type InvoiceItem = {
  readonly id: string
  readonly object: 'invoiceitem'
  readonly amount: number
  readonly currency: string
  readonly customer: string
  readonly date: number
  readonly description: string | null
  readonly invoice: string | null
  readonly metadata: Metadata
  readonly period: { readonly end: number; readonly start: number }
  readonly pricing: JsonObject | null
  readonly quantity: number
  readonly [other: string]: JsonObject[string]
}

/** The table of items, by customer. */
export const invoiceItems: TableKey<InvoiceItem> = {
  name: 'invoice_items',
  groupOf: ({ customer }) => customer,
}
/** Turns what waits for a customer's next invoice into its lines. */
export function takePendingItems(
  { core, realm }: Pick<Call, 'core' | 'realm'>,
  invoice: Invoice,
): InvoiceLine[] {
  const lines = pendingLines({ core, realm }, invoice)
  for (const item of pendingItems(realm, invoice))
    realm.table(invoiceItems).put({ ...item, invoice: invoice.id })
  return lines
}

/** The lines that what waits for a customer's next invoice would be, the newest first as with Stripe. */
export function pendingLines({ core, realm }: Pick<Call, 'core' | 'realm'>, invoice: Invoice): InvoiceLine[] {
  const newestFirst = pendingItems(realm, invoice).toReversed()
  return newestFirst.map((item) => lineOf(core.newId('il_1', 23), item, invoice, null))
}

function pendingItems(realm: Realm, { customer, currency }: Invoice): InvoiceItem[] {
  return Array.from(realm.table(invoiceItems).oldestFirst(undefined, customer)).filter(
    (item) => item.invoice === null && item.currency === currency,
  )
}

/** The currency of what waits for a customer's next invoice; undefined if nothing does. */
export function pendingCurrency(realm: Realm, customer: string): string | undefined {
  for (const item of realm.table(invoiceItems).oldestFirst(undefined, customer))
    if (item.invoice === null) return item.currency
  return undefined
}

/** The line that an item is on an invoice. */
export function lineOf(id: string, item: InvoiceItem, invoice: Invoice, price: Price | null): InvoiceLine {
  const line = newLine({
    id,
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    invoice: invoice.id,
    livemode: invoice.livemode,
    metadata: item.metadata,
    period: item.period,
    price,
    quantity: item.quantity,
    source: { kind: 'item', invoice_item: item.id },
  })
  return { ...line, pricing: item.pricing }
}
