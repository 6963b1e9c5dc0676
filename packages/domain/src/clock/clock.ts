// Owns time and chance as ports, so that the same decisions run on a virtual clock and a seeded generator.
// Promises: nothing else in the repository's domain reads the wall clock, draws a number or waits.

import { setTimeout as wait } from 'node:timers/promises'
import { v7 } from 'uuid'

/** Milliseconds since the Unix epoch, and waiting. */
export interface Clock {
  now(): number
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Chance: `next()` is uniform in [0, 1); `uuid()` is a UUID v7 (RFC 9562), so ids sort by birth. */
export interface Random {
  next(): number
  uuid(): string
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    await wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined)
  },
}

/** The machine's own generator. */
export const systemRandom: Random = {
  next: () => Math.random(),
  uuid: () => v7(),
}
