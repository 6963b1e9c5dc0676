/**
 * Owns the time that billing goes by: the sandbox's clock, or the test clock of a customer.
 * Promises: what belongs to a test clock moves only when that clock is advanced, and then in the order in which it falls due, each at its
 * own time; everything else moves with the sandbox's clock. Timers are not kept: what is owed after a restart is set again from the
 * objects themselves.
 */
import type { Core } from '../../../core.ts'
import { badRequest } from '../../../http/stripe-error.ts'
import type { Realm } from '../../../state/store.ts'
import type { TableKey } from '../../../state/table.ts'

/** A test clock as the API shows it. */
export type TestClock = {
  readonly id: string
  readonly object: 'test_helpers.test_clock'
  readonly created: number
  readonly deletes_after: number
  readonly frozen_time: number
  readonly livemode: boolean
  readonly name: string | null
  readonly status: 'advancing' | 'ready'
  readonly status_details: { readonly advancing?: { readonly target_frozen_time: number } }
}

/** The table of test clocks. */
export const testClocks: TableKey<TestClock> = { name: 'test_clocks' }

/** What lives on a clock: null is the sandbox's own. */
export type Clocked = { readonly test_clock: string | null }

type Timer = { readonly due: number; readonly work: () => void }

/** Timers of test clocks by clock and name; a closed sandbox takes its realms, and so its timers, with it. */
const agendas = new WeakMap<Realm, Map<string, Map<string, Timer>>>()

/** The time (seconds) for an object. One whose test clock is gone has nothing to wait for, and gets the sandbox's. */
export function secondsFor(core: Core, realm: Realm, { test_clock: id }: Clocked): number {
  if (id === null) return core.clock.seconds()
  return realm.table(testClocks).get(id)?.frozen_time ?? core.clock.seconds()
}

/** From 1970 to the year 9999 (seconds): beyond, months cannot be counted, and no time is written as Stripe writes it. */
const lastSecond = Date.UTC(9999, 0) / 1000

/** Throws 400 for a time that cannot be one. */
export function checkTime(seconds: number, param: string): void {
  if (seconds < 0 || seconds > lastSecond) {
    throw badRequest(`Invalid timestamp: ${seconds}. It must be from 0 to ${lastSecond}.`, { param })
  }
}

/** Runs `work` when the object's clock reaches `due` (seconds); an earlier timer of that name is called off. */
export function whenDue(
  core: Core,
  realm: Realm,
  { test_clock: id }: Clocked,
  timer: { readonly name: string; readonly due: number; readonly work: () => void },
): void {
  const work = () => unharmed(timer)
  if (id === null) {
    core.clock.named(`${timer.name} ${realm.name}`, timer.due * 1000, work)
    return
  }
  const clocks = agendas.get(realm) ?? new Map<string, Map<string, Timer>>()
  agendas.set(realm, clocks)
  const timers = clocks.get(id) ?? new Map<string, Timer>()
  clocks.set(id, timers)
  // Deleted first, so that the order of setting decides among timers of one second.
  timers.delete(timer.name)
  timers.set(timer.name, { due: timer.due, work })
}

/** A step that fails has undone itself; it must be seen, and must not take the sandbox or the other steps with it. */
function unharmed({ name, work }: { readonly name: string; readonly work: () => void }): void {
  try {
    work()
  } catch (error) {
    console.error(`bug in the sandbox, at the timer "${name}":`, error)
  }
}

/** Moves a test clock to `target` (seconds), running what falls due on the way. */
export function runTestClock(core: Core, realm: Realm, id: string, target: number): void {
  for (;;) {
    const next = earliest(agendas.get(realm)?.get(id), target)
    const clock = realm.table(testClocks).get(id)
    if (!next || !clock) return
    agendas.get(realm)?.get(id)?.delete(next.name)
    core.store.unit(() =>
      realm.table(testClocks).put({ ...clock, frozen_time: Math.max(clock.frozen_time, next.due) }),
    )
    next.work()
  }
}

/** Calls off everything on a clock that is deleted. */
export function stopTestClock(realm: Realm, id: string): void {
  agendas.get(realm)?.delete(id)
}

function earliest(
  timers: ReadonlyMap<string, Timer> | undefined,
  target: number,
): { readonly name: string; readonly due: number; readonly work: () => void } | undefined {
  let found: { name: string; due: number; work: () => void } | undefined
  for (const [name, { due, work }] of timers ?? []) {
    if (due <= target && (!found || due < found.due)) found = { name, due, work }
  }
  return found
}
