// Owns what of an exported customer is no part of a new one. Pure.

/** Members that the API answers and a create does not take. */
export const readOnly: ReadonlySet<string> = new Set([
  'id',
  'stripe_customer_id',
  'status',
  'state',
  'balance',
  'delinquent',
  'default_payment_method',
  'sync',
  'version',
  'created_at',
  'updated_at',
  'churned_at',
  'deleted_at',
])

/**
 * The new customer that an exported one asks for: what it had, without its links and its state. An object that was not
 * exported comes back as it is.
 */
export function asNew(given: Record<string, unknown>): Record<string, unknown> {
  if (!('sync' in given && 'version' in given)) return given
  const kept = Object.entries(given).filter(
    ([name, value]) => value !== null && !readOnly.has(name) && name !== 'external_billing_id',
  )
  return Object.fromEntries(kept)
}
