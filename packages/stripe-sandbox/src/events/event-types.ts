/**
 * Owns the list of events that the sandbox emits.
 * Promises: whatever is emitted stands here, by the compiler; whatever stands here can be caused by `trigger`, by a test.
 */

/** Finer thin events, which say more exactly what an update changed and have no twin among snapshots. */
export const finerEventTypes = [
  'v1.customer.discount.source_changed',
  'v1.customer.subscription.active',
  'v1.customer.subscription.cancel_at_changed',
  'v1.customer.subscription.default_payment_method_changed',
  'v1.customer.subscription.incomplete_expired',
  'v1.customer.subscription.item_added',
  'v1.customer.subscription.item_price_changed',
  'v1.customer.subscription.item_quantity_changed',
  'v1.customer.subscription.item_removed',
  'v1.customer.subscription.past_due',
  'v1.customer.subscription.unpaid',
  'v1.entitlements.active_entitlement_summary.entitlement_added',
  'v1.entitlements.active_entitlement_summary.entitlement_removed',
  'v1.invoice.line_item_added',
  'v1.invoice.line_item_removed',
  'v1.price.activated',
  'v1.price.deactivated',
  'v1.price.lookup_key_changed',
  'v1.price.tax_behavior_changed',
  'v1.product.activated',
  'v1.product.deactivated',
  'v1.product.default_price_changed',
  'v1.product.tax_code_changed',
] as const

/** The name of a finer thin event. */
export type FinerEventType = (typeof finerEventTypes)[number]

/** All of them, in the order of the alphabet. Those that begin with `v1.` or `v2.` are thin only; each other has a thin twin, `v1.…`. */
export const eventTypes = [
  'billing.meter.created',
  'billing.meter.deactivated',
  'billing.meter.reactivated',
  'billing.meter.updated',
  'billing_portal.configuration.created',
  'billing_portal.configuration.updated',
  'billing_portal.session.created',
  'cash_balance.funds_available',
  'charge.failed',
  'charge.succeeded',
  'coupon.created',
  'coupon.deleted',
  'coupon.updated',
  'customer.created',
  'customer.deleted',
  'customer.discount.created',
  'customer.discount.deleted',
  'customer.discount.updated',
  'customer.subscription.created',
  'customer.subscription.deleted',
  'customer.subscription.trial_will_end',
  'customer.subscription.updated',
  'customer.tax_id.created',
  'customer.tax_id.deleted',
  'customer.tax_id.updated',
  'customer.updated',
  'customer_cash_balance_transaction.created',
  'entitlements.active_entitlement_summary.updated',
  'invoice.created',
  'invoice.deleted',
  'invoice.finalized',
  'invoice.marked_uncollectible',
  'invoice.overdue',
  'invoice.paid',
  'invoice.payment_failed',
  'invoice.payment_succeeded',
  'invoice.sent',
  'invoice.upcoming',
  'invoice.updated',
  'invoice.voided',
  'invoice.will_be_due',
  'invoice_payment.paid',
  'invoiceitem.created',
  'invoiceitem.deleted',
  'payment_intent.canceled',
  'payment_intent.created',
  'payment_intent.payment_failed',
  'payment_intent.succeeded',
  'payment_method.attached',
  'payment_method.automatically_updated',
  'payment_method.detached',
  'payment_method.updated',
  'plan.created',
  'plan.updated',
  'price.created',
  'price.updated',
  'product.created',
  'product.deleted',
  'product.updated',
  'test_helpers.test_clock.advancing',
  'test_helpers.test_clock.created',
  'test_helpers.test_clock.deleted',
  'test_helpers.test_clock.ready',
  ...finerEventTypes,
  'v2.core.event_destination.ping',
] as const

/** The name of an event that the sandbox emits. */
export type EventType = (typeof eventTypes)[number]

/**
 * Those that a name means: itself, or with `*` at its end all that begin so. Empty if there is none. The `v1.` of thin names may stand
 * before it or not.
 */
export function eventTypesOf(pattern: string): EventType[] {
  const name = plain(pattern)
  return eventTypes.filter((type) =>
    name.endsWith('*') ? plain(type).startsWith(name.slice(0, -1)) : plain(type) === name,
  )
}

function plain(type: string): string {
  return type.replace(/^v1\./, '')
}
