// Owns the share of Stripe's rate limits that each call takes: a slot first, then the call.
// Promises: within this process first come, first served in each line; a line is one endpoint at one priority, so nobody waits
// behind a call that is held up by another endpoint's limit, or by its own patience. What can take all night leaves evenly,
// so that slots come free evenly: after a burst a live call would wait for up to a second, though it is next.

import type { Clock, Random } from '../clock/clock.ts'
import { oneAtATime } from '../clock/one-at-a-time.ts'
import {
  type Priority,
  type SlotRequest,
  type Slots,
  type StripeLimits,
  usableMs,
  windowMs,
} from './slots.ts'

export interface BudgetOptions {
  slots: Slots
  clock: Clock
  random: Random
  limits: StripeLimits
  /** `acct_…` and mode: what the limits are counted by. */
  account: string
}

export interface Budget {
  /** Waits for a slot of this endpoint and of the account. Throws when the slots are away: then nothing may be called. */
  take(endpoint: string, priority?: Priority): Promise<Slot>
}

/** The right to make one call. */
export interface Slot {
  /** The slot was not free at once: what was read before may be old. */
  waited: boolean
  /** False once it was held for too long without a call: others count on it by then, and nothing may be called. */
  isUsable(): boolean
  /** After the answer (`used`), or at once where no call was made. */
  release(used: boolean): Promise<void>
}

/** Where every slot is held by a call without an answer yet, nobody can say when one comes free: look again (ms). */
const pollMs = 15

/** A budget over these slots. */
export function openBudget(options: BudgetOptions): Budget {
  const { slots, clock, random, limits, account } = options
  const inLine = oneAtATime()

  /** When the next call of the lowest priority may leave (ms), by scope. */
  const nextCalm = new Map<string, number>()

  /** Waits for the turn of a call in an even row. */
  async function evenly({ endpoint }: SlotRequest): Promise<boolean> {
    const now = clock.now()
    const scopes = [
      { scope: 'account', gap: windowMs / limits.perAccount },
      { scope: endpoint, gap: windowMs / limits.perEndpoint },
    ]
    const turn = Math.max(now, ...scopes.map(({ scope }) => nextCalm.get(scope) ?? 0))
    for (const { scope, gap } of scopes) nextCalm.set(scope, turn + gap)
    if (turn - now < 1) return false
    await clock.sleep(turn - now)
    return true
  }

  async function take(request: SlotRequest): Promise<{ waited: boolean; at: number }> {
    const slept = request.priority === 'backfill' && (await evenly(request))
    for (let tries = 0; ; tries++) {
      // Before the question: the slot's time runs from when it was given, and the answer may have taken long.
      const at = clock.now()
      const wait = await slots.take(request)
      if (wait === 0) return { waited: slept || tries > 0, at }
      await clock.sleep(pause(wait, random))
    }
  }

  return {
    async take(endpoint, priority = usualPriority(endpoint)) {
      const request = { account, endpoint, member: random.uuid(), limits, priority }
      const { waited, at } = await inLine(`${priority} ${endpoint}`, async (behind) => {
        const taken = await take(request)
        return { ...taken, waited: behind || taken.waited }
      })
      return {
        waited,
        isUsable: () => clock.now() - at < usableMs,
        release: (used) => slots.give(request, used),
      }
    },
  }
}

/** A write is waited for; a read was asked for by a webhook; what can take all night says so. */
function usualPriority(endpoint: string): Priority {
  return endpoint.startsWith('GET ') ? 'read' : 'live'
}

/** A slot whose answer came ends at a known time; one on its way may end long before the time of a dead process's. */
function pause(wait: number, random: Random): number {
  return wait > windowMs ? pollMs + random.next() * 5 : Math.max(1, wait)
}
