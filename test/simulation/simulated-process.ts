// Owns one simulated worker process: production lanes on ports whose every call waits for its turn.
// Promises: a dead process makes no further call, and what it held in memory is gone.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { Doorbell } from '@lockstep/domain/doorbell/doorbell'
import type { Store } from '@lockstep/domain/store/store'
import type { StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import type { Ports } from '@lockstep/worker/ports'
import { openTenantGate } from '@lockstep/worker/tenant-gate'
import type { Turns } from './turns.ts'

export interface Outside {
  store: Store
  stripe: StripeHttp
  ring: Doorbell['ring']
  clock: Clock
  random: Random
  turns: Turns
}

/** Rings in place of the process's death: no catch in the lanes may survive it. */
export class Death extends Error {}

export interface SimulatedProcess {
  id: number
  ports: Ports
  /** What the lanes reported as caught: a bug of ours, unless the process was dying. */
  caught: string[]
  kill(): void
  readonly alive: boolean
}

/** A process that was just started. */
export function startProcess(id: number, outside: Outside): SimulatedProcess {
  const life = { dead: false }
  const caught: string[] = []
  const guard = <T extends object>(port: T, prefix: string, away: boolean): T =>
    new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...args: unknown[]) => {
          await outside.turns.wait(id, `${prefix}.${String(name)}`)
          if (life.dead) throw new Death()
          const call: Promise<unknown> = Reflect.apply(method, target, args)
          const answer = await (away ? outside.turns.outside(call) : call)
          // The effect has happened; whether anybody hears of it is another turn's choice.
          await outside.turns.wait(id, `${prefix}.${String(name)} answered`)
          if (life.dead) throw new Death()
          return answer
        }
      },
    })
  const store = guard(outside.store, 'store', false)
  const { clock, random } = outside
  const gate = openTenantGate({
    store,
    clock,
    brake: { share: 1, least: 1_000_000 },
    log: () => undefined,
    stripeFor: () => ({
      http: guard(outside.stripe, 'stripe', true),
      livemode: false,
      account: null,
      budgetFor: () => ({
        take: async () => ({ waited: random.next() < 0.5, release: async () => undefined }),
      }),
    }),
  })
  const ports: Ports = {
    store,
    doorbell: guard({ ring: outside.ring }, 'doorbell', false),
    notices: { publish: async () => undefined },
    clock,
    random,
    gate,
    settings: { doubtGraceMs: 3_600_000, triesMax: 5 },
    log: (event) => {
      if (event.event === 'lane_caught' && !life.dead) caught.push(event.detail)
    },
  }
  return {
    id,
    ports,
    caught,
    kill() {
      life.dead = true
      outside.turns.bury(id)
    },
    get alive() {
      return !life.dead
    },
  }
}
