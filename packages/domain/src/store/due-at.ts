// Owns the moment from which a customer is due for a worker: one number in place of a condition over six fields, so
// that any database answers the sweeper from one small index. Pure.

import type { CustomerDocument } from '../customer/document.ts'
import { isMarkable } from '../sync/plan.ts'

/**
 * From when on (ms) the sweeper rings for this document; null: not before it is written again.
 * What asks nothing of Stripe is due whatever else stands still: an event that waits for its append, an outcome that waits to
 * be marked. Else a back-off is waited for, parked ones wait for an operator, and a tombstone for what is still to be erased.
 */
export function dueAt(doc: CustomerDocument): number | null {
  if (doc.sync_due_at === undefined) return null
  if (doc.outbox.length > 0 || doc.applied.some(isMarkable)) return doc.sync_due_at
  if (doc.parked || (doc.tombstone && doc.tombstone.erased !== false)) return null
  return Math.max(doc.sync_due_at, doc.next_attempt_at ?? 0)
}
