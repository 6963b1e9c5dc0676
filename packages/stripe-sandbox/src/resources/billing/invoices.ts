/**
 * Owns the routes of invoices.
 * Promises: only a draft is edited or deleted; a payment that is declined is 402 and yet recorded, as Stripe does it.
 */
import { emit } from '../../events/emit.ts'
import { createdFilter, listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest, missingAtPath } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import {
  bool,
  choice,
  currency,
  int,
  listParams,
  metadata,
  params,
  range,
  string,
  unsimulated,
} from '../../params/declare.ts'
import type { Param } from '../../params/param.ts'
import { flag, text } from '../../params/read.ts'
import { customerParam } from '../customer/find-customer.ts'
import { secondsFor } from './clock/billing-time.ts'
import { collectFinalized, scheduleInvoice } from './collection.ts'
import { narrowedBy } from './find.ts'
import { createInvoice, edited } from './invoice-edit.ts'
import {
  finalize,
  linesOf,
  renderInvoice,
  saveInvoice,
  subscriptionIdOf,
  voidInvoice,
} from './invoice-lifecycle.ts'
import { invoiceLines, invoices, type Invoice } from './invoice-object.ts'
import { payInvoice } from './invoice-pay.ts'
import { subscriptions } from './subscription-object.ts'

const url = '/v1/invoices'

const common: { readonly [name: string]: Param } = {
  account_tax_ids: unsimulated,
  application_fee_amount: unsimulated,
  auto_advance: bool,
  automatic_tax: unsimulated,
  automatically_finalizes_at: unsimulated,
  collection_method: choice('charge_automatically', 'send_invoice'),
  custom_fields: unsimulated,
  days_until_due: int,
  default_payment_method: string(),
  default_source: unsimulated,
  default_tax_rates: unsimulated,
  description: string(1500),
  discounts: unsimulated,
  due_date: int,
  effective_at: unsimulated,
  footer: string(),
  issuer: unsimulated,
  metadata,
  number: unsimulated,
  on_behalf_of: unsimulated,
  payment_settings: unsimulated,
  rendering: unsimulated,
  shipping_cost: unsimulated,
  shipping_details: unsimulated,
  statement_descriptor: string(22),
  transfer_data: unsimulated,
}

/** Create, retrieve, update, delete, list, and the moves. */
export function invoiceRoutes(): Route[] {
  const createParams = params({
    ...common,
    'customer!': string(),
    currency,
    customer_account: unsimulated,
    from_invoice: unsimulated,
    pending_invoice_items_behavior: choice('exclude', 'include'),
    subscription: unsimulated,
  })
  const payParams = params({
    forgive: unsimulated,
    mandate: unsimulated,
    off_session: bool,
    paid_out_of_band: bool,
    payment_method: string(),
    source: unsimulated,
  })
  const move = (
    name: string,
    fields: { readonly [name: string]: Param },
    run: (call: Call) => Invoice,
  ): Route => ({
    method: 'POST',
    path: `${url}/{id}/${name}`,
    params: params(fields),
    run: (call) => renderInvoice(call.realm, run(call)),
  })
  return [
    { method: 'POST', path: url, params: createParams, run: createInvoice },
    {
      method: 'GET',
      path: url,
      params: listParams({
        collection_method: choice('charge_automatically', 'send_invoice'),
        created: range,
        customer: string(),
        customer_account: unsimulated,
        due_date: range,
        status: choice('draft', 'open', 'void', 'paid', 'uncollectible'),
        subscription: string(),
      }),
      run: list,
    },
    {
      method: 'GET',
      path: `${url}/{id}`,
      params: params(),
      run: (call) => renderInvoice(call.realm, find(call, 'invoice')),
    },
    { method: 'POST', path: `${url}/{id}`, params: params(common), run: update },
    { method: 'DELETE', path: `${url}/{id}`, params: params(), run: remove },
    { method: 'GET', path: `${url}/{id}/lines`, params: listParams(), run: listLines },
    move('finalize', { auto_advance: bool }, finalizeByHand),
    {
      method: 'POST',
      path: `${url}/{id}/pay`,
      params: payParams,
      keepsErrors: true,
      run: (call) => payInvoice(call, find(call)),
    },
    move('void', {}, (call) => voidInvoice(call.core, call.origin, find(call))),
    move('mark_uncollectible', {}, markUncollectible),
    move('send', {}, send),
  ]
}

function update(call: Call): JsonObject {
  const { core, realm, origin, params: fields } = call
  const before = find(call)
  const others = Object.keys(fields).filter((name) => name !== 'metadata' && name !== 'expand')
  if (before.status !== 'draft' && others.length > 0) {
    throw badRequest("Finalized invoices can't be updated in this way", { code: 'invoice_not_editable' })
  }
  const after = saveInvoice(core, origin, before, edited(core, before, call))
  core.store.afterwards(() => scheduleInvoice(core, realm, after.id))
  return renderInvoice(realm, after)
}

function remove(call: Call): JsonObject {
  const { core, realm, origin } = call
  const invoice = find(call, 'invoice')
  if (invoice.status !== 'draft')
    throw badRequest('You can only delete draft invoices. To cancel a finalized invoice, void it.')
  const stub = { id: invoice.id, object: 'invoice', deleted: true }
  const shown = renderInvoice(realm, invoice)
  realm.table(invoices).remove(invoice.id)
  emit(core, origin, 'invoice.deleted', shown)
  return stub
}

function finalizeByHand(call: Call): Invoice {
  const { core, origin, params: fields } = call
  const found = find(call)
  const advances = flag(fields, 'auto_advance') ?? found.auto_advance
  return collectFinalized(core, origin, finalize(core, origin, { ...found, auto_advance: advances }))
}

function markUncollectible(call: Call): Invoice {
  const { core, realm, origin } = call
  const invoice = find(call)
  if (invoice.status !== 'open') throw badRequest('You can only mark open invoices as uncollectible.')
  const marked: Invoice = {
    ...invoice,
    next_payment_attempt: null,
    status: 'uncollectible',
    status_transitions: {
      ...invoice.status_transitions,
      marked_uncollectible_at: secondsFor(core, realm, invoice),
    },
  }
  realm.table(invoices).put(marked)
  emit(core, origin, 'invoice.marked_uncollectible', renderInvoice(realm, marked))
  return marked
}

function send(call: Call): Invoice {
  const { core, realm, origin } = call
  const found = find(call, 'invoice')
  const invoice = found.status === 'draft' ? finalize(core, origin, found) : found
  emit(core, origin, 'invoice.sent', renderInvoice(realm, invoice))
  return invoice
}

function list({ realm, params: fields }: Call): JsonObject {
  const created = createdFilter(fields)
  const due = createdFilter(fields, 'due_date')
  const customer = text(fields, 'customer')
  const status = text(fields, 'status')
  const method = text(fields, 'collection_method')
  const named = text(fields, 'subscription')
  const subscription = narrowedBy(realm, subscriptions, 'subscription', named, 'subscription')
  return listPage({
    table: realm.table(invoices),
    params: fields,
    url,
    kind: 'invoice',
    ...(customer ? { group: customerParam(realm, customer).id } : {}),
    where: (invoice) =>
      created(invoice.created) &&
      (fields['due_date'] === undefined || (invoice.due_date !== null && due(invoice.due_date))) &&
      (!status || invoice.status === status) &&
      (!method || invoice.collection_method === method) &&
      (!subscription || subscriptionIdOf(invoice) === subscription),
    render: (invoice) => renderInvoice(realm, invoice),
  })
}

function listLines(call: Call): JsonObject {
  const { id } = find(call)
  if (linesOf(call.realm, id).length === 0)
    return { object: 'list', data: [], has_more: false, url: `${url}/${id}/lines` }
  return listPage({
    table: call.realm.table(invoiceLines),
    params: call.params,
    url: `${url}/${id}/lines`,
    kind: 'line item',
    group: id,
    oldestFirst: true,
  })
}

/** The invoice that the path names. What its 404 calls the id, differs from route to route, as recorded. */
function find({ realm, ids: { id = '' } }: Call, param: 'id' | 'invoice' = 'id'): Invoice {
  const invoice = realm.table(invoices).get(id)
  if (!invoice) throw missingAtPath('invoice', id, param)
  return invoice
}
