// Owns slots that live in this process, by a clock that is given: the simulation's fake. The same rules as the scripts in
// `redis-slots.ts`, and the same tests. `forget` is what FLUSHALL does.

import type { Clock } from '../clock/clock.ts'
import {
  heldMs,
  priorities,
  rememberedMs,
  type SlotRequest,
  type Slots,
  spentMs,
  windowMs,
  yieldMs,
} from './slots.ts'

export interface MemorySlots extends Slots {
  forget(): void
}

interface Account {
  /** Until when (ms) the past counts as spent. */
  spentUntil: number
  /** Scope → member → when its slot comes free (ms). */
  taken: Map<string, Map<string, number>>
  /** `<rank>:<scope>` → until when (ms) somebody is known to wait. */
  waiting: Map<string, number>
}

/** Slots that were never asked for. */
export function memorySlots(clock: Pick<Clock, 'now'>): MemorySlots {
  const accounts = new Map<string, Account>()

  function slotsOf(account: Account, scope: string, now: number): Map<string, number> {
    const slots = account.taken.get(scope) ?? new Map<string, number>()
    account.taken.set(scope, slots)
    for (const [member, free] of slots) if (free <= now) slots.delete(member)
    return slots
  }

  function takeFrom(account: Account, request: SlotRequest): number {
    const now = clock.now()
    if (account.spentUntil > now) return account.spentUntil - now
    const rank = priorities.indexOf(request.priority)
    const scopes = [
      { scope: 'account', limit: request.limits.perAccount },
      { scope: request.endpoint, limit: request.limits.perEndpoint },
    ]
    for (let higher = 0; higher < rank; higher++) {
      for (const { scope } of scopes)
        if ((account.waiting.get(`${higher}:${scope}`) ?? 0) > now) return yieldMs
    }
    let wait = 0
    for (const { scope, limit } of scopes) {
      const slots = slotsOf(account, scope, now)
      if (slots.size < limit) continue
      const free = Math.min(...slots.values()) - now
      account.waiting.set(`${rank}:${scope}`, now + Math.min(free, windowMs) + rememberedMs)
      wait = Math.max(wait, free)
    }
    if (wait > 0) return wait
    for (const { scope } of scopes) slotsOf(account, scope, now).set(request.member, now + heldMs)
    return 0
  }

  return {
    async take(request) {
      const known = accounts.get(request.account)
      if (known) return takeFrom(known, request)
      const fresh = { spentUntil: clock.now() + spentMs, taken: new Map(), waiting: new Map() }
      accounts.set(request.account, fresh)
      return spentMs
    },
    async give({ account, endpoint, member }, used) {
      const free = clock.now() + (used ? windowMs : 0)
      const known = accounts.get(account)
      for (const scope of known ? ['account', endpoint] : [])
        if (known) slotsOf(known, scope, clock.now()).set(member, free)
    },
    forget: () => accounts.clear(),
  }
}
