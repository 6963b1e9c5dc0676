/**
 * Owns the routes of payments: intents, charges, and what links them to invoices.
 * Promises: they are only read; invoices make them.
 */
import { createdFilter, listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { missingResource } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import { choice, listParams, object, params, range, string, unsimulated } from '../../params/declare.ts'
import type { Params } from '../../params/param.ts'
import { hash, text } from '../../params/read.ts'
import type { Realm } from '../../state/store.ts'
import type { TableKey } from '../../state/table.ts'
import { customerParam } from '../customer/find-customer.ts'
import { found, narrowedBy } from './find.ts'
import { invoices } from './invoice-object.ts'
import { charges, invoicePayments, paymentIntents, type Payment } from './payment-object.ts'

const linksUrl = '/v1/invoice_payments'

/** Reading of intents and charges. */
export function paymentRoutes(): Route[] {
  return [
    ...readRoutes('/v1/payment_intents', 'payment_intent', paymentIntents),
    ...readRoutes('/v1/charges', 'charge', charges),
    {
      method: 'GET',
      path: linksUrl,
      params: listParams({
        created: range,
        invoice: string(),
        payment: object({ payment_intent: string(), payment_record: unsimulated, 'type!': string() }),
        status: choice('canceled', 'open', 'paid'),
      }),
      run: listLinks,
    },
    {
      method: 'GET',
      path: `${linksUrl}/{id}`,
      params: params(),
      run: ({ realm, ids }) => found(realm, invoicePayments, 'invoice_payment', ids['id'] ?? ''),
    },
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
        ...(kind === 'charge'
          ? { payment_intent: string(), transfer_group: unsimulated }
          : { customer_account: unsimulated }),
      }),
      run: (call) => list(call, url, kind, key),
    },
    {
      method: 'GET',
      path: `${url}/{id}`,
      params: params(kind === 'charge' ? {} : { client_secret: unsimulated }),
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
  const intent = kind === 'charge' ? intentOf(realm, fields, 'payment_intent') : undefined
  return listPage({
    table: realm.table(key),
    params: fields,
    url,
    kind,
    ...(customer ? { group: customerParam(realm, customer).id } : {}),
    where: (payment) => created(payment.created) && (!intent || payment.shown['payment_intent'] === intent),
    render: (payment) => payment.shown,
  })
}

/** The intent that a list is narrowed by. */
function intentOf(realm: Realm, fields: Params, param: string): string | undefined {
  return narrowedBy(realm, paymentIntents, 'payment_intent', text(fields, 'payment_intent'), param)
}

function listLinks({ realm, params: fields }: Call): JsonObject {
  const created = createdFilter(fields)
  const invoice = narrowedBy(realm, invoices, 'invoice', text(fields, 'invoice'), 'invoice')
  const status = text(fields, 'status')
  const payment = hash(fields, 'payment')
  const intent = payment && intentOf(realm, payment, 'payment[payment_intent]')
  return listPage({
    table: realm.table(invoicePayments),
    params: fields,
    url: linksUrl,
    kind: 'invoice_payment',
    ...(invoice ? { group: invoice } : {}),
    where: (link) =>
      created(link.created) &&
      (!status || link.status === status) &&
      (!intent || link.payment.payment_intent === intent),
  })
}
