// Owns the request headers that make a write safe to repeat and safe to race: `Idempotency-Key` and `If-Match`.

import { createHash } from 'node:crypto'
import { z } from 'zod'

/** Characters: room for a UUID with a prefix, small enough for an index entry. */
const idempotencyKeyMax = 255

/** `Idempotency-Key`: undefined where the header is absent. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, `must be 1 to ${idempotencyKeyMax} printable ASCII characters`)
  .optional()
  .meta({
    description: 'A repeat with the same key and body gets the first answer. Kept for 30 days.',
    examples: ['signup-4711'],
  })

/** `If-Match`: the version that the caller saw; null without the header or for `*`. Weak tags and lists are 422. */
export const ifMatch = z
  .string()
  .regex(/^\s*(?:"\d{1,15}"|\*)\s*$/, 'must be one strong ETag as answered here, like "3"')
  .optional()
  .transform((header) => {
    const version = /\d+/.exec(header ?? '')?.[0]
    return version === undefined ? null : Number(version)
  })
  .meta({
    description: 'Refuse (412) unless the customer is still at this version.',
    examples: ['"3"'],
  })

/**
 * SHA-256 (hex) of what was asked for: method, resource and body, whatever the order of the body's keys. Headers
 * stay out, so that a repeat may wait longer than the first try did.
 */
export function requestHash(request: { method: string; resource: string; body: unknown }): string {
  const text = JSON.stringify([request.method, request.resource, canonicalJson(request.body)])
  return createHash('sha256').update(text).digest('hex')
}

/** One text for equal JSON. Arrays of pairs keep a hostile key such as `__proto__` what it is: a string. */
function canonicalJson(value: unknown): unknown {
  if (Array.isArray(value)) return ['array', ...value.map(canonicalJson)]
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, canonicalJson(item)])
  return ['object', ...entries.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))]
}
