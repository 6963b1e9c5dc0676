// Owns the event log's collection and the readers' cursors.
// Promises: a position is visible only after every lower one of its batch (ordered inserts), so a reader that takes
// what is above its cursor never passes a hole that is filled later; a cursor never moves back.

import type { EventLogStore } from '../store.ts'
import type { Collections } from './collections.ts'
import { changeOrStart, insertMany } from './writes.ts'

/** The port over these collections. */
export function mongoEventLog({ events, cursors }: Pick<Collections, 'events' | 'cursors'>): EventLogStore {
  // Where the search for the highest position starts: positions only grow, and one engine sorts whatever matches,
  // so that without a lower bound every append would read the tenant's whole log.
  const seenUpTo = new Map<string, number>()

  return {
    async highestPosition(tenantId) {
      const from = seenUpTo.get(tenantId) ?? 0
      const [last] = await events
        .find({ tenant_id: tenantId, pos: { $gte: from } }, { projection: { pos: 1 } })
        .sort({ pos: -1 })
        .limit(1)
        .toArray()
      if (last) seenUpTo.set(tenantId, last.pos)
      return last?.pos ?? from
    },

    appendEvents: (batch) =>
      insertMany(events, batch, { ordered: true, untried: { kind: 'duplicate', rule: 'pos' } }),

    async readEvents(tenantId, afterPos, limit) {
      const read = (upper: { $lte?: number }) =>
        events
          .find({ tenant_id: tenantId, pos: { $gt: afterPos, ...upper } })
          .sort({ pos: 1 })
          .limit(limit)
          .toArray()
      // Without gaps the next `limit` positions are the answer, and nothing else is sorted.
      const next = await read({ $lte: afterPos + limit })
      // Nothing there: the end of the log, or its beginning was pruned.
      return next.length > 0 ? next : read({})
    },

    async readCursor(name) {
      const cursor = await cursors.findOne({ _id: name })
      return cursor?.pos ?? 0
    },

    async writeCursor(name, pos) {
      await changeOrStart(cursors, { _id: name, pos }, { $max: { pos } })
    },
  }
}
