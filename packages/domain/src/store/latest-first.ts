// Owns the order of lists by time: the last first, and by id where two are of one moment. Pure.

import type { Moment } from './store.ts'

/** True for what follows the last one seen; without one, everything follows. */
export function isBefore({ at, id }: Moment, last: Moment | undefined): boolean {
  return last === undefined || at < last.at || (at === last.at && id < last.id)
}

/** Sorts the last first. */
export function latestFirst(a: Moment, b: Moment): number {
  return b.at - a.at || (a.id < b.id ? 1 : -1)
}
