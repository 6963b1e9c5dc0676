// Owns the repair of one customer, by our id or by Stripe's: it asks, as a reconciliation would.
// Promises: one write at most; whoever is under way already is left alone; a parked one stays parked, for `lockstep retry`.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { Store } from '@lockstep/domain/store/store'
import { noteOfListed } from '@lockstep/domain/stripe/stripe-event'
import { isDue } from '@lockstep/domain/sync/plan'
import { wanting } from '@lockstep/domain/sync/intent'
import { writeCustomer } from '@lockstep/worker/write-customer'

/**
 * look: a worker looks at Stripe. wake: a worker takes up what was left lying. stranger: a worker finds out whose it is.
 * under_way, parked, gone, known: nothing was asked for, and why.
 */
export type Repair = 'look' | 'wake' | 'stranger' | 'under_way' | 'parked' | 'gone' | 'known'

export interface RepairWorld {
  store: Store
  clock: Clock
  random: Random
  tenantId: string
}

/** Our document for either id; null where there is none. */
export function customerOf({ store, tenantId }: Pick<RepairWorld, 'store' | 'tenantId'>, id: string) {
  return isStripeId(id)
    ? store.findByStripeId(tenantId, id)
    : store.readCustomer({ tenantId, customerId: id })
}

/** True for an id of Stripe's. */
export function isStripeId(id: string): boolean {
  return id.startsWith('cus_')
}

/** What a repair would ask for. */
export function repairOf(doc: CustomerDocument): Exclude<Repair, 'stranger' | 'known'> {
  if (doc.tombstone) return 'gone'
  if (doc.parked) return 'parked'
  if (isDue(doc)) return doc.sync_due_at === undefined ? 'wake' : 'under_way'
  return doc.stripe_id === undefined ? 'under_way' : 'look'
}

/** Asks for this one. */
export async function repairCustomer(world: RepairWorld, doc: CustomerDocument): Promise<Repair> {
  let repair = repairOf(doc)
  await writeCustomer(world, doc, (now) => {
    repair = repairOf(now)
    if (repair === 'look') return wanting(now)
    return repair === 'wake' ? now : null
  })
  return repair
}

/** Asks for a Stripe customer that nobody here is linked to. */
export async function repairStranger(world: RepairWorld, stripeId: string): Promise<Repair> {
  const { store, clock, random, tenantId } = world
  if (await store.findByFormerStripeId(tenantId, stripeId)) return 'known'
  await store.insertStripeEvents([
    noteOfListed(tenantId, { passId: random.uuid(), stripeId, at: clock.now() }),
  ])
  return 'stranger'
}
