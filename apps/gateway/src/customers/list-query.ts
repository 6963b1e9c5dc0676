// Owns the query parameters of the list of customers. Promises: unknown and repeated parameters are 422.

import { z } from 'zod'
import { described } from '../schema/described.ts'
import { email } from '../schema/field-rules.ts'

/** A parameter that came several times is a list, and so no text. */
const text = z.string('must be given once')
const limitRule = 'must be a whole number from 1 to 100'

/** `after` is the id of the last customer seen; `limit` is 1–100, 50 without it. */
export const listQuery = z.strictObject({
  status: oneOf(['lead', 'prospect', 'customer', 'churned']).exactOptional(),
  state: oneOf(['active', 'archived', 'suspended', 'deleted']).exactOptional(),
  tier: oneOf(['free', 'basic', 'pro', 'enterprise']).exactOptional(),
  email: email.pipe(z.string('must be an e-mail address')).exactOptional(),
  stripe_customer_id: text
    .min(1, 'must not be empty')
    .max(255, 'must be at most 255 characters')
    .exactOptional(),
  after: described(
    text.pipe(z.uuid('must be the id of a customer')).transform((id) => id.toLowerCase()),
    { type: 'string', format: 'uuid', description: 'The last customer seen: `next_after`.' },
  ).exactOptional(),
  limit: described(
    text
      .regex(/^\d{1,3}$/, limitRule)
      .transform(Number)
      .refine((limit) => limit >= 1 && limit <= 100, limitRule)
      .default(50),
    { type: 'integer', minimum: 1, maximum: 100, default: 50 },
  ),
})

function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, {
    error: ({ input }) =>
      Array.isArray(input) ? 'must be given once' : `must be one of ${words.join(', ')}`,
  })
}
