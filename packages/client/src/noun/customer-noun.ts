// Owns the form of a customer among nouns, and the way from it to the API's and back. Pure.

import { LockstepError } from '../errors.ts'
import type { Api, Customer, CustomerWithIncluded } from '../generated/api.ts'

/** A customer in these words. */
export interface CustomerNoun {
  $id: string
  $type: 'Customer'
  name: string | null
  email: string | null
  organization: string | null
  contact: string | null
  stripeCustomerId: string | null
  paymentMethod: string | null
  currency: string | null
  taxExempt: string
  /** What was asked for by `include`. */
  subscriptions?: Included['subscriptions']
  invoices?: Included['invoices']
  payments?: Included['payments']
}

type Included = Required<Pick<CustomerWithIncluded, IncludedName>>
/** What may be read beside it. */
export type IncludedName = 'subscriptions' | 'invoices' | 'payments'

/** What makes one: name and e-mail are needed. `$id` is a key of the caller's own. */
export interface NewCustomerNoun {
  $id?: string
  name: string
  email: string
  organization?: string
  contact?: string
  paymentMethod?: string
  currency?: string
  taxExempt?: string
}

export type CustomerChangeNoun = Partial<Omit<NewCustomerNoun, '$id'>>
export type CustomerFilterNoun = Partial<
  Pick<CustomerNoun, 'currency' | 'email' | 'stripeCustomerId'> & { limit: number }
>

/** An event of the caller's own. */
export interface NewEventNoun {
  type: string
  data?: NonNullable<Parameters<Api['events']['create']>[0]['data']>
}

/** `plan` is a price of Stripe. Status and periods follow from it and are Stripe's to say: what is given is not sent. */
export interface NewSubscriptionNoun {
  customer: string
  plan: string
  status?: string
  currentPeriodStart?: Date
  currentPeriodEnd?: Date
  startedAt?: Date
}

/** What is given of it, in the API's words; the payment method is a command of its own. */
export function ours({ name, email, organization, contact, currency, taxExempt }: CustomerChangeNoun) {
  return {
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(organization !== undefined && { organization }),
    ...(contact !== undefined && { contact_id: contact }),
    ...(currency !== undefined && { currency }),
    ...(taxExempt !== undefined && { tax_exempt: exemption(taxExempt) }),
  }
}

function exemption(text: string): 'none' | 'exempt' | 'reverse' {
  if (text === 'none' || text === 'exempt' || text === 'reverse') return text
  throw new LockstepError('taxExempt must be none, exempt or reverse')
}

/** A customer of the API, with what was asked for beside it. */
export function nounOf(customer: Customer & Partial<Included>): CustomerNoun {
  const { subscriptions, invoices, payments } = customer
  return {
    $id: customer.id,
    $type: 'Customer',
    name: customer.name,
    email: customer.email,
    organization: customer.organization,
    contact: customer.contact_id,
    stripeCustomerId: customer.stripe_customer_id,
    paymentMethod: customer.default_payment_method,
    currency: customer.currency,
    taxExempt: customer.tax_exempt,
    ...(subscriptions && { subscriptions }),
    ...(invoices && { invoices }),
    ...(payments && { payments }),
  }
}
