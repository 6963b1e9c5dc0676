/**
 * Owns the forgetting of everything.
 * Promises: state, logs, statistics and faults are as after a start; settings and the clock stay, and what the sandbox was started with is
 * in place again. Work that is under way finds nothing any more.
 */
import type { Core } from './core.ts'
import { forgetNotes } from './resources/customer/search-lag.ts'

/** Empties a sandbox. */
export function resetCore(core: Core): void {
  core.clock.forget()
  for (const realm of core.store.realms()) forgetNotes(realm)
  core.store.reset()
  core.inFlight.clear()
  core.log.clear()
  core.attempts.clear()
  core.limiter.reset()
  core.faults.reset()
  core.finishedDeliveries.length = 0
  core.prepare()
}
