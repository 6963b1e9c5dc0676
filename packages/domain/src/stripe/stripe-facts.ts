// Owns what Stripe alone decides of a customer and we only show: how it is read, and what changed of it. Pure.
// Promises: absent at Stripe is 0, none and false, so that the first look at a new customer changes nothing.

import type { StripeFacts } from '../customer/document.ts'
import type { StripeCustomer } from './customer-object.ts'

/** What Stripe shows of it. */
export function factsOf(customer: StripeCustomer): StripeFacts {
  const { balance, currency, delinquent, created } = customer
  const method = customer.invoice_settings?.default_payment_method ?? null
  return {
    balance: balance ?? 0,
    currency: currency ?? null,
    delinquent: delinquent ?? false,
    ...(method !== null && { default_payment_method: method }),
    ...(created != null && { created }),
  }
}

/** A fact that is another now. */
export interface FactChange {
  field: 'balance' | 'currency' | 'delinquent' | 'default_payment_method'
  from: number | string | boolean | null
  to: number | string | boolean | null
}

/** What of it a caller sees changed; when Stripe made the customer is no such thing. */
export function factChanges(before: StripeFacts | null, after: StripeFacts | null): FactChange[] {
  const changes: FactChange[] = [
    { field: 'balance', from: before?.balance ?? 0, to: after?.balance ?? 0 },
    { field: 'currency', from: before?.currency ?? null, to: after?.currency ?? null },
    { field: 'delinquent', from: before?.delinquent ?? false, to: after?.delinquent ?? false },
    {
      field: 'default_payment_method',
      from: before?.default_payment_method ?? null,
      to: after?.default_payment_method ?? null,
    },
  ]
  return changes.filter(({ from, to }) => from !== to)
}
