// Owns finding a place in the event log by time. Pure but for the reads.

import type { EventLogStore } from './store.ts'

/** An event may be appended this much later than it happened, after a crash (ms): it is then behind later ones. */
const marginMs = 10 * 60_000

/** A position behind which every event stands that happened at `since` or later; a few earlier ones may, too. */
export async function positionBefore(
  store: Pick<EventLogStore, 'highestPosition' | 'readEvents'>,
  tenantId: string,
  since: number,
): Promise<number> {
  let low = 0
  let high = await store.highestPosition(tenantId)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [next] = await store.readEvents(tenantId, middle, 1)
    if (next && next.at < since - marginMs) low = next.pos
    else high = middle
  }
  return low
}
