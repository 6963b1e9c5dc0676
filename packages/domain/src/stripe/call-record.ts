// Owns the record of one call to Stripe that was made for a customer: enough to find it in Stripe's own logs.
// Promises: no value that was sent or answered is in it, so an erasure leaves it as it is.

import type { StripeAnswer } from './stripe-http.ts'

export interface StripeCallRecord {
  /** A UUID v7: in the order of time. */
  _id: string
  tenant_id: string
  /** null: it was made for a Stripe customer, whosever that is. */
  customer_id: string | null
  /** The Stripe customer that it was made for; null where `customer_id` says it. */
  stripe_id: string | null
  /** When it was made (ms). */
  at: number
  /** Method and the path's template. */
  endpoint: string
  answer: StripeAnswer['kind']
  /** Of a refusal, or where Stripe was busy. */
  status: number | null
  /** Stripe's `Request-Id`, `req_…`. */
  request_id: string | null
  /** How long it took (ms). */
  ms: number
}
