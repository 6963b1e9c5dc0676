/**
 * Owns invoice items: what waits for, or was put on, an invoice.
 * Promises: an item without an invoice waits for the customer's next one; on a draft it becomes a line at once.
 */
import { emit } from '../../events/emit.ts'
import { createdFilter, listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest, missingParameter, missingResource, StripeError } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import {
  bool,
  currency,
  int,
  listParams,
  metadata,
  object,
  params,
  range,
  string,
  unsimulated,
} from '../../params/declare.ts'
import { mergeMetadata, noMetadata } from '../../params/metadata.ts'
import { flag, hash, integer, text } from '../../params/read.ts'
import type { Realm } from '../../state/store.ts'
import { bindCurrency } from '../customer/customer-currency.ts'
import { customerParam } from '../customer/find-customer.ts'
import { secondsFor } from './clock/billing-time.ts'
import { narrowedBy } from './find.ts'
import { linesOf, renderInvoice, saveInvoice } from './invoice-lifecycle.ts'
import { invoiceItems, lineOf, type InvoiceItem } from './invoice-item-object.ts'
import { invoiceLines, invoices, withTotals, type Invoice, type InvoiceLine } from './invoice-object.ts'
import { checkAmount } from './money.ts'
import { costOf } from './price-object.ts'
import { priceOf } from './prices.ts'

const url = '/v1/invoiceitems'

const createParams = params({
  'customer!': string(),
  amount: int,
  currency,
  customer_account: unsimulated,
  description: string(),
  discountable: bool,
  discounts: unsimulated,
  invoice: string(),
  metadata,
  period: object({ 'end!': int, 'start!': int }),
  price_data: unsimulated,
  pricing: object({ price: string() }),
  quantity: int,
  quantity_decimal: unsimulated,
  subscription: unsimulated,
  tax_behavior: unsimulated,
  tax_code: unsimulated,
  tax_rates: unsimulated,
  unit_amount_decimal: unsimulated,
})

/** Create, retrieve, delete, list. */
export function invoiceItemRoutes(): Route[] {
  return [
    { method: 'POST', path: url, params: createParams, run: create },
    {
      method: 'GET',
      path: url,
      params: listParams({
        created: range,
        customer: string(),
        customer_account: unsimulated,
        invoice: string(),
        pending: bool,
      }),
      run: list,
    },
    { method: 'GET', path: `${url}/{id}`, params: params(), run: find },
    { method: 'DELETE', path: `${url}/{id}`, params: params(), run: remove },
  ]
}

function create({ core, realm, params: fields, origin }: Call): JsonObject {
  const customer = customerParam(realm, text(fields, 'customer') ?? '')
  const priceId = text(hash(fields, 'pricing') ?? {}, 'price')
  const price = priceId ? priceOf(realm, priceId, 'pricing[price]') : null
  const quantity = integer(fields, 'quantity') ?? 1
  const amount = price ? costOf(price, quantity) : integer(fields, 'amount')
  if (amount === undefined) throw missingParameter('amount')
  checkAmount(amount, price ? 'quantity' : 'amount')
  const invoice = text(fields, 'invoice')
    ? draftOf(realm, text(fields, 'invoice') ?? '', customer.id)
    : undefined
  const currency =
    text(fields, 'currency') ?? price?.currency ?? customer.currency ?? core.settings.default_currency
  bindCurrency(core, origin, customer, currency)
  const now = secondsFor(core, realm, customer)
  const period = hash(fields, 'period')
  const item: InvoiceItem = {
    id: core.newId('ii_1', 23),
    object: 'invoiceitem',
    amount,
    currency,
    customer: customer.id,
    customer_account: null,
    date: now,
    description: text(fields, 'description') ?? null,
    discountable: flag(fields, 'discountable') ?? true,
    discounts: [],
    invoice: invoice?.id ?? null,
    livemode: realm.livemode,
    metadata: mergeMetadata(noMetadata, fields['metadata']),
    parent: null,
    period: {
      end: (period && integer(period, 'end')) ?? now,
      start: (period && integer(period, 'start')) ?? now,
    },
    pricing: price && {
      price_details: { price: price.id, product: price.product },
      type: 'price_details',
      unit_amount_decimal: price.unit_amount_decimal,
    },
    proration: false,
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [],
    test_clock: customer.test_clock,
  }
  realm.table(invoiceItems).put(item)
  emit(core, origin, 'invoiceitem.created', item)
  if (invoice) {
    const shownBefore = renderInvoice(realm, invoice)
    realm.table(invoiceLines).put(lineOf(core.newId('il_1', 23), item, invoice, price))
    saveInvoice(core, origin, invoice, withTotals(invoice, linesOf(realm, invoice.id)), shownBefore)
  }
  return item
}

function draftOf(realm: Realm, id: string, customer: string): Invoice {
  const invoice = realm.table(invoices).get(id)
  if (!invoice) throw missingResource('invoice', id, 'invoice')
  if (invoice.customer !== customer)
    throw badRequest(`The invoice ${id} does not belong to customer ${customer}.`, { param: 'invoice' })
  if (invoice.status !== 'draft')
    throw badRequest('This invoice is no longer editable', { code: 'invoice_not_editable' })
  return invoice
}

function find({ realm, ids: { id = '' } }: Call): InvoiceItem {
  const item = realm.table(invoiceItems).get(id)
  if (!item) throw missingInvoiceItem(realm, id)
  return item
}

/** Recorded: the only kind whose error says the mode. */
function missingInvoiceItem({ livemode }: Realm, id: string) {
  return new StripeError(404, {
    code: 'resource_missing',
    message: `No such Invoice Item: '${id}'(livemode=${livemode})`,
    param: 'id',
  })
}

function remove(call: Call): JsonObject {
  const { core, realm, origin } = call
  const item = find(call)
  const invoice = item.invoice === null ? undefined : draftOf(realm, item.invoice, item.customer)
  const stub = { id: item.id, object: 'invoiceitem', deleted: true }
  realm.table(invoiceItems).remove(item.id, stub)
  emit(core, origin, 'invoiceitem.deleted', item)
  if (invoice) {
    const shownBefore = renderInvoice(realm, invoice)
    for (const line of linesOf(realm, invoice.id))
      if (isLineOf(line, item.id)) realm.table(invoiceLines).remove(line.id)
    saveInvoice(core, origin, invoice, withTotals(invoice, linesOf(realm, invoice.id)), shownBefore)
  }
  return stub
}

function isLineOf(line: InvoiceLine, item: string): boolean {
  const details = line.parent['invoice_item_details']
  return (
    typeof details === 'object' &&
    details !== null &&
    'invoice_item' in details &&
    details.invoice_item === item
  )
}

function list({ realm, params: fields }: Call): JsonObject {
  const created = createdFilter(fields)
  const customer = text(fields, 'customer')
  const invoice = narrowedBy(realm, invoices, 'invoice', text(fields, 'invoice'), 'invoice')
  const pending = flag(fields, 'pending')
  return listPage({
    table: realm.table(invoiceItems),
    params: fields,
    url,
    kind: 'invoiceitem',
    ...(customer ? { group: customerParam(realm, customer).id } : {}),
    where: (item) =>
      created(item.date) &&
      (!invoice || item.invoice === invoice) &&
      (pending === undefined || pending === (item.invoice === null)),
  })
}
