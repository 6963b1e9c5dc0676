// Owns how a fact enters a customer's outbox: in the same write as the state it tells of.

import type { CustomerDocument, OutboxEntry } from '../customer/document.ts'
import type { Json } from '../customer/tree.ts'
import type { EventType } from './catalogue.ts'

/** Now, and new ids: what a pure decision needs of the world. */
export interface Moment {
  now: number
  uuid(): string
}

/** The document with one more event in its outbox, numbered by the customer's own count. */
export function withEvent(
  doc: CustomerDocument,
  moment: Moment,
  event: { type: EventType; data: { [key: string]: Json } },
): CustomerDocument {
  return noted(doc, { id: moment.uuid(), type: event.type, at: moment.now, data: JSON.stringify(event.data) })
}

/** The document with a caller's own event; its id is the operation's that brought it. */
export function withCallersEvent(
  doc: CustomerDocument,
  event: { id: string; type: string; at: number; data: string },
): CustomerDocument {
  return noted(doc, event)
}

function noted(doc: CustomerDocument, event: Omit<OutboxEntry, 'seq'>): CustomerDocument {
  const seq = doc.seq + 1
  return { ...doc, seq, outbox: [...doc.outbox, { ...event, seq }] }
}
