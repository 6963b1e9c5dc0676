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

/** The most moments (ms, sorted) within any span of `spanMs`, its end excluded. */
export function busiest(moments: readonly number[], spanMs: number): number {
  let most = 0
  let first = 0
  for (const [at, moment] of moments.entries()) {
    while (moment - (moments[first] ?? moment) >= spanMs) first++
    most = Math.max(most, at - first + 1)
  }
  return most
}

/** `340 ms`, `2.4 s`: three digits at most. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

/** Per cent of what the account's limit allows in that stretch. */
export function busiestShare(load: {
  busiestCalls: number
  stretchMs: number
  limits: { perAccount: number }
}): number {
  return Math.round((100 * load.busiestCalls) / ((load.limits.perAccount * load.stretchMs) / 1000))
}
