// Owns the comparison of both sides: every customer of a tenant here against every customer of its account at Stripe.
// Promises: reads only; what differs is looked at a second time on both sides, so that a change made while the lists
// were read is no difference; a comparison is whole or throws (StoreUnavailable, StripeUnreachable, KeyRefused).

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { CustomerStore } from '@lockstep/domain/store/store'
import { heldLeaves, inStep } from '@lockstep/domain/sync/plan'
import { type Difference, differenceOf, type OtherSide } from './difference.ts'
import type { StripeCustomerSeen, StripeSide } from './stripe-side.ts'

/** Both sides, and the tenant whose they are. */
export interface Sides {
  store: Pick<CustomerStore, 'scanCustomers' | 'readCustomer' | 'findByStripeId'>
  stripe: Pick<StripeSide, 'customers' | 'customer'>
  tenantId: string
}

export interface Comparison {
  agreed: boolean
  /** Customers compared: here (purged and absorbed ones aside) and living at Stripe. */
  ours: number
  atStripe: number
  /** Fields that differ on record: neither pushed nor drift. */
  heldFields: number
  /** Customers for which work is still under way, agreed or not. */
  underWay: number
  differences: Difference[]
}

/** Documents read at once: one reply of MongoDB of at most some MB. */
const pageSize = 500
/** Second looks at most: each may cost a call of the account's 25 a second. Further differences stand as first seen. */
const secondLooksMax = 200

/** Compares; see the promises above. */
export async function compareSides(sides: Sides): Promise<Comparison> {
  const there = await sides.stripe.customers()
  const comparison: Comparison = {
    agreed: false,
    ours: 0,
    atStripe: there.size,
    heldFields: 0,
    underWay: 0,
    differences: [],
  }
  const found: Difference[] = []
  const linked = new Set<string>()
  for await (const doc of everyCustomer(sides)) {
    if (doc.tombstone) continue
    comparison.ours++
    comparison.heldFields += heldLeaves(doc).length
    if (!inStep(doc)) comparison.underWay++
    if (doc.stripe_id !== undefined) linked.add(doc.stripe_id)
    const difference = differenceOf(doc, listed(doc, there))
    if (difference) found.push(difference)
  }
  const duplicated = duplicates(there)
  const several = new Set(duplicated.flatMap(({ stripe }) => stripe))
  for (const [stripe, { lockstepId }] of there) {
    if (!linked.has(stripe) && !several.has(stripe))
      found.push({ kind: 'extra', stripe, customer: lockstepId })
  }
  found.push(...duplicated)
  for (const [at, difference] of found.entries()) {
    const stands = at < secondLooksMax ? await lookedAtAgain(sides, difference) : difference
    if (stands) comparison.differences.push(stands)
  }
  return { ...comparison, agreed: comparison.differences.length === 0 }
}

async function* everyCustomer({ store, tenantId }: Sides): AsyncGenerator<CustomerDocument> {
  for (let after: string | null = null; ; ) {
    const page: CustomerDocument[] = await store.scanCustomers(tenantId, after, pageSize)
    yield* page
    const last = page.at(-1)
    if (!last || page.length < pageSize) return
    after = last._id
  }
}

function listed(doc: CustomerDocument, there: Map<string, StripeCustomerSeen>): OtherSide {
  const seen = doc.stripe_id === undefined ? undefined : there.get(doc.stripe_id)
  return seen && doc.stripe_id !== undefined
    ? { kind: 'living', id: doc.stripe_id, tree: seen.tree }
    : { kind: 'absent' }
}

function duplicates(there: Map<string, StripeCustomerSeen>): Extract<Difference, { kind: 'duplicated' }>[] {
  const byCustomer = Map.groupBy(there, ([, { lockstepId }]) => lockstepId)
  return [...byCustomer].flatMap(([customer, seen]) =>
    customer !== null && seen.length > 1
      ? [{ kind: 'duplicated' as const, customer, stripe: seen.map(([id]) => id) }]
      : [],
  )
}

/** The difference as it is now; null where there is none any more. */
async function lookedAtAgain(sides: Sides, difference: Difference): Promise<Difference | null> {
  const { store, stripe, tenantId } = sides
  switch (difference.kind) {
    case 'extra': {
      if (await store.findByStripeId(tenantId, difference.stripe)) return null
      return (await stripe.customer(difference.stripe)).kind === 'living' ? difference : null
    }
    case 'duplicated': {
      const living: string[] = []
      for (const id of difference.stripe) {
        if ((await stripe.customer(id)).kind === 'living') living.push(id)
      }
      return living.length > 1 ? { ...difference, stripe: living } : null
    }
    default: {
      const doc = await store.readCustomer({ tenantId, customerId: difference.customer })
      if (!doc) return null
      const there: OtherSide =
        doc.stripe_id === undefined ? { kind: 'absent' } : await stripe.customer(doc.stripe_id)
      return differenceOf(doc, there)
    }
  }
}
