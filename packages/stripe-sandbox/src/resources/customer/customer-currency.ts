/**
 * Owns the one currency in which a customer is billed.
 * Promises: it is set by the first thing that has one (a balance, a subscription, an invoice, an invoice item) and never changes; whatever
 * is in another currency is refused.
 */
import type { Core } from '../../core.ts'
import type { Origin } from '../../events/emit.ts'
import { badRequest } from '../../http/stripe-error.ts'
import type { Customer } from './customer-object.ts'
import { updateCustomer } from './save-customer.ts'

/** Throws 400 if a customer that was billed in one currency is to be billed in another. */
export function checkCurrency({ currency: before }: Pick<Customer, 'currency'>, currency: string): void {
  if (before === null || before === currency) return
  throw badRequest(
    `You cannot combine currencies on a single customer. This customer has had a subscription, coupon, or invoice item with currency ${before}`,
    { param: 'currency' },
  )
}

/** Binds a customer to a currency, if it has none. Throws 400 if it has another. */
export function bindCurrency(core: Core, origin: Origin, customer: Customer, currency: string): void {
  checkCurrency(customer, currency)
  if (customer.currency === null) updateCustomer(core, origin, customer, { ...customer, currency })
}
