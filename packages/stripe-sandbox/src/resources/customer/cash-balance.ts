/**
 * Owns the cash balance of a customer: funds that came by bank transfer.
 * Promises: what is available is the sum of the transactions in each currency; a customer that was ever funded cannot be deleted, even
 * with 0 left. Funds come by the test helper alone, as nobody transfers money to a sandbox, and nothing is paid from them here.
 */
import type { Core } from '../../core.ts'
import { emit, type Origin } from '../../events/emit.ts'
import type { Expansion } from '../../http/expand.ts'
import { listPage } from '../../http/list-page.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest, missingAtPath } from '../../http/stripe-error.ts'
import { idOf, type JsonObject } from '../../json.ts'
import { currency, int, params as declare, string } from '../../params/declare.ts'
import type { SpecParams } from '../../params/from-spec.ts'
import type { Params } from '../../params/param.ts'
import { hash, integer, text } from '../../params/read.ts'
import type { Realm } from '../../state/store.ts'
import type { TableKey } from '../../state/table.ts'
import { customerOf, retainedCustomer } from './find-customer.ts'

/** What is kept of a customer's cash balance; `id` is the customer's. Mode null: the account's default. */
type CashBalance = {
  readonly id: string
  readonly available: { readonly [currency: string]: number } | null
  readonly mode: string | null
}

/** A transaction as the API shows it. */
type CashTransaction = {
  readonly id: string
  readonly object: 'customer_cash_balance_transaction'
  readonly created: number
  readonly currency: string
  readonly customer: string
  readonly customer_account: null
  readonly ending_balance: number
  readonly funded: JsonObject
  readonly livemode: boolean
  readonly net_amount: number
  readonly type: 'funded'
}

const cashBalances: TableKey<CashBalance> = { name: 'cash_balances' }
const cashTransactions: TableKey<CashTransaction> = {
  name: 'cash_balance_transactions',
  groupOf: ({ customer }) => customer,
}

const base = '/v1/customers/{id}/cash_balance'

/** Retrieve, change of settings; transactions: list, retrieve; the test helper that funds. */
export function cashBalanceRoutes(spec: SpecParams): Route[] {
  return [
    {
      method: 'GET',
      path: base,
      params: spec('GetCustomersCustomerCashBalance'),
      run: (call) => render(call.realm, customerOf(call).id),
    },
    {
      method: 'POST',
      path: base,
      params: spec('PostCustomersCustomerCashBalance'),
      run: (call) => {
        const { id } = customerOf(call)
        changeCashBalance(call.realm, id, call.params)
        return render(call.realm, id)
      },
    },
    {
      method: 'GET',
      path: `${base}_transactions`,
      params: spec('GetCustomersCustomerCashBalanceTransactions'),
      run: list,
    },
    {
      method: 'GET',
      path: '/v1/customers/{customerId}/cash_balance_transactions/{id}',
      params: spec('GetCustomersCustomerCashBalanceTransactionsTransaction'),
      run: retrieve,
    },
    {
      method: 'POST',
      path: '/v1/test_helpers/customers/{id}/fund_cash_balance',
      params: declare({ 'amount!': int, 'currency!': currency, reference: string() }),
      run: fund,
    },
  ]
}

/** Applies `settings` of a cash balance, as its own route and those of customers take them. */
export function changeCashBalance(realm: Realm, customer: string, params: Params | null | undefined): void {
  const settings = params && hash(params, 'settings')
  const mode = settings && text(settings, 'reconciliation_mode')
  if (!mode) return
  realm.table(cashBalances).put({ ...kept(realm, customer), mode: mode === 'merchant_default' ? null : mode })
}

/** Throws 400 for a customer that cannot be deleted because it has a cash balance. */
export function refuseFunded(realm: Realm, customer: string): void {
  if (kept(realm, customer).available)
    throw badRequest('You cannot delete a customer with a cash balance, even if the balance is 0.')
}

/** Throws 400 if a customer with a cash balance would owe something: what it owes is taken from there at Stripe. */
export function refuseOwing(realm: Realm, customer: string, balance: number, param: string): void {
  if (balance > 0 && kept(realm, customer).available)
    throw badRequest('A customer with a cash balance cannot have a positive balance.', { param })
}

/** The cash balance of a customer that has one, for `expand`. */
export const cashBalanceExpansion: Expansion = {
  value: ({ realm, object }) =>
    realm.table(cashBalances).get(idOf(object)) ? render(realm, idOf(object)) : null,
}

function kept(realm: Realm, customer: string): CashBalance {
  return realm.table(cashBalances).get(customer) ?? { id: customer, available: null, mode: null }
}

function render(realm: Realm, customer: string): JsonObject {
  const { available, mode } = kept(realm, customer)
  return {
    object: 'cash_balance',
    available,
    customer,
    customer_account: null,
    livemode: realm.livemode,
    settings: { reconciliation_mode: mode ?? 'automatic', using_merchant_default: mode === null },
  }
}

function list(call: Call): JsonObject {
  const { id } = retainedCustomer(call, 'id')
  return listPage({
    table: call.realm.table(cashTransactions),
    params: call.params,
    url: `/v1/customers/${id}/cash_balance_transactions`,
    kind: 'customer cash balance transaction',
    group: id,
  })
}

function retrieve(call: Call): JsonObject {
  const { id } = retainedCustomer(call, 'customerId')
  const wanted = call.ids['id'] ?? ''
  const transaction = call.realm.table(cashTransactions).get(wanted)
  if (transaction?.customer !== id)
    throw missingAtPath('customer cash balance transaction', wanted, 'transaction')
  return transaction
}

function fund(call: Call): JsonObject {
  const { core, realm, origin, params } = call
  if (realm.livemode) throw badRequest('Cash balances can only be funded by a test helper in test mode.')
  const customer = customerOf(call)
  const amount = integer(params, 'amount') ?? 0
  const currency = text(params, 'currency') ?? ''
  if (amount <= 0)
    throw badRequest('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' })
  const before = kept(realm, customer.id)
  const ending = (before.available?.[currency] ?? 0) + amount
  realm.table(cashBalances).put({ ...before, available: { ...before.available, [currency]: ending } })
  const transaction = fundedBy(core, origin, customer.id, { amount, currency, ending }, params)
  realm.table(cashTransactions).put(transaction)
  emit(core, origin, 'customer_cash_balance_transaction.created', transaction)
  emit(core, origin, 'cash_balance.funds_available', render(realm, customer.id))
  return transaction
}

function fundedBy(
  core: Core,
  { realm }: Origin,
  customer: string,
  funds: { readonly amount: number; readonly currency: string; readonly ending: number },
  params: Params,
): CashTransaction {
  const type = transferTypes[funds.currency] ?? 'us_bank_transfer'
  return {
    id: core.newId('ccsbtxn_1', 23),
    object: 'customer_cash_balance_transaction',
    created: core.clock.seconds(),
    currency: funds.currency,
    customer,
    customer_account: null,
    ending_balance: funds.ending,
    funded: {
      bank_transfer: {
        reference: text(params, 'reference') ?? null,
        type,
        ...(transferDetails[type] ? { [type]: transferDetails[type] } : {}),
      },
    },
    livemode: realm.livemode,
    net_amount: funds.amount,
    type: 'funded',
  }
}

/** How money of a currency is transferred. */
const transferTypes: { readonly [currency: string]: string } = {
  eur: 'eu_bank_transfer',
  gbp: 'gb_bank_transfer',
  jpy: 'jp_bank_transfer',
  mxn: 'mx_bank_transfer',
  usd: 'us_bank_transfer',
}
const transferDetails: { readonly [type: string]: JsonObject } = {
  eu_bank_transfer: { bic: null, iban_last4: null, sender_name: null },
  gb_bank_transfer: { account_number_last4: null, sender_name: null, sort_code: null },
  jp_bank_transfer: { sender_bank: null, sender_branch: null, sender_name: null },
  us_bank_transfer: { sender_name: null },
}
