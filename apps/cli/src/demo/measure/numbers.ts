// Owns the arithmetic of what the demo measures. Pure.

/** Of several durations (ms): the middle one, and the one that 99 % do not exceed (nearest rank). */
export interface Spread {
  count: number
  p50: number
  p99: number
}

/** @throws Error for no durations */
export function spreadOf(durations: readonly number[]): Spread {
  const sorted = durations.toSorted((a, b) => a - b)
  const rank = (share: number) => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
    if (value === undefined) throw new Error('bug: a spread of nothing')
    return value
  }
  return { count: sorted.length, p50: rank(0.5), p99: rank(0.99) }
}

/** The shortest span (ms) after which `count` further moments had come; null where there were not so many. Sorted. */
export function fastest(moments: readonly number[], count: number): number | null {
  let least: number | null = null
  for (const [at, moment] of moments.entries()) {
    const later = moments[at + count]
    if (later !== undefined) least = Math.min(least ?? Number.POSITIVE_INFINITY, later - moment)
  }
  return least
}

/** `340 ms`, `2.4 s`: three digits at most. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/**
 * Per cent of a limit (calls in any second) that `calls` in `ms` use. Counted from one call to the one `calls` later, so
 * that a burst at the edge of the stretch is not counted twice.
 */
export function shareUsed(use: { calls: number; ms: number; perSecond: number }): number {
  return Math.round((100 * use.calls * 1000) / (use.ms * use.perSecond))
}
