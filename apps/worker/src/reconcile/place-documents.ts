// Owns what a document learns from Stripe's list: when Stripe made its customer, which is its place there.
// Promises: only where the document does not know it yet (it was last looked at by version 0.1.0), once; a moment that never
// changes is no state, so it asks for no look and is no new version.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { Ports } from '../ports.ts'
import { writeCustomer } from '../write-customer.ts'

/** Writes their places down. */
export async function placeDocuments(
  ports: Pick<Ports, 'store' | 'clock'>,
  unplaced: readonly { doc: CustomerDocument; created: number }[],
): Promise<void> {
  for (const { doc, created } of unplaced) {
    await writeCustomer(ports, doc, (now) =>
      now.stripe_id === doc.stripe_id && now.stripe && now.stripe.created !== created
        ? { ...now, stripe: { ...now.stripe, created } }
        : null,
    )
  }
}
