// Owns how a fact enters a customer's outbox: in the same write as the state it tells of.

import type { CustomerDocument } from '../customer/document.ts'
import type { Json } from '../customer/tree.ts'
import type { EventType } from './event.ts'

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
  const seq = doc.seq + 1
  const entry = { id: moment.uuid(), seq, type: event.type, at: moment.now, data: JSON.stringify(event.data) }
  return { ...doc, seq, outbox: [...doc.outbox, entry] }
}
