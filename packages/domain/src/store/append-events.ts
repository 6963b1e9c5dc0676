// Owns the append to the event log: the next free positions, again and again until every event has one.
// Promises (PROTOCOL section 1): positions are highest + 1 under a unique index, so a reader that takes `pos` > cursor
// never skips an event that was written late; an event that is there already is not appended again; of one call, a later
// event never stands before an earlier one.

import type { LoggedEvent } from '../event/event.ts'
import type { EventLogStore } from './store.ts'

/** An event without its place. */
export type Unplaced = Omit<LoggedEvent, 'pos'>

/** Appends them, in order. */
export async function appendEvents(
  store: Pick<EventLogStore, 'highestPosition' | 'appendEvents'>,
  tenantId: string,
  events: Unplaced[],
): Promise<void> {
  let left = events
  while (left.length > 0) {
    const highest = await store.highestPosition(tenantId)
    const placed = left.map((event, index) => ({ ...event, pos: highest + 1 + index }))
    const results = await store.appendEvents(placed)
    // From the first failure on the rest is placed anew: a later seq never stands before an earlier one, and an entry that
    // was there already leaves no gap behind it.
    const failed = results.findIndex((result) => result.kind === 'duplicate')
    if (failed === -1) return
    const result = results[failed]
    const known = result?.kind === 'duplicate' && result.rule === '_id'
    left = left.slice(known ? failed + 1 : failed)
  }
}
