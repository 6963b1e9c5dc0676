// Owns the events that tell what became of an operation: applied, rejected, parked. Pure.
// Promises: each ending is told once, in the write that makes it, whichever lane or rule ended the operation.

import type { EventType } from '../event/catalogue.ts'
import { withEvent } from '../event/outbox.ts'
import { isMarkable } from '../sync/plan.ts'
import type { AppliedOperation, CustomerDocument } from './document.ts'

/** The document with every ending in it told. */
export function withEndingsTold(doc: CustomerDocument, now: number): CustomerDocument {
  const untold = doc.applied.filter((entry) => isMarkable(entry) && !entry.told)
  if (untold.length === 0) return doc
  const told = untold.reduce((next, entry) => withEndingTold(next, entry, now), doc)
  const ids = new Set(untold.map(({ id }) => id))
  return {
    ...told,
    applied: doc.applied.map((entry) => (ids.has(entry.id) ? { ...entry, told: true } : entry)),
  }
}

function withEndingTold(doc: CustomerDocument, entry: AppliedOperation, now: number): CustomerDocument {
  // An operation that is parked and retried ends more than once; the customer's count tells one end from the next.
  const moment = { now, uuid: () => `${entry.id}.${doc.seq + 1}` }
  const { id: operation_id, code, version } = entry
  return withEvent(doc, moment, { type: typeOf(entry), data: { operation_id, code, version } })
}

function typeOf({ code, parked }: AppliedOperation): EventType {
  if (parked) return 'operation.parked'
  return code === null ? 'operation.applied' : 'operation.rejected'
}
