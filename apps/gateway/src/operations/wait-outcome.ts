// Owns the waiting side of a queued write: a notice by Redis, with a poll of the database behind it.
// Promises: a notice that came after `watch` is never missed; without Redis the poll alone finds the outcome; a
// database that is away while somebody waits is no error (the operation is durable already), only a longer wait.

import type { Clock } from '@lockstep/domain/clock/clock'
import type { Notice } from '@lockstep/domain/doorbell/doorbell'
import { StoreUnavailable } from '@lockstep/domain/store/store'

/** First look without a notice (ms): well above a healthy round through the queue. */
const pollFirstMs = 100
/** Later looks (ms): a person waits at most this much longer than needed while Redis is away. */
const pollMaxMs = 1_000
const pollGrowth = 1.6

/** noticed: a notice came. silent: the time is up. over: the caller left, or the process drains. */
export type Woken = 'noticed' | 'silent' | 'over'

/** What somebody waits for. */
export interface Watch {
  /** Resolves at the next notice, or one that came since the last call, or after `ms`, or when it is over. */
  next: (ms: number, signal: AbortSignal) => Promise<Woken>
  close: () => void
}

export interface OutcomeWaiters {
  /** Takes in a notice from anywhere. */
  hear: (notice: Notice) => void
  watch: (notice: Notice) => Watch
  /** From now on nobody waits: all watches are over. */
  release: () => void
}

/** The meeting point of notices and those who wait for them, in one process. */
export function outcomeWaiters(clock: Clock): OutcomeWaiters {
  const watches = new Map<string, Set<() => void>>()
  let released = false
  const nameOf = ({ kind, id }: Notice) => `${kind}/${id}`
  return {
    hear: (notice) => {
      for (const wake of watches.get(nameOf(notice)) ?? []) wake()
    },
    watch: (notice) => {
      const name = nameOf(notice)
      let noticed = false
      let rest = new AbortController()
      const wake = () => {
        noticed = true
        rest.abort()
      }
      const all = watches.get(name) ?? new Set()
      watches.set(name, all.add(wake))
      return {
        async next(ms, signal) {
          const leave = () => rest.abort()
          signal.addEventListener('abort', leave)
          if (!noticed && !released && !signal.aborted) await clock.sleep(ms, rest.signal)
          signal.removeEventListener('abort', leave)
          if (released || signal.aborted) return 'over'
          const heard = noticed
          noticed = false
          rest = new AbortController()
          return heard ? 'noticed' : 'silent'
        },
        close: () => {
          all.delete(wake)
          if (all.size === 0 && watches.get(name) === all) watches.delete(name)
        },
      }
    },
    release: () => {
      released = true
      for (const all of watches.values()) for (const wake of all) wake()
    },
  }
}

export interface Waiting<Result> {
  watch: Watch
  /** The result once there is one; asked after a notice, at each poll, and a last time when the wait ends. */
  read: (woken: Woken) => Promise<Result | null>
  /** Clock time (ms). */
  deadline: number
  signal: AbortSignal
  clock: Clock
}

/** The result, or null when the deadline passed, the caller left or the process drains without one. */
export async function waitFor<Result>(waiting: Waiting<Result>): Promise<Result | null> {
  const { watch, clock, deadline, signal } = waiting
  for (let pause = pollFirstMs; ; pause = Math.min(pause * pollGrowth, pollMaxMs)) {
    const left = deadline - clock.now()
    if (left <= 0 || signal.aborted) return null
    const woken = await watch.next(Math.min(pause, left), signal)
    const result = await waiting.read(woken).catch((error: unknown) => {
      if (error instanceof StoreUnavailable) return null
      throw error
    })
    if (result !== null || woken === 'over') return result
  }
}
