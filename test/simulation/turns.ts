// Owns who goes on next: every port call of every simulated process waits here for its turn.
// Promises: one call at a time; with the same choices, the same order. A step ends when everything that could move
// has come to its next port call, or to its end.

import { setImmediate as tick } from 'node:timers/promises'

interface Waiting {
  owner: number
  name: string
  go: () => void
}

export interface Turns {
  /** Resolves when it is this call's turn. `owner` is the process. */
  wait(owner: number, name: string): Promise<void>
  /** Tells that a call outside of this thread is under way until the promise ends. */
  outside<T>(call: Promise<T>): Promise<T>
  /** Lets one waiting call go; `choose` picks among their number. False: nobody waits. */
  step(choose: (count: number) => number): Promise<boolean>
  /** The calls of a dead process never get their turn. */
  bury(owner: number): void
  /** Everything that can move has moved. */
  rest(): Promise<void>
}

export function openTurns(): Turns {
  let waiting: Waiting[] = []
  let outside = 0

  /** Promises of one thread settle within a tick; what runs outside is waited for. */
  async function rest(): Promise<void> {
    await tick()
    while (outside > 0) await tick()
    await tick()
  }

  return {
    rest,
    wait: (owner, name) => new Promise((go) => waiting.push({ owner, name, go })),
    async outside(call) {
      outside++
      try {
        return await call
      } finally {
        outside--
      }
    },
    async step(choose) {
      const chosen = waiting[choose(waiting.length)]
      if (!chosen) return false
      waiting = waiting.filter((each) => each !== chosen)
      chosen.go()
      await rest()
      return true
    },
    bury(owner) {
      waiting = waiting.filter((each) => each.owner !== owner)
    },
  }
}
