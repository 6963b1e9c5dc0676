// Owns how a Stripe customer is read: parsed once, at the door, from an answer of the API (2026-10-28.endive).
// Promises: what Stripe holds is accepted as it is (our API's rules bind callers, not Stripe); ids are never validated
// beyond being text, as Stripe promises no form.

import { z } from 'zod'

const text = z.string().nullish()
const address = z
  .object({ line1: text, line2: text, city: text, state: text, postal_code: text, country: text })
  .nullish()

const living = z.object({
  id: z.string(),
  deleted: z.undefined().optional(),
  livemode: z.boolean(),
  /** Seconds; never changes, and the order of Stripe's list. */
  created: z.number().int().nullish(),
  name: text,
  email: text,
  phone: text,
  description: text,
  tax_exempt: text,
  preferred_locales: z.array(z.string()).nullish(),
  address,
  shipping: z.object({ name: text, phone: text, address }).nullish(),
  // Not z.record: a key such as `__proto__` must stay a key.
  metadata: z.custom<Record<string, string>>(
    (value) =>
      typeof value === 'object' && value !== null && Object.values(value).every((v) => typeof v === 'string'),
  ),
  balance: z.number().nullish(),
  currency: text,
  delinquent: z.boolean().nullish(),
  /** An id, unless the request expanded it. Absent where the key may not see it. */
  invoice_settings: z.object({ default_payment_method: text }).nullish(),
})

const listed = living.extend({ created: z.number().int() })
const page = z.object({ data: z.array(listed), has_more: z.boolean() })

const deleted = z.object({ id: z.string(), deleted: z.literal(true) })

/** A customer that lives at Stripe. */
export type StripeCustomer = z.infer<typeof living>

/** One of a list: all of them live, and each tells when it was made. */
export type ListedCustomer = z.infer<typeof listed>

/** A page of Stripe's list of customers, newest first. */
export interface CustomerPage {
  items: ListedCustomer[]
  hasMore: boolean
}

/** Reads a page; throws a ZodError where Stripe answered something else. */
export function parseCustomerPage(body: unknown): CustomerPage {
  const { data, has_more: hasMore } = page.parse(body)
  return { items: data, hasMore }
}

/** What a GET of a customer shows: a living one, or the stub of a deleted one. */
export type SeenCustomer = { kind: 'living'; customer: StripeCustomer } | { kind: 'deleted'; id: string }

/** Reads an answer's body; throws a ZodError where Stripe answered something else. */
export function parseStripeCustomer(body: unknown): SeenCustomer {
  const stub = deleted.safeParse(body)
  return stub.success
    ? { kind: 'deleted', id: stub.data.id }
    : { kind: 'living', customer: living.parse(body) }
}

/** The proof of whose it is: our id in its metadata, where there is one. */
export function lockstepIdOf(customer: StripeCustomer): string | null {
  return Object.hasOwn(customer.metadata, 'lockstep_id') ? (customer.metadata['lockstep_id'] ?? null) : null
}
