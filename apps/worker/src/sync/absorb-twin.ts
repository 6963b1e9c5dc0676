// Owns the end of a twin: a document that was made for our own Stripe customer after its proof had been stripped there.
// Promises: only a twin that no API operation ever touched, or is about to, is absorbed; it stays as a tombstone, so nothing revives it.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { buried } from '@lockstep/domain/sync/purge'
import type { Ports } from '../ports.ts'
import { refOf, writeCustomer } from '../write-customer.ts'

/** True: the link is free now. False: callers have touched the twin, and a person must decide. */
export async function absorbTwin(ports: Ports, doc: CustomerDocument, stripeId: string): Promise<boolean> {
  const twin = await ports.store.findByStripeId(doc.tenant_id, stripeId)
  if (!twin || twin._id === doc._id) return true
  // What a caller was promised and nobody has applied yet would find a tombstone, and be refused.
  if (twin.touched_by_api || (await ports.store.countWaiting(refOf(twin), 1)) > 0) return false
  const at = ports.clock.now()
  const written = await writeCustomer(ports, twin, (current) =>
    current.touched_by_api ? null : buried(current, { merged_into: doc._id, at }),
  )
  return written.kind === 'written'
}
