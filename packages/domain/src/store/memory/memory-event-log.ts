// Owns the event log of the in-process store. Promises: appended in order, without gaps.

import { erasedText, type LoggedEvent } from '../../event/event.ts'
import type { EventLogStore, InsertResult } from '../store.ts'

/** The port. */
export function memoryEventLog(): EventLogStore {
  const events: LoggedEvent[] = []

  const highest = (tenantId: string) =>
    events.reduce((pos, event) => (event.tenant_id === tenantId ? Math.max(pos, event.pos) : pos), 0)

  function append(event: LoggedEvent): InsertResult {
    if (events.some(({ _id }) => _id === event._id)) return { kind: 'duplicate', rule: '_id' }
    if (events.some(({ tenant_id, pos }) => tenant_id === event.tenant_id && pos === event.pos)) {
      return { kind: 'duplicate', rule: 'pos' }
    }
    events.push(structuredClone(event))
    return { kind: 'ok' }
  }

  return {
    async highestPosition(tenantId) {
      return highest(tenantId)
    },
    async appendEvents(batch) {
      const results: InsertResult[] = []
      for (const event of batch) {
        const stopped = results.some(({ kind }) => kind === 'duplicate')
        results.push(stopped ? { kind: 'duplicate', rule: 'pos' } : append(event))
      }
      return results
    },
    async readEvents(tenantId, afterPos, limit) {
      const found = events.filter((event) => event.tenant_id === tenantId && event.pos > afterPos)
      return structuredClone(found.sort((a, b) => a.pos - b.pos).slice(0, limit))
    },
    async loggedEvents(tenantId, ids) {
      const found = events.filter((event) => event.tenant_id === tenantId && ids.includes(event._id))
      return new Set(found.map(({ _id }) => _id))
    },
    async readEvent(tenantId, id) {
      return structuredClone(
        events.find(({ tenant_id, _id }) => tenant_id === tenantId && _id === id) ?? null,
      )
    },
    async readCustomerEvents({ tenantId, customerId }, afterPos, limit) {
      const found = events.filter(
        ({ tenant_id, customer_id, pos }) =>
          tenant_id === tenantId && customer_id === customerId && pos > afterPos,
      )
      return structuredClone(found.sort((a, b) => a.pos - b.pos).slice(0, limit))
    },
    async latestCustomerEvents({ tenantId, customerId }, beforePos, limit) {
      const found = events.filter(
        ({ tenant_id, customer_id, pos }) =>
          tenant_id === tenantId && customer_id === customerId && pos < beforePos,
      )
      return structuredClone(found.sort((a, b) => b.pos - a.pos).slice(0, limit))
    },
    async eraseEvents({ tenantId, customerId }) {
      for (const event of events) {
        if (event.tenant_id === tenantId && event.customer_id === customerId) event.data = erasedText
      }
    },
  }
}
