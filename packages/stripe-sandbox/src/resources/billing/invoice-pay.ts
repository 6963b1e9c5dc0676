/**
 * Owns the paying of an invoice by request.
 * Promises: what cannot be paid is refused before anything is done; a decline is recorded, although it is an error.
 */
import type { Call } from '../../http/router.ts'
import { badRequest, notSimulated } from '../../http/stripe-error.ts'
import type { JsonObject } from '../../json.ts'
import { flag, text } from '../../params/read.ts'
import { customers } from '../customer/customer-object.ts'
import { declined, type PaymentMethod } from '../customer/payment-method-object.ts'
import { collect, finalize, markPaid, renderInvoice, subscriptionIdOf } from './invoice-lifecycle.ts'
import type { Invoice } from './invoice-object.ts'
import { isChargeable, ownMethod, payingMethod } from './paying.ts'
import { subscriptions } from './subscription-object.ts'
import { settleSubscription } from './subscription-state.ts'

/** Pays an invoice, finalising it first if it is a draft. Throws 402 for a card that declines, and that is recorded. */
export function payInvoice(call: Call, found: Invoice): JsonObject {
  const { core, realm, origin, params: fields } = call
  if (found.status === 'paid') throw badRequest('Invoice is already paid')
  if (found.status === 'void') throw badRequest('This invoice is void and can no longer be paid.')
  const named = ownMethod(realm, found.customer, text(fields, 'payment_method'), 'payment_method')
  const outOfBand = flag(fields, 'paid_out_of_band') ?? false
  const method = outOfBand ? undefined : methodFor(call, found, named)
  const invoice = found.status === 'draft' ? finalize(core, origin, found) : found
  if (invoice.status === 'paid') {
    settleSubscription(core, origin, invoice)
    return renderInvoice(realm, invoice)
  }
  if (!method) {
    const paid = markPaid(core, origin, invoice, 'elsewhere')
    settleSubscription(core, origin, paid)
    return renderInvoice(realm, paid)
  }
  const result = collect(core, origin, invoice, method)
  settleSubscription(core, origin, result.invoice)
  if (result.decline) throw declined(result.decline, { method })
  return renderInvoice(realm, result.invoice)
}

/** The method that pays. Throws 400 if there is none, or none that is simulated, before anything is done. */
function methodFor({ realm, origin }: Call, invoice: Invoice, named: string | null): PaymentMethod {
  const customer = realm.table(customers).get(invoice.customer)
  const subscription = realm.table(subscriptions).get(subscriptionIdOf(invoice) ?? '')
  const method = payingMethod(
    origin,
    named,
    invoice.default_payment_method,
    subscription?.default_payment_method,
    customer?.invoice_settings.default_payment_method,
  )
  if (!method) {
    throw badRequest(
      'There is no `default_payment_method` set on this Customer or Invoice. Please set a `default_payment_method` prior to calling this endpoint.',
      { code: 'resource_missing' },
    )
  }
  if (!isChargeable(method)) throw notSimulated(`Charging a payment method of type ${method.type}`)
  return method
}
