// Owns what lists have in common: how many at most, and what is said of a cursor that names nobody.

import { LockstepError } from '@lockstep/domain/error/catalogue'
import { z } from 'zod'
import { described } from '../schema/described.ts'

const limitRule = 'must be a whole number from 1 to 100'

/** How many at most: 1–100, 50 without it. */
export const pageLimit = described(
  z
    .string('must be given once')
    .regex(/^\d{1,3}$/, limitRule)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 100, limitRule)
    .default(50),
  { type: 'integer', minimum: 1, maximum: 100, default: 50 },
)

/** A cursor that names nobody of this tenant. */
export function unknownCursor(): LockstepError {
  return new LockstepError('invalid_request', {
    errors: [{ field: 'after', message: 'must be what `next_after` said' }],
  })
}
