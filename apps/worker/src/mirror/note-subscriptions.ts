// Owns what a customer's document knows of its mirrored subscriptions: those that run, which keep it from being deleted.
// Promises: taken from the mirror alone, by compare-and-set; a write only where it changed.

import { isRunningSubscription } from '@lockstep/domain/mirror/kinds'
import type { Ports } from '../ports.ts'
import { writeCustomer } from '../write-customer.ts'
import type { MirrorRef } from './refresh.ts'

/** Writes down which subscriptions of this Stripe customer run. */
export async function noteSubscriptions(ports: Ports, { tenantId, stripeId }: MirrorRef): Promise<void> {
  const owner = await ports.store.findByStripeId(tenantId, stripeId)
  if (!owner) return
  const known = await ports.store.scanMirrored(tenantId, stripeId, 'subscription')
  const running = known
    .filter((each) => !each.gone && isRunningSubscription(each))
    .map(({ object_id: id }) => id)
    .toSorted()
  await writeCustomer(ports, owner, (doc) => {
    if (doc.stripe_id !== stripeId || (doc.live_subscriptions ?? []).join() === running.join()) return null
    const { live_subscriptions: _, ...rest } = doc
    return { ...rest, ...(running.length > 0 && { live_subscriptions: running }) }
  })
}
