// Owns when a call is sent again, and after how long. Pure.
// Promises: only what another try can cure is tried again; `Retry-After` is heeded; a write is sent again only under
// the key that it was first sent with.

/** Statuses that waiting cures. 409 is not among them: the state forbids it, and says so for good. */
const curable = new Set([408, 429, 502, 503, 504])
/** The first pause at most (ms); each further one is twice as long. */
const firstMs = 500
/** No pause of our own is longer (ms). */
const pauseMaxMs = 8_000
/** A server that asks for more than this (ms) is not waited for: the caller decides. */
const retryAfterMaxMs = 60_000

/** What came of a try. */
export interface Try {
  /** null: no answer came. */
  status: number | null
  /** Seconds. */
  retryAfter: number | null
}

/** Milliseconds until the next try; null: there is none. `tries` were made so far; `chance` is 0 to 1. */
export function pauseBefore(
  tried: Try,
  options: { tries: number; retries: number; chance: number },
): number | null {
  const { tries, retries, chance } = options
  if (tries > retries) return null
  if (tried.status !== null && !curable.has(tried.status)) return null
  if (tried.retryAfter !== null) {
    const asked = tried.retryAfter * 1000
    return asked <= retryAfterMaxMs ? asked : null
  }
  // Half fixed, half chance: many clients that were refused together come back apart.
  const bound = Math.min(pauseMaxMs, firstMs * 2 ** (tries - 1))
  return bound / 2 + (bound / 2) * chance
}

/** Seconds of a `Retry-After` header, as a number or as a date; null where there is none. */
export function retryAfterOf(header: string | null, now: number): number | null {
  if (header === null || header.trim() === '') return null
  const seconds = Number(header)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, (at - now) / 1000)
}
