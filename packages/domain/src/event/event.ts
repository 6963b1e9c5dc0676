// Owns the event log's entry: one fact, append-only, in one gapless order per tenant. Ours speak of a customer; a
// caller's own may speak of none.

/** `pos` is highest + 1 under a unique index: a reader takes `pos` > cursor and never skips a late one. */
export interface LoggedEvent {
  _id: string
  tenant_id: string
  pos: number
  /** null: a caller's own, about no customer. */
  customer_id: string | null
  /** The customer's own count; null without one. */
  seq: number | null
  type: string
  at: number
  /** JSON text. */
  data: string
}

/** What stands in place of what was erased, wherever JSON text stood. */
export const erasedText = '{"erased":true}'
