// Owns the `Prefer` header (RFC 7240): how long a write waits for its outcome.
// Promises: a preference that is not understood is ignored, as the RFC asks; no wait is longer than 30 s.

import { z } from 'zod'

/** Seconds: what a caller gets without asking (DESIGN section 5). */
const waitDefault = 5
/** Seconds: longer than this proxies give up on the caller's behalf. */
const waitMax = 30

export interface Wait {
  ms: number
  /** Wait for Stripe as well. */
  untilSynced: boolean
  /** What `Preference-Applied` may say. */
  asked: { wait: number | null; respondAsync: boolean }
}

/**
 * Reads `wait=N`, `until=synced` and `respond-async`, separated by commas or semicolons. `respond-async` alone
 * means "at once"; together with `wait` it means "at most so long" (RFC 7240 section 4.3).
 */
export function parsePrefer(header: string | undefined): Wait {
  const tokens = (header ?? '').split(/[,;]/).map((token) => token.trim().toLowerCase())
  const wait = tokens
    .map((token) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(token)?.[1])
    .find((found) => found !== undefined)
  const respondAsync = tokens.includes('respond-async')
  const seconds = wait === undefined ? (respondAsync ? 0 : waitDefault) : Math.min(Number(wait), waitMax)
  return {
    ms: seconds * 1000,
    untilSynced: tokens.some((token) => /^until\s*=\s*"?synced"?$/.test(token)),
    asked: { wait: wait === undefined ? null : seconds, respondAsync },
  }
}

/** The header as a schema. Every text passes: a preference is a wish. */
export const prefer = z
  .string()
  .optional()
  .transform(parsePrefer)
  .meta({
    description: `How long to wait for the outcome: \`wait=N\` seconds (${waitDefault} without it, ${waitMax} at most), \`until=synced\` to wait for Stripe as well, \`respond-async\` not to wait.`,
    examples: ['wait=10; until=synced', 'respond-async'],
  })

/** The value of `Preference-Applied`; null where nothing that was asked for was applied. */
export function preferenceApplied(
  wait: Wait,
  answered: { accepted: boolean; synced: boolean },
): string | null {
  const applied = [
    ...(wait.asked.respondAsync && answered.accepted ? ['respond-async'] : []),
    ...(wait.asked.wait === null ? [] : [`wait=${wait.asked.wait}`]),
    ...(wait.untilSynced && answered.synced ? ['until=synced'] : []),
  ]
  return applied.length === 0 ? null : applied.join(', ')
}
