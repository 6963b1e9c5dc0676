// Owns the append to the event log: the next free positions, again and again until every event has one.
// Promises (PROTOCOL section 1): positions are highest + 1 under a unique index, so a reader that takes `pos` > cursor
// never skips an event that was written late; an event that is there already is not appended again; of one call, a later
// event never stands before an earlier one.

import type { LoggedEvent } from '../event/event.ts'
import type { EventLogStore } from './store.ts'

/** An event without its place. */
export type Unplaced = Omit<LoggedEvent, 'pos'>

/**
 * Appends them, in order. Answers the highest position that it knows to be taken: the next call of this process may begin
 * there instead of asking. It is no promise that nobody else went on from it; that costs one attempt.
 */
export async function appendEvents(
  store: Pick<EventLogStore, 'highestPosition' | 'appendEvents'>,
  tenantId: string,
  events: Unplaced[],
  known: number | null = null,
): Promise<number> {
  let left = events
  let highest = known
  for (;;) {
    highest ??= await store.highestPosition(tenantId)
    if (left.length === 0) return highest
    const from = highest
    const placed = left.map((event, index) => ({ ...event, pos: from + 1 + index }))
    const results = await store.appendEvents(placed)
    // From the first failure on the rest is placed anew: a later seq never stands before an earlier one, and an entry that
    // was there already leaves no gap behind it.
    const failed = results.findIndex((result) => result.kind === 'duplicate')
    if (failed === -1) return from + left.length
    const result = results[failed]
    const isThere = result?.kind === 'duplicate' && result.rule === '_id'
    left = left.slice(isThere ? failed + 1 : failed)
    highest = isThere ? from + failed : null
  }
}
