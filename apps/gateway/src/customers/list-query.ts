// Owns the query parameters of the list of customers. Promises: unknown and repeated parameters are 422.

import { z } from 'zod'
import { email } from '../schema/field-rules.ts'

/** A parameter that came several times is a list, and so no text. */
const text = z.string('must be given once')

/** `after` is the id of the last customer seen; `limit` is 1–100, 50 without it. */
export const listQuery = z.strictObject({
  status: text.pipe(oneOf(['lead', 'prospect', 'customer', 'churned'])).exactOptional(),
  state: text.pipe(oneOf(['active', 'archived', 'suspended', 'deleted'])).exactOptional(),
  tier: text.pipe(oneOf(['free', 'basic', 'pro', 'enterprise'])).exactOptional(),
  email: email.pipe(z.string('must be an e-mail address')).exactOptional(),
  stripe_customer_id: text
    .min(1, 'must not be empty')
    .max(255, 'must be at most 255 characters')
    .exactOptional(),
  after: text
    .pipe(z.uuid('must be the id of a customer'))
    .transform((id) => id.toLowerCase())
    .exactOptional(),
  limit: text
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 100, 'must be a whole number from 1 to 100')
    .default(50),
})

function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, `must be one of ${words.join(', ')}`)
}
