// Owns what every simulated process is: it lives until it is killed, and each call that it makes to the outside waits for its
// turn, before the effect and before the answer.
// Promises: the dead make no further call, and what they held in memory is gone.

import { StoreUnavailable } from '@lockstep/domain/store/store'
import type { Turns } from './turns.ts'

/** Stands in place of a process's death: no catch of the product may survive it. */
export class Death extends Error {
  override name = 'Death'
}

export interface Life {
  readonly id: number
  readonly dead: boolean
  kill(): void
  /** The port as this process has it. `trouble` may make a call fail before or after its effect. */
  guard<T extends object>(port: T, name: string, trouble?: Trouble): T
}

/** Asked for each call: where it fails, as a lost connection to the database would. */
export type Trouble = () => 'before' | 'after' | null

export function newLife(id: number, turns: Turns): Life {
  let dead = false
  const live = () => {
    if (dead) throw new Death()
  }
  return {
    id,
    get dead() {
      return dead
    },
    kill() {
      dead = true
      turns.bury(id)
    },
    guard: (port, name, trouble = () => null) =>
      new Proxy(port, {
        get(target, property) {
          const method: unknown = Reflect.get(target, property)
          if (typeof method !== 'function') return method
          return async (...args: unknown[]) => {
            const call = `${name}.${String(property)}`
            await turns.wait(id, call)
            live()
            const fails = trouble()
            if (fails === 'before') throw new StoreUnavailable(new Error('simulated'))
            const answer: unknown = await Reflect.apply(method, target, args)
            // The effect has happened; whether anybody hears of it is another turn's choice.
            await turns.wait(id, `${call} answered`)
            live()
            if (fails === 'after') throw new StoreUnavailable(new Error('simulated'))
            return answer
          }
        },
      }),
  }
}
