// Owns the event log's collection.
// Promises: a position is visible only after every lower one of its batch (ordered inserts), so a reader that takes
// what is above its cursor never passes a hole that is filled later.

import { erasedText } from '../../event/event.ts'
import type { EventLogStore } from '../store.ts'
import { type Collections, eventOf, placeOf, storedEvent } from './collections.ts'
import { insertMany } from './writes.ts'

/** The port over these collections. */
export function mongoEventLog({ events }: Pick<Collections, 'events'>): EventLogStore {
  const above = (tenantId: string, pos: number) => ({
    tenant_id: tenantId,
    _id: { $gt: placeOf(tenantId, pos), $lte: placeOf(tenantId, Number.MAX_SAFE_INTEGER) },
  })

  return {
    async highestPosition(tenantId) {
      const [last] = await events
        .find(above(tenantId, 0), { projection: { pos: 1 } })
        .sort({ _id: -1 })
        .limit(1)
        .toArray()
      return last?.pos ?? 0
    },

    appendEvents: (batch) =>
      insertMany(events, batch.map(storedEvent), {
        ordered: true,
        untried: { kind: 'duplicate', rule: 'pos' },
      }),

    async readEvents(tenantId, afterPos, limit) {
      const found = await events.find(above(tenantId, afterPos)).sort({ _id: 1 }).limit(limit).toArray()
      return found.map(eventOf)
    },

    async loggedEvents(tenantId, ids) {
      const found = await events
        .find({ event_id: { $in: [...ids] } }, { projection: { event_id: 1, tenant_id: 1 } })
        .toArray()
      return new Set(found.flatMap((each) => (each.tenant_id === tenantId ? [each.event_id] : [])))
    },

    async readEvent(tenantId, id) {
      const found = await events.findOne({ event_id: id, tenant_id: tenantId })
      return found && eventOf(found)
    },

    async readCustomerEvents({ tenantId, customerId }, afterPos, limit) {
      const found = await events
        .find({ tenant_id: tenantId, customer_id: customerId, pos: { $gt: afterPos } })
        .sort({ pos: 1 })
        .limit(limit)
        .toArray()
      return found.map(eventOf)
    },

    async latestCustomerEvents({ tenantId, customerId }, beforePos, limit) {
      const found = await events
        .find({ tenant_id: tenantId, customer_id: customerId, pos: { $lt: beforePos } })
        .sort({ pos: -1 })
        .limit(limit)
        .toArray()
      return found.map(eventOf)
    },

    async eraseEvents({ tenantId, customerId }) {
      await events.updateMany(
        { tenant_id: tenantId, customer_id: customerId },
        { $set: { data: erasedText } },
      )
    },
  }
}
