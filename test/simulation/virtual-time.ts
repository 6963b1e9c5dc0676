// Owns time in the simulation: one true time, Stripe's; each process's clock is off by its own skew.
// Promises: nothing moves but by `pass`; timers fire in the order of their times, and those of the dead never.

import type { Clock } from '@lockstep/domain/clock/clock'
import type { Sandbox } from '@lockstep/stripe-sandbox'

interface Timer {
  at: number
  order: number
  fire: () => void
}

export interface VirtualTime {
  now(): number
  /** A clock that is ahead by `skewMs`, or behind where that is negative. `isDead`: its sleepers never wake. */
  clockOf(skewMs: number, isDead: () => boolean): Clock
  /** Moves true time on and fires what falls due on the way. */
  pass(ms: number): Promise<void>
  /** Milliseconds until the next timer; null where none waits. */
  nextIn(): number | null
}

/** Time as the sandbox's clock has it. */
export function virtualTime(clock: Sandbox['clock']): VirtualTime {
  let timers: Timer[] = []
  let order = 0

  function fireDue(): void {
    const due = timers
      .filter(({ at }) => at <= clock.now())
      .toSorted((a, b) => a.at - b.at || a.order - b.order)
    timers = timers.filter(({ at }) => at > clock.now())
    for (const { fire } of due) fire()
  }

  return {
    now: () => clock.now(),
    clockOf: (skewMs, isDead) => ({
      now: () => clock.now() + skewMs,
      sleep: (ms, signal) =>
        new Promise((wake) => {
          if (signal?.aborted) return wake()
          const timer = { at: clock.now() + ms, order: order++, fire: () => (isDead() ? undefined : wake()) }
          timers.push(timer)
          signal?.addEventListener('abort', () => {
            timers = timers.filter((each) => each !== timer)
            if (!isDead()) wake()
          })
        }),
    }),
    async pass(ms) {
      await clock.advance(ms)
      fireDue()
    },
    nextIn: () =>
      timers.length === 0 ? null : Math.max(0, Math.min(...timers.map(({ at }) => at)) - clock.now()),
  }
}
