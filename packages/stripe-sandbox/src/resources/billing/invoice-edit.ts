/**
 * Owns the making and editing of drafts by hand.
 * Promises: pure where it edits; a draft that is to be sent has a due date.
 */
import type { Core } from '../../core.ts'
import type { Call } from '../../http/router.ts'
import { badRequest, notSimulated } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import { mergeMetadata } from '../../params/metadata.ts'
import { flag, integer, text } from '../../params/read.ts'
import { bindCurrency } from '../customer/customer-currency.ts'
import type { Customer } from '../customer/customer-object.ts'
import { customerParam } from '../customer/find-customer.ts'
import { scheduleInvoice } from './collection.ts'
import { ownMethod } from './paying.ts'
import { pendingCurrency, takePendingItems } from './invoice-item-object.ts'
import { checkTime, secondsFor } from './clock/billing-time.ts'
import { insertInvoice, renderInvoice } from './invoice-lifecycle.ts'
import { draftInvoice, type Invoice } from './invoice-object.ts'

const daySeconds = 86_400

/** Creates a draft, with what waits for the customer's next invoice if asked for. */
export function createInvoice(call: Call): JsonObject {
  const { core, realm, params: fields, origin } = call
  const customer = customerParam(realm, text(fields, 'customer') ?? '')
  refuseDiscount(customer)
  const now = secondsFor(core, realm, customer)
  const currency =
    text(fields, 'currency') ??
    pendingCurrency(realm, customer.id) ??
    customer.currency ??
    core.settings.default_currency
  bindCurrency(core, origin, customer, currency)
  const blank = draftInvoice(
    {
      id: core.newId('in_1', 23),
      account: realm.account,
      billing_reason: 'manual',
      collection_method:
        text(fields, 'collection_method') === 'send_invoice' ? 'send_invoice' : 'charge_automatically',
      created: now,
      currency,
      default_payment_method: text(fields, 'default_payment_method') ?? null,
      livemode: realm.livemode,
      period_end: now,
      period_start: now,
      subscription: null,
    },
    customer,
  )
  const draft = edited(core, blank, call)
  core.store.afterwards(() => scheduleInvoice(core, realm, draft.id))
  const include = text(fields, 'pending_invoice_items_behavior') === 'include'
  return renderInvoice(
    realm,
    insertInvoice(core, origin, draft, include ? takePendingItems(call, draft) : []),
  )
}

/** Discounts on invoices are not simulated, so a customer that has one cannot be billed: the total would be wrong. */
export function refuseDiscount({ discount }: Customer): void {
  if (discount) throw notSimulated('Billing a customer that has a discount', 'customer')
}

/** The invoice with what a request changes of it. Throws 400 if it is to be sent and has no due date. */
export function edited(core: Core, before: Invoice, { realm, params: fields }: Call): Invoice {
  const kept = (name: 'description' | 'footer' | 'statement_descriptor' | 'default_payment_method') => {
    const value = text(fields, name)
    return value === undefined ? (before[name] ?? null) : value
  }
  const days = integer(fields, 'days_until_due')
  const method = text(fields, 'collection_method') ?? before.collection_method
  const dueIn = days === undefined ? undefined : secondsFor(core, realm, before) + days * daySeconds
  const due = integer(fields, 'due_date') ?? dueIn ?? before.due_date
  if (method === 'send_invoice' && due === null) {
    throw badRequest(
      "If invoice collection method is 'send_invoice', you must specify 'due_date' or 'days_until_due'.",
    )
  }
  if (method !== 'send_invoice' && (days !== undefined || integer(fields, 'due_date') !== undefined)) {
    throw badRequest(
      "You can only specify 'due_date' or 'days_until_due' if invoice collection method is 'send_invoice'.",
    )
  }
  if (due !== null) checkTime(due, days === undefined ? 'due_date' : 'days_until_due')
  const advances = flag(fields, 'auto_advance') ?? before.auto_advance
  const finalizes = secondsFor(core, realm, before) + core.settings.invoice_finalize_seconds
  const given = text(fields, 'default_payment_method')
  return {
    ...before,
    auto_advance: advances,
    collection_method: method === 'send_invoice' ? 'send_invoice' : 'charge_automatically',
    automatically_finalizes_at:
      advances && before.status === 'draft' ? (before.automatically_finalizes_at ?? finalizes) : null,
    default_payment_method: ownMethod(realm, before.customer, given) ?? before.default_payment_method,
    description:
      text(fields, 'description') === undefined ? before.description : (text(fields, 'description') ?? null),
    due_date: method === 'send_invoice' ? due : null,
    footer: kept('footer'),
    metadata: mergeMetadata(before.metadata, fields['metadata']),
    statement_descriptor: kept('statement_descriptor'),
  }
}
