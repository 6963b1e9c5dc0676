// Owns a store that lives in this process: the simulation's and the unit tests' fake.
// Promises: the same answers as the real one (the conformance suite runs on both); what goes in and out is a deep
// copy, so nobody changes a stored document by holding it. Durable it is not.

import type { Store } from '../store.ts'
import { memoryAudit } from './memory-audit.ts'
import { memoryCustomers } from './memory-customers.ts'
import { memoryDeliveries } from './memory-deliveries.ts'
import { memoryEventLog } from './memory-event-log.ts'
import { memoryMirrors } from './memory-mirrors.ts'
import { memoryOperations } from './memory-operations.ts'
import { memoryPortalLinks } from './memory-portal-links.ts'
import { memoryReconciliations } from './memory-reconciliations.ts'
import { memoryStripeCalls } from './memory-stripe-calls.ts'
import { memoryStripeEvents } from './memory-stripe-events.ts'
import { memoryTenants } from './memory-tenants.ts'

/** An empty store. */
export function memoryStore(): Store {
  const customers = memoryCustomers()
  const operations = memoryOperations()
  const stripeEvents = memoryStripeEvents()
  return {
    ...customers.port,
    ...operations.port,
    ...stripeEvents.port,
    ...memoryEventLog(),
    ...memoryDeliveries(),
    ...memoryStripeCalls(),
    ...memoryAudit(),
    ...memoryTenants(customers.all),
    ...memoryReconciliations(),
    ...memoryMirrors(),
    ...memoryPortalLinks(),
    async ping() {},
    async close() {},
    async backlog() {
      const waiting = operations.all().filter(({ status }) => status === 'accepted')
      const unsynced = customers.all().filter((doc) => doc.sync_due_at !== undefined)
      const parked = new Map<string, number>()
      for (const doc of customers.all()) {
        if (doc.parked) parked.set(doc.parked.code, (parked.get(doc.parked.code) ?? 0) + 1)
      }
      return {
        waitingOperations: waiting.length,
        oldestWaitingOperationAt: least(waiting.map((operation) => operation.accepted_at)),
        unsyncedCustomers: unsynced.length,
        oldestUnsyncedAt: least(unsynced.flatMap((doc) => doc.sync_due_at ?? [])),
        waitingStripeEvents: stripeEvents.all().filter((event) => event.done_at === null).length,
        parked: [...parked]
          .map(([code, count]) => ({ code, count }))
          .sort((a, b) => (a.code < b.code ? -1 : 1)),
      }
    },
  }
}

function least(values: number[]): number | null {
  return values.length === 0 ? null : Math.min(...values)
}
