// Owns the request headers that make a write safe to repeat and safe to race: `Idempotency-Key` and `If-Match`.

import { createHash } from 'node:crypto'
import { LockstepError } from '@lockstep/domain/error/catalogue'

/** Characters: room for a UUID with a prefix, small enough for an index entry. */
const idempotencyKeyMax = 255

/** The key, or undefined where the header is absent. Printable ASCII, 1–255 characters, else 422. */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  if (header.length >= 1 && header.length <= idempotencyKeyMax && /^[\x20-\x7e]+$/.test(header)) return header
  throw new LockstepError('invalid_request', {
    errors: [
      { field: 'Idempotency-Key', message: `must be 1 to ${idempotencyKeyMax} printable ASCII characters` },
    ],
  })
}

/** The version that the caller saw; null without the header or for `*`. Weak tags and lists are 422. */
export function parseIfMatch(header: string | undefined): number | null {
  if (header === undefined || header.trim() === '*') return null
  const version = /^\s*"(\d{1,15})"\s*$/.exec(header)?.[1]
  if (version !== undefined) return Number(version)
  throw new LockstepError('invalid_request', {
    errors: [{ field: 'If-Match', message: 'must be one strong ETag as answered here, like "3"' }],
  })
}

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
