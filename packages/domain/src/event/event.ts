// Owns the event log's entry: one of our facts about a customer, append-only, in one gapless order per tenant.

/** `pos` is highest + 1 under a unique index: a reader takes `pos` > cursor and never skips a late one. */
export interface LoggedEvent {
  _id: string
  tenant_id: string
  pos: number
  customer_id: string
  /** The customer's own count. */
  seq: number
  type: string
  at: number
  /** JSON text. */
  data: string
}

/** What stands in place of what was erased, wherever JSON text stood. */
export const erasedText = '{"erased":true}'

/** Every type that Lockstep writes today. */
export const eventTypes = [
  'customer.created',
  'customer.updated',
  'customer.deleted',
  'customer.restored',
  'customer.archived',
  'customer.unarchived',
  'customer.suspended',
  'customer.unsuspended',
  'customer.status_changed',
  'customer.linked',
  'customer.unlinked',
  'customer.conflict',
  'customer.held',
  'customer.parked',
  'customer.purged',
  'customer.merged',
  'customer.payment_method.added',
  'customer.payment_method.removed',
  'customer.balance.updated',
  'subscription.created',
  'subscription.updated',
  'subscription.deleted',
  'invoice.created',
  'invoice.updated',
  'invoice.paid',
  'invoice.payment_failed',
  'operation.applied',
  'operation.rejected',
  'operation.parked',
] as const

export type EventType = (typeof eventTypes)[number]
