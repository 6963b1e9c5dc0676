/**
 * Owns the balance of a customer and the transactions that it is the sum of.
 * Promises: `balance` is always the sum of the amounts, and each transaction's `ending_balance` the sum up to it (negative = credit);
 * transactions never change but for description and metadata; no event type exists for them.
 */
import type { Core } from '../../core.ts'
import { createdFilter, listPage } from '../../http/list-page.ts'
import type { Origin } from '../../events/emit.ts'
import type { Call, Route } from '../../http/router.ts'
import { badRequest, missingAtPath } from '../../http/stripe-error.ts'
import type { JsonObject, Metadata } from '../../json.ts'
import type { SpecParams } from '../../params/from-spec.ts'
import { mergeMetadata, noMetadata } from '../../params/metadata.ts'
import { integer, text } from '../../params/read.ts'
import type { TableKey } from '../../state/table.ts'
import { refuseOwing } from './cash-balance.ts'
import { narrowedBy } from '../billing/find.ts'
import { invoices } from '../billing/invoice-object.ts'
import { checkAmount } from '../billing/money.ts'
import { checkCurrency } from './customer-currency.ts'
import { customers, type Customer } from './customer-object.ts'
import { customerOf, retainedCustomer } from './find-customer.ts'
import { updateCustomer } from './save-customer.ts'

/** A balance transaction as the API shows it. */
export type BalanceTransaction = {
  readonly id: string
  readonly object: 'customer_balance_transaction'
  readonly amount: number
  readonly checkout_session: null
  readonly created: number
  readonly credit_note: null
  readonly currency: string
  readonly customer: string
  readonly customer_account: null
  readonly description: string | null
  readonly ending_balance: number
  readonly invoice: string | null
  readonly livemode: boolean
  readonly metadata: Metadata
  readonly type:
    | 'adjustment'
    | 'initial'
    | 'applied_to_invoice'
    | 'unapplied_from_invoice'
    | 'invoice_too_small'
}

const balanceTransactions: TableKey<BalanceTransaction> = {
  name: 'balance_transactions',
  groupOf: ({ customer }) => customer,
}

const base = '/v1/customers'

/** Create, list, retrieve, update. */
export function balanceTransactionRoutes(spec: SpecParams): Route[] {
  const one = `${base}/{customerId}/balance_transactions/{id}`
  return [
    {
      method: 'POST',
      path: `${base}/{id}/balance_transactions`,
      params: spec('PostCustomersCustomerBalanceTransactions'),
      run: create,
    },
    {
      method: 'GET',
      path: `${base}/{id}/balance_transactions`,
      params: spec('GetCustomersCustomerBalanceTransactions'),
      run: list,
    },
    {
      method: 'GET',
      path: one,
      params: spec('GetCustomersCustomerBalanceTransactionsTransaction'),
      run: (call) => find(call),
    },
    {
      method: 'POST',
      path: one,
      params: spec('PostCustomersCustomerBalanceTransactionsTransaction'),
      run: update,
    },
  ]
}

/** What moves a balance. */
export type BalanceChange = {
  readonly amount: number
  readonly currency: string
  readonly type: BalanceTransaction['type']
  readonly description?: string | null
  readonly metadata?: Metadata
  readonly invoice?: string
}

/**
 * Writes the transaction that moves a customer's balance; the caller stores the customer.
 * Throws 400 if the customer has another currency.
 */
export function insertBalanceTransaction(
  core: Core,
  origin: Origin,
  customer: Pick<Customer, 'id' | 'balance' | 'currency'>,
  change: BalanceChange,
): BalanceTransaction {
  checkCurrency(customer, change.currency)
  const ending = customer.balance + change.amount
  // A sum that is not exact would never add up again.
  if (!Number.isSafeInteger(ending) || !Number.isSafeInteger(change.amount))
    throw badRequest(`Invalid integer: ${change.amount}`, { param: 'amount' })
  const transaction: BalanceTransaction = {
    id: core.newId('cbtxn_1', 23),
    object: 'customer_balance_transaction',
    amount: change.amount,
    checkout_session: null,
    created: core.clock.seconds(),
    credit_note: null,
    currency: change.currency,
    customer: customer.id,
    customer_account: null,
    description: change.description ?? null,
    ending_balance: ending,
    invoice: change.invoice ?? null,
    livemode: origin.realm.livemode,
    metadata: change.metadata ?? noMetadata,
    type: change.type,
  }
  origin.realm.table(balanceTransactions).put(transaction)
  return transaction
}

/** Moves a customer's balance, customer and transaction both, and tells of it as the settings say. */
export function moveBalance(
  core: Core,
  origin: Origin,
  customer: Customer,
  change: BalanceChange,
): BalanceTransaction {
  const transaction = insertBalanceTransaction(core, origin, customer, change)
  const after = {
    ...customer,
    balance: transaction.ending_balance,
    currency: customer.currency ?? change.currency,
  }
  if (core.settings.balance_transaction_updates_customer) updateCustomer(core, origin, customer, after)
  else origin.realm.table(customers).put(after)
  return transaction
}

function create(call: Call): JsonObject {
  const { core, params, origin } = call
  const currency = text(params, 'currency') ?? ''
  const customer = customerOf(call, 'id', 'customer')
  const amount = integer(params, 'amount') ?? 0
  checkAmount(amount, 'amount')
  refuseOwing(origin.realm, customer.id, customer.balance + amount, 'amount')
  return moveBalance(core, origin, customer, {
    amount,
    currency,
    type: 'adjustment',
    description: text(params, 'description') ?? null,
    metadata: mergeMetadata(noMetadata, params['metadata']),
  })
}

function list(call: Call): JsonObject {
  const { realm, params } = call
  const { id } = retainedCustomer(call, 'id', 'customer')
  const created = createdFilter(params)
  const invoice = narrowedBy(realm, invoices, 'invoice', text(params, 'invoice'), 'invoice')
  return listPage({
    table: realm.table(balanceTransactions),
    params,
    url: `${base}/${id}/balance_transactions`,
    kind: 'customer balance transaction',
    group: id,
    where: (transaction) => created(transaction.created) && (!invoice || transaction.invoice === invoice),
  })
}

function find(call: Call): BalanceTransaction {
  const { realm, ids } = call
  const { id } = retainedCustomer(call, 'customerId', 'customer')
  const transaction = realm.table(balanceTransactions).get(ids['id'] ?? '')
  if (transaction?.customer !== id)
    throw missingAtPath('customer balance transaction', ids['id'] ?? '', 'transaction')
  return transaction
}

function update(call: Call): JsonObject {
  const { realm, params } = call
  const before = find(call)
  const description = text(params, 'description')
  const after = {
    ...before,
    description: description === undefined ? before.description : description,
    metadata: mergeMetadata(before.metadata, params['metadata']),
  }
  realm.table(balanceTransactions).put(after)
  return after
}
