/**
 * Owns customers: create, retrieve, update, delete, list.
 * Promises: as FACTS of Stripe's recorded answers: cleared fields are null, a deleted customer answers as a stub for ever, is gone from
 * lists and cannot be changed; one event for each change.
 */
import type { Core } from '../core.ts'
import { emit, emitUpdate } from '../events/emit.ts'
import type { Expander } from '../http/expand.ts'
import { createdFilter, listPage, wholeList } from '../http/list-page.ts'
import type { Call, Route } from '../http/router.ts'
import { badRequest, missingResource } from '../http/stripe-error.ts'
import { idOf, type JsonObject } from '../json.ts'
import { unsimulated } from '../params/declare.ts'
import type { SpecParams } from '../params/from-spec.ts'
import type { ObjectParam, Params } from '../params/param.ts'
import { integer, text } from '../params/read.ts'
import type { Realm } from '../state/store.ts'
import type { TableKey } from '../state/table.ts'
import { blankCustomer, changedCustomer, customers, type Customer } from './customer-object.ts'

const url = '/v1/customers'

/** Who holds an invoice prefix; prefixes are unique in an account. */
const prefixes: TableKey<{ readonly id: string; readonly customer: string }> = { name: 'invoice_prefixes' }

/** The routes of customers themselves. */
export function customerRoutes(spec: SpecParams): Route[] {
  return [
    { method: 'POST', path: url, params: simulated(spec('PostCustomers')), check, run: create },
    { method: 'GET', path: url, params: spec('GetCustomers'), run: list },
    { method: 'GET', path: `${url}/{id}`, params: spec('GetCustomersCustomer'), run: retrieve },
    {
      method: 'POST',
      path: `${url}/{id}`,
      params: simulated(spec('PostCustomersCustomer')),
      check,
      run: update,
    },
    { method: 'DELETE', path: `${url}/{id}`, params: spec('DeleteCustomersCustomer'), run: remove },
  ]
}

/** Parameters that Stripe takes and the sandbox refuses, saying so. */
function simulated(params: ObjectParam): ObjectParam {
  const fields = new Map(params.fields)
  for (const name of [
    'source',
    'default_source',
    'payment_method',
    'tax_id_data',
    'cash_balance',
    'tax',
    'test_clock',
    'validate',
  ]) {
    if (fields.has(name)) fields.set(name, unsimulated)
  }
  return { ...params, fields }
}

/** A customer that a parameter names. Throws 400 if there is none, as for a deleted one. */
export function customerParam(realm: Realm, id: string, param = 'customer'): Customer {
  const customer = realm.table(customers).get(id)
  if (!customer) throw missingResource('customer', id, param)
  return customer
}

/** A customer that the path names. Throws 404 if there is none or it was deleted. */
export function customerOf({ core, realm, ids: { id = '' } }: Call): Customer {
  const customer = realm.table(customers).get(id)
  if (!customer) throw absent(core, realm, id)
  return customer
}

function absent(core: Core, realm: Realm, id: string) {
  const row = realm.table(customers).row(id)
  if (row?.deleted && core.settings.deleted_customer_update === 'refused') {
    return badRequest(`No such customer: '${id}'; it was deleted.`, { code: 'resource_missing', param: 'id' })
  }
  const otherMode = core.store
    .realms()
    .find((one) => one.account === realm.account && one.livemode !== realm.livemode)
  if (!row && otherMode?.table(customers).get(id)) {
    const [there, here] = realm.livemode ? ['test', 'live'] : ['live', 'test']
    return missingResource(
      'customer',
      id,
      undefined,
      `; a similar object exists in ${there} mode, but a ${here} mode key was used to make this request.`,
    )
  }
  return missingResource('customer', id)
}

/** Deliberately loose: one @ between non-empty parts without blanks. Stripe's own rule is not published. */
const emailForm = /^[^\s@]+@[^\s@]+$/
const prefixForm = /^[A-Z0-9]{1,12}$/

function check(params: Params, core: Core): void {
  const email = text(params, 'email')
  if (email && !emailForm.test(email)) {
    throw badRequest(
      core.settings.email_invalid_message.replace('{value}', () => email.slice(0, 100)),
      {
        code: 'email_invalid',
        param: 'email',
      },
    )
  }
  const prefix = text(params, 'invoice_prefix')
  if (prefix && !prefixForm.test(prefix))
    throw badRequest('Invoice prefix must be 1–12 uppercase letters or numbers.')
}

function create({ core, realm, params, origin }: Call): Customer {
  const blank = blankCustomer({
    id: core.newId('cus_', 14),
    created: core.clock.seconds(),
    livemode: realm.livemode,
    invoice_prefix: text(params, 'invoice_prefix') ? '' : freePrefix(core, realm),
  })
  const customer = withBalance(core, changedCustomer(blank, params), params)
  takePrefix(realm, blank, customer)
  realm.table(customers).put(customer)
  emit(core, origin, 'customer.created', customer)
  return customer
}

function update(call: Call): Customer {
  const { core, realm, params, origin } = call
  const before = customerOf(call)
  const customer = withBalance(core, changedCustomer(before, params), params)
  takePrefix(realm, before, customer)
  realm.table(customers).put(customer)
  emitUpdate(core, origin, 'customer.updated', before, customer)
  return customer
}

/** A nonzero balance stamps the account's currency on a customer that has none. */
function withBalance(core: Core, customer: Customer, params: Params): Customer {
  const balance = integer(params, 'balance')
  if (balance === undefined) return customer
  return {
    ...customer,
    balance,
    currency: customer.currency ?? (balance === 0 ? null : core.settings.default_currency),
  }
}

function freePrefix(core: Core, realm: Realm): string {
  for (;;) {
    const prefix = core.random.token(8).toUpperCase()
    if (!realm.table(prefixes).get(prefix)) return prefix
  }
}

function takePrefix(realm: Realm, before: Customer, after: Customer): void {
  if (before.invoice_prefix === after.invoice_prefix && realm.table(customers).row(after.id)) return
  const table = realm.table(prefixes)
  const holder = table.get(after.invoice_prefix)
  if (holder && holder.customer !== after.id) {
    throw badRequest(
      `The invoice prefix ${after.invoice_prefix} is already used by customer ${holder.customer}. Please choose another one.`,
      { param: 'invoice_prefix' },
    )
  }
  if (before.invoice_prefix) table.forget(before.invoice_prefix)
  table.put({ id: after.invoice_prefix, customer: after.id })
}

function retrieve({ core, realm, ids: { id = '' } }: Call): JsonObject {
  const row = realm.table(customers).row(id)
  if (!row) throw absent(core, realm, id)
  return row.value
}

function remove(call: Call): JsonObject {
  const { core, realm, origin, ids } = call
  const row = realm.table(customers).row(ids['id'] ?? '')
  if (row?.deleted && core.settings.deleted_customer_delete === 'again') return row.value
  const customer = customerOf(call)
  const stub = { id: customer.id, object: 'customer', deleted: true }
  realm.table(customers).remove(customer.id, stub)
  realm.table(prefixes).forget(customer.invoice_prefix)
  emit(core, origin, 'customer.deleted', customer)
  return stub
}

function list({ realm, params }: Call): JsonObject {
  const created = createdFilter(params)
  const email = text(params, 'email')
  const clock = text(params, 'test_clock') ?? null
  return listPage({
    table: realm.table(customers),
    params,
    url,
    kind: 'customer',
    where: (customer) =>
      customer.test_clock === clock && created(customer.created) && (!email || customer.email === email),
  })
}

const emptyList =
  (name: string): Expander =>
  ({ object }) =>
    wholeList([], `${url}/${idOf(object)}/${name}`)

/** What can be expanded on a customer. */
export const customerExpanders: { readonly [path: string]: Expander } = {
  cash_balance: () => null,
  default_source: () => null,
  'invoice_settings.default_payment_method': () => null,
  sources: emptyList('sources'),
  subscriptions: emptyList('subscriptions'),
  tax: () => ({
    automatic_tax: 'unrecognized_location',
    ip_address: null,
    location: null,
    provider: 'stripe',
  }),
  tax_ids: emptyList('tax_ids'),
  test_clock: () => null,
}
