// Owns chance in seeded tests: a small generator (mulberry32), and the choices made with it.

export interface Chance {
  /** Uniform in [0, 1). */
  next(): number
  /** True in this share of cases. */
  in(share: number): boolean
  /** A whole number from 0 to below `count`. */
  below: (count: number) => number
  pick<T>(list: readonly [T, ...T[]]): T
}

/** The same seed, the same choices. */
export function chanceOf(seed: number): Chance {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (count: number) => Math.floor(next() * count)
  return { next, below, in: (share) => next() < share, pick: (list) => list[below(list.length)] ?? list[0] }
}
