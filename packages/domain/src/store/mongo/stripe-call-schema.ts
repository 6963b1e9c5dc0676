// Owns the declared fields of the calls to Stripe.

import type { StoredStripeCall } from './collections.ts'
import { type Fields, number, numberOrNull, text, textOrNull } from './schema-parts.ts'

export const stripeCallFields: Fields<StoredStripeCall> = {
  _id: text,
  tenant_id: text,
  customer_id: textOrNull,
  stripe_id: textOrNull,
  at: number,
  endpoint: text,
  answer: text,
  status: numberOrNull,
  request_id: textOrNull,
  ms: number,
  expires_at: Date,
}
