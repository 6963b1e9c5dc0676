// Owns the counts that people on duty ask for. Promises: each reads one small partial index, not the history.

import type { Backlog } from '../store.ts'
import type { Collections } from './collections.ts'

/** Counted now, over all tenants; the parts may be some milliseconds apart. */
export async function readBacklog({ customers, operations, stripe_events }: Collections): Promise<Backlog> {
  // Each range holds all there is: one engine takes a partial index only where its key is asked for.
  const accepted = { status: 'accepted' as const, accepted_at: { $gte: 0 } }
  const unsynced = { sync_due_at: { $gte: 0 } }
  const [waitingOperations, oldestOperation, unsyncedCustomers, oldestUnsynced, waitingStripeEvents, parked] =
    await Promise.all([
      operations.countDocuments(accepted),
      operations
        .find(accepted)
        .sort({ accepted_at: 1 })
        .project<{ accepted_at: number }>({ accepted_at: 1 })
        .limit(1)
        .toArray(),
      customers.countDocuments(unsynced),
      customers
        .find(unsynced)
        .sort({ sync_due_at: 1 })
        .project<{ sync_due_at: number }>({ sync_due_at: 1 })
        .limit(1)
        .toArray(),
      stripe_events.countDocuments({ waiting: true, received_at: { $gte: 0 } }),
      customers
        .aggregate<{ _id: string; count: number }>([
          { $match: { 'parked.code': { $exists: true } } },
          { $group: { _id: '$parked.code', count: { $sum: 1 } } },
          { $sort: { _id: 1 } },
        ])
        .toArray(),
    ])
  return {
    waitingOperations,
    oldestWaitingOperationAt: oldestOperation[0]?.accepted_at ?? null,
    unsyncedCustomers,
    oldestUnsyncedAt: oldestUnsynced[0]?.sync_due_at ?? null,
    waitingStripeEvents,
    parked: parked.map(({ _id, count }) => ({ code: _id, count })),
  }
}
