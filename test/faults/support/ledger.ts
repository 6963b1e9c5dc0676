// Owns the record of what was done to a stack from outside: every write to a gateway and every edit at the dashboard.
// Promises: it stands here before the first byte is sent, with the values that it sets, none of which is set twice by
// anybody; so whatever either side shows later can be traced to the one who wrote it.

/** A value that a write sets, by the API's name of the field. */
export interface SetValue {
  field: string
  value: string
}

/** One write to a gateway, under its own Idempotency-Key. */
export interface Write {
  method: 'POST' | 'PATCH'
  path: string
  body?: unknown
  /** The Idempotency-Key. */
  key: string
  /** Default: does not wait for the outcome. */
  prefer?: string
  ifMatch?: string
  /** Whose; null for a create, until it is answered. */
  customer: string | null
  values: readonly SetValue[]
}

/** What its caller knows of it. Times are of one monotonic clock (ms). */
export interface WriteRecord extends Write {
  sentAt: number
  /** Attempts that got no answer: whether they were carried out, the caller cannot know. */
  unanswered: number
  /** Answers that said "later" (429, 503). */
  later: number
  /** Answers that nobody should ever get: 5xx other than 503. */
  broken: number
  /** The answer that ended it; null: none did. */
  answer: { status: number; code: string | null } | null
  answeredAt: number | null
}

/** One edit at the dashboard. */
export interface EditRecord {
  customer: string
  stripeId: string
  values: readonly SetValue[]
  /** Stripe said that it was done. */
  done: boolean
}

export interface Ledger {
  writes: WriteRecord[]
  edits: EditRecord[]
}

export function emptyLedger(): Ledger {
  return { writes: [], edits: [] }
}

/** True where the caller was told that it is safe. */
export function isAcknowledged({ answer }: WriteRecord): boolean {
  return answer !== null && answer.status < 300
}
