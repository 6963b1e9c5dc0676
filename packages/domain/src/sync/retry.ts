// Owns what an operator's retry makes of a parked customer (PROTOCOL section 1). Pure.
// Promises: an open intent stays open and goes on under its own key, unless Stripe has that key with other parameters;
// what no retry can cure is refused instead of parked a second time.

import type { CustomerDocument } from '../customer/document.ts'
import { commandUnknown } from './command-intent.ts'
import { unknown } from './intent.ts'

type Parked = NonNullable<CustomerDocument['parked']>

/** freed: to be written; a worker goes on with it. not_parked: nothing to do. refused: it stays parked, and why. */
export type Retry =
  | { kind: 'freed'; doc: CustomerDocument }
  | { kind: 'not_parked' }
  | { kind: 'refused'; code: string; reason: string }

/** Codes that a retry does not lift: the look-up that would have to tell has lost a witness for good. */
const beyondRetry: ReadonlyMap<string, string> = new Map([
  ['doubt_too_old', 'Stripe no longer tells what became of its create, so a retry would only park it again.'],
])

/**
 * The document as it goes on. `shown` is what the operator looked at: where it was parked anew since, for whatever
 * reason, that is another matter, and it is `not_parked` in the sense of this retry.
 */
export function retried(doc: CustomerDocument, shown: Parked, now: number): Retry {
  const { parked } = doc
  if (!parked || parked.code !== shown.code || parked.at !== shown.at) return { kind: 'not_parked' }
  const reason = beyondRetry.get(parked.code)
  if (reason !== undefined) return { kind: 'refused', code: parked.code, reason }
  // `one_leaf` stays: how a refusal without a name is narrowed down has not changed.
  const freed = { ...doc, parked: null, tries: 0, waits: 0, next_attempt_at: null }
  // The same key with the same parameters would be refused again, and whether the first call took effect is not known.
  const lost = parked.code === 'idempotency_error'
  return { kind: 'freed', doc: lost ? withOutcomeUnknown(freed, now) : freed }
}

/** A command keeps its place and its intent: closed, it would be opened again under a new key, and a credit paid twice. */
function withOutcomeUnknown(doc: CustomerDocument, now: number): CustomerDocument {
  switch (doc.intent?.kind) {
    case 'create':
    case 'update':
      return unknown(doc, now)
    case 'command':
      return commandUnknown(doc, now)
    case 'delete': // It has no key at Stripe.
    case undefined:
      return doc
  }
}
