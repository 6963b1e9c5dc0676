/**
 * Owns customers: create, retrieve, update, delete, list.
 * Promises: as FACTS of Stripe's recorded answers: cleared fields are null, a deleted customer answers as a stub for ever, is gone from
 * lists and cannot be changed; one event for each change.
 */
import { isIP } from 'node:net'
import type { Core } from '../../core.ts'
import { emit, type Origin } from '../../events/emit.ts'
import { inPlace, type Expansion } from '../../http/expand.ts'
import { createdFilter, listPage, wholeList } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest } from '../../http/stripe-error.ts'
import { idOf, isJsonObject, type JsonObject } from '../../json.ts'
import { asked, string } from '../../params/declare.ts'
import type { SpecParams } from '../../params/from-spec.ts'
import type { ObjectParam, Params } from '../../params/param.ts'
import { hash, hashes, integer, text } from '../../params/read.ts'
import { refusing } from '../../params/refusing.ts'
import { secondsFor, testClocks } from '../billing/clock/billing-time.ts'
import { found, narrowedBy } from '../billing/find.ts'
import { checkAmount } from '../billing/money.ts'
import { subscriptionsOf } from '../billing/subscription-object.ts'
import { insertBalanceTransaction } from './balance-transactions.ts'
import { cashBalanceExpansion, changeCashBalance, refuseFunded, refuseOwing } from './cash-balance.ts'
import { deleteCustomer } from './delete-customer.ts'
import { blankCustomer, changedCustomer, customers, type Customer } from './customer-object.ts'
import { absentCustomer, customerOf } from './find-customer.ts'
import { checkPrefix, freePrefix } from './invoice-prefix.ts'
import { paymentMethods } from './payment-method-object.ts'
import { attach, checkDefault } from './attaching.ts'
import { insertCustomer, updateCustomer } from './save-customer.ts'
import { changeTax, taxOf } from './tax-location.ts'
import { checkTaxId, insertTaxId, taxIdsOf } from './tax-ids.ts'

const url = '/v1/customers'

/** The routes of customers themselves. */
export function customerRoutes(spec: SpecParams): Route[] {
  return [
    { method: 'POST', path: url, params: refusing(spec('PostCustomers'), notHere), check, run: create },
    { method: 'GET', path: url, params: spec('GetCustomers'), run: list },
    { method: 'GET', path: `${url}/{id}`, params: spec('GetCustomersCustomer'), run: retrieve },
    {
      method: 'POST',
      path: `${url}/{id}`,
      params: partial(refusing(spec('PostCustomersCustomer'), [...notHere, 'default_source'])),
      check,
      run: update,
    },
    { method: 'DELETE', path: `${url}/{id}`, params: spec('DeleteCustomersCustomer'), run: remove },
  ]
}

/** Parameters that Stripe takes and the sandbox refuses, saying so. */
const notHere = ['invoice_settings.rendering_options.template', 'source', 'validate']

/** An update names the leaves that it changes; what shipping must have is asked for where there is none yet. */
function partial(params: ObjectParam): ObjectParam {
  const shipping = params.fields.get('shipping')
  if (shipping?.kind !== 'object') throw new Error('bug: shipping is no object in the specification')
  const leaves = new Map(shipping.fields)
  // What it must have cannot be emptied either; as required ones these two would be asked for.
  for (const name of shipping.required) leaves.set(name, asked(leaves.get(name) ?? string()))
  const given = { ...shipping, fields: leaves, required: [] }
  return { ...params, fields: new Map(params.fields).set('shipping', given) }
}

/** Deliberately loose: one @ between non-empty parts without blanks. Stripe's own rule is not published. */
const emailForm = /^[^\s@]+@[^\s@]+$/
const prefixForm = /^[A-Z0-9]{1,12}$/

function check(params: Params, core: Core): void {
  for (const taxId of hashes(params, 'tax_id_data') ?? []) checkTaxId(taxId)
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
    throw badRequest('Invoice number prefix must be 1–12 uppercase letters or numbers.')
  if ((integer(params, 'next_invoice_sequence') ?? 1) < 1) {
    throw badRequest('This value must be greater than or equal to 1.', {
      code: 'parameter_invalid_integer',
      param: 'next_invoice_sequence',
    })
  }
  const from = text(hash(params, 'tax') ?? {}, 'ip_address')
  if (from && !isIP(from)) {
    throw badRequest(`Invalid IP address: ${from.slice(0, 60)}`, { param: 'tax[ip_address]' })
  }
}

function create({ core, realm, params, origin }: Call): JsonObject {
  const named = text(params, 'test_clock')
  const clock = named ? found(realm, testClocks, 'billingclock', named, 'test_clock').id : null
  const blank = blankCustomer({
    id: core.newId('cus_', 14),
    created: secondsFor(core, realm, { test_clock: clock }),
    livemode: realm.livemode,
    test_clock: clock,
    invoice_prefix: text(params, 'invoice_prefix') ? '' : freePrefix(core, realm),
  })
  const method = text(params, 'payment_method')
  const attached = method ? attach(core, origin, method, blank.id, 'payment_method') : undefined
  const changed = withBalance(core, origin, changedCustomer(blank, params), params, 'initial')
  const customer = withAttached(changed, method, attached?.id)
  checkDefault(realm, customer, null)
  checkPrefix(realm, customer)
  insertCustomer(core, origin, customer)
  emit(core, origin, 'customer.created', customer)
  changeTax(realm, customer, params)
  changeCashBalance(realm, customer.id, hash(params, 'cash_balance'))
  for (const taxId of hashes(params, 'tax_id_data') ?? []) insertTaxId(core, origin, customer.id, taxId)
  return customer
}

/** `pm_card_visa` as payment method and as default in one request is the method that it became. */
function withAttached(customer: Customer, name: string | null | undefined, id: string | undefined): Customer {
  const settings = customer.invoice_settings
  if (id === undefined || settings.default_payment_method !== name) return customer
  return { ...customer, invoice_settings: { ...settings, default_payment_method: id } }
}

function update(call: Call): Customer {
  const { core, realm, params, origin } = call
  const before = customerOf(call)
  const customer = withBalance(core, origin, changedCustomer(before, params), params, 'adjustment')
  checkDefault(realm, customer, before.invoice_settings.default_payment_method)
  checkPrefix(realm, customer)
  changeTax(realm, customer, params)
  changeCashBalance(realm, customer.id, hash(params, 'cash_balance'))
  return updateCustomer(core, origin, before, customer)
}

/** A balance that is set makes the transaction that leads to it; a nonzero one stamps the account's currency on a customer without. */
function withBalance(
  core: Core,
  origin: Origin,
  customer: Customer,
  params: Params,
  type: 'initial' | 'adjustment',
): Customer {
  const balance = integer(params, 'balance')
  if (balance === undefined || balance === customer.balance) return customer
  checkAmount(balance, 'balance')
  refuseOwing(origin.realm, customer.id, balance, 'balance')
  const currency = customer.currency ?? core.settings.default_currency
  insertBalanceTransaction(core, origin, customer, { amount: balance - customer.balance, currency, type })
  return { ...customer, balance, currency }
}

function retrieve({ core, realm, ids: { id = '' } }: Call): JsonObject {
  const row = realm.table(customers).row(id)
  if (!row) throw absentCustomer(core, realm, id)
  return row.value
}

function remove(call: Call): JsonObject {
  const { core, realm, origin, ids } = call
  const row = realm.table(customers).row(ids['id'] ?? '')
  if (row?.deleted && core.settings.deleted_customer_delete === 'again') return row.value
  const customer = customerOf(call)
  refuseFunded(realm, customer.id)
  return deleteCustomer(core, origin, customer)
}

function list({ realm, params }: Call): JsonObject {
  const created = createdFilter(params)
  const email = text(params, 'email')
  const clock =
    narrowedBy(realm, testClocks, 'billingclock', text(params, 'test_clock'), 'test_clock') ?? null
  return listPage({
    table: realm.table(customers),
    params,
    url,
    kind: 'customer',
    where: (customer) =>
      customer.test_clock === clock && created(customer.created) && (!email || customer.email === email),
  })
}

const emptyList = (name: string): Expansion => ({
  value: ({ object }) => wholeList([], `${url}/${idOf(object)}/${name}`),
})

/** What can be expanded on a customer. */
export const customerExpanders: { readonly [path: string]: Expansion } = {
  address: inPlace,
  cash_balance: cashBalanceExpansion,
  default_source: { value: () => null },
  discount: { gives: 'discount' },
  // Of the opposite sign: positive is what the customer has, negative what it owes.
  invoice_credit_balance: {
    value: ({ object: { balance, currency } }) =>
      typeof balance === 'number' && balance !== 0 && typeof currency === 'string'
        ? { [currency]: -balance }
        : {},
  },
  invoice_settings: inPlace,
  'invoice_settings.default_payment_method': {
    gives: 'payment_method',
    value: ({ realm, object }) => {
      const settings = object['invoice_settings']
      const id = isJsonObject(settings) ? settings['default_payment_method'] : null
      return typeof id === 'string' ? (realm.table(paymentMethods).get(id) ?? null) : null
    },
  },
  'invoice_settings.rendering_options': inPlace,
  shipping: inPlace,
  'shipping.address': inPlace,
  sources: emptyList('sources'),
  subscriptions: {
    gives: 'list subscription',
    value: ({ realm, object }) => subscriptionsOf(realm, idOf(object)),
  },
  tax: { value: ({ realm, object }) => taxOf(realm, idOf(object)) },
  tax_ids: { gives: 'list tax_id', value: ({ realm, object }) => taxIdsOf(realm, idOf(object)) },
  test_clock: {
    value: ({ realm, object: { test_clock: id } }) =>
      typeof id === 'string' ? (realm.table(testClocks).get(id) ?? null) : null,
  },
}

/** Turns the id of a customer, wherever it stands, into the customer. */
export const customerExpansion = (member: string): Expansion => ({
  gives: 'customer',
  value: ({ realm, object }) => {
    const id = object[member]
    return typeof id === 'string' ? (realm.table(customers).row(id)?.value ?? null) : null
  },
})
