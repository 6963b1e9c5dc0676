// Owns what callers may say of a webhook endpoint: its URL, its types, and what is asked of its deliveries.

import { isAddress, isPublicAddress } from '@lockstep/domain/delivery/public-address'
import { typePattern } from '@lockstep/domain/event/catalogue'
import { z } from 'zod'
import { uuidInPath } from '../customers/customer-id.ts'
import { described } from '../schema/described.ts'
import { text } from '../schema/field-rules.ts'
import { pageLimit } from '../http/paging.ts'

/** Characters: what servers and proxies take (RFC 9110, section 4.1, asks for 8000; 2,048 is common practice). */
const urlMax = 2_048
/** Patterns of one endpoint. */
const typesMax = 50
/** Seconds that the old secret signs beside the new one: a day is enough to roll out, a week for the slow. */
const overlapDefault = 86_400
const overlapMax = 7 * 86_400

/** The bodies, by whether private addresses may be named. */
export function endpointRequests({ allowPrivate }: { allowPrivate: boolean }) {
  const url = z
    .string('must be a URL')
    .max(urlMax, `must be at most ${urlMax} characters`)
    .superRefine((given, context) => {
      const fault = urlFault(given, allowPrivate)
      if (fault !== null) context.addIssue({ code: 'custom', message: fault })
    })
    .meta({ format: 'uri', description: 'HTTPS, at a public address.' })
  const types = z
    .array(typePattern)
    .max(typesMax, `takes at most ${typesMax} types`)
    .meta({ description: 'Types such as `customer.*`; an empty list takes all.' })
  const description = text(255)
  return {
    create: z.strictObject({ url, types: types.default([]), description: description.default(null) }),
    change: z.strictObject({
      url: url.exactOptional(),
      types: types.exactOptional(),
      description: description.exactOptional(),
      enabled: z.boolean('must be true or false').exactOptional(),
    }),
  }
}

/** Why this URL cannot be delivered to; null where it can. What its name leads to is checked at each delivery. */
function urlFault(given: string, allowPrivate: boolean): string | null {
  const url = URL.parse(given)
  if (!url || !['https:', 'http:'].includes(url.protocol))
    return 'must be a URL like https://example.com/hooks'
  if (url.username !== '' || url.password !== '') return 'must not hold a user or a password'
  if (url.hash !== '') return 'must not hold a fragment'
  if (allowPrivate) return null
  if (url.protocol !== 'https:') return 'must be https'
  const isLocal = /(^|\.)(localhost|local|internal|home\.arpa)\.?$/.test(url.hostname)
  const isRefused = isAddress(url.hostname) && !isPublicAddress(url.hostname)
  return isLocal || isRefused ? 'must be at a public address' : null
}

export const endpointParams = z.strictObject({
  id: uuidInPath.meta({ description: 'The id of the endpoint.' }),
})

/** POST …/rotate-secret. */
export const rotateRequest = z
  .strictObject({
    overlap_seconds: z
      .int('must be whole seconds')
      .min(0, 'must not be negative')
      .max(overlapMax, `must be at most ${overlapMax}`)
      .default(overlapDefault)
      .meta({ description: 'How long the old secret signs as well.' }),
  })
  .default({ overlap_seconds: overlapDefault })

/** POST …/resend. */
export const resendRequest = z.strictObject({
  event_id: z.string('must be the id of an event').min(1, 'must be the id of an event').max(100),
})

/** POST …/recover and …/replay. */
export const sinceRequest = z.strictObject({
  since: z.iso.datetime({ offset: true, error: 'must be a time like 2026-01-31T12:00:00Z' }),
})

/** GET …/attempts. */
export const attemptsQuery = z.strictObject({
  event_id: z.string('must be given once').max(100).exactOptional(),
  after: described(z.string('must be given once').pipe(z.uuid('must be the id of an attempt')), {
    type: 'string',
    format: 'uuid',
    description: 'The last attempt seen: `next_after`.',
  }).exactOptional(),
  limit: pageLimit,
})
