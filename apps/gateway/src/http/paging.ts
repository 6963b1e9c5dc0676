// Owns what lists by cursor have in common: their parameters, what tells that more follow, and what is said of a cursor that
// names nobody.

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

/** A UUID among the parameters, in lower case. */
export function uuidInQuery(what: string, description: string) {
  return described(
    z
      .string('must be given once')
      .pipe(z.uuid(`must be ${what}`))
      .transform((id) => id.toLowerCase()),
    { type: 'string', format: 'uuid', description },
  )
}

/** One page of what was read with one record more than asked for, and whether more follows it. */
export function pageOf<Listed>(
  found: readonly Listed[],
  limit: number,
  cursorOf: (last: Listed) => string,
): { page: Listed[]; more: { has_more: boolean; next_after: string | null } } {
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const follows = found.length > limit && last !== undefined
  return { page, more: { has_more: follows, next_after: follows ? cursorOf(last) : null } }
}
