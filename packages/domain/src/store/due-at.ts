// Owns the moment from which a customer is due for a worker: one number in place of a condition over six fields, so
// that any database answers the sweeper from one small index. Pure.

import type { CustomerDocument } from '../customer/document.ts'

/**
 * From when on (ms) the sweeper rings for this document; null: not before it is written again.
 * An event that waits for its append is due whatever else stands still; else a back-off is waited for, parked ones
 * wait for an operator, and a tombstone has nothing left but marks and what is still to be erased.
 */
export function dueAt(doc: CustomerDocument): number | null {
  if (doc.sync_due_at === undefined) return null
  if (doc.outbox.length > 0) return doc.sync_due_at
  if (doc.parked || (doc.tombstone && isSettled(doc))) return null
  return Math.max(doc.sync_due_at, doc.next_attempt_at ?? 0)
}

function isSettled({ applied, tombstone }: CustomerDocument): boolean {
  return applied.length === 0 && tombstone?.erased !== false
}
