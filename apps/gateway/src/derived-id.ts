// Owns ids that follow from what they are the id of: whoever makes one again, in whichever process, makes the same. Pure.

import { createHash } from 'node:crypto'

/** A UUID of version 8 (RFC 9562): its bits are ours to choose. The same parts, in the same order, are the same id. */
export function derivedId(...parts: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex')
  const [a, b, c, d, e] = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `${((Number.parseInt(hash.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)}${hash.slice(18, 20)}`,
    hash.slice(20, 32),
  ]
  return [a, b, c, d, e].join('-')
}
