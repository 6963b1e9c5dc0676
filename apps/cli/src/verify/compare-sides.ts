// Owns the comparison of both sides: every customer of a tenant here against every customer of its account at Stripe.
// Promises: reads only, page by page, so that it takes as much memory for a hundred thousand customers as for a hundred; what
// differs is looked at a second time on both sides, so that a change made while the lists were read is no difference; a
// comparison is whole or throws (StoreUnavailable, StripeUnreachable, KeyRefused).

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { comparePage, type Suspicion } from '@lockstep/domain/reconciliation/compare-page'
import { type Difference, differenceOf, isUnderWay } from '@lockstep/domain/reconciliation/difference'
import { listStart, windowOf } from '@lockstep/domain/reconciliation/list-window'
import type { CustomerStore } from '@lockstep/domain/store/store'
import { heldLeaves } from '@lockstep/domain/sync/plan'
import type { StripeSide } from './stripe-side.ts'

/** Both sides, and the tenant whose they are. */
export interface Sides {
  store: Pick<
    CustomerStore,
    | 'scanCustomers'
    | 'readCustomer'
    | 'findByStripeId'
    | 'findByStripeIds'
    | 'findByFormerStripeId'
    | 'linkedBetween'
  >
  stripe: Pick<StripeSide, 'page' | 'customer'>
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
  /** How many of each kind. */
  counts: Record<Difference['kind'], number>
  /** The first of them. */
  differences: Difference[]
}

/** Documents read at once: one reply of MongoDB of at most some MB. */
const scanMax = 500
/**
 * Differences that are looked at a second time, and listed: each may cost a call of the account's 25 a second, and nobody reads
 * more. All are counted, those beyond as they were first seen.
 */
const listedMax = 1_000

/** Compares; see the promises above. */
export async function compareSides(sides: Sides): Promise<Comparison> {
  const comparison: Comparison = {
    agreed: false,
    ours: 0,
    atStripe: 0,
    heldFields: 0,
    underWay: 0,
    counts: { missing: 0, extra: 0, drifted: 0, deleted: 0, duplicated: 0 },
    differences: [],
  }
  const unplaced = await compareList(sides, comparison)
  await compareOurs(sides, comparison, unplaced)
  return { ...comparison, agreed: Object.values(comparison.counts).every((count) => count === 0) }
}

/** Stripe's list against us. Answers how many of its customers are linked here without knowing when they were made. */
async function compareList(sides: Sides, comparison: Comparison): Promise<number> {
  const { store, stripe, tenantId } = sides
  let unplaced = 0
  for (let place = listStart, more = true; more; ) {
    const page = await stripe.page(place.after)
    const window = windowOf(place, page)
    const compared = await comparePage(store, tenantId, { items: page.items, window })
    comparison.atStripe += page.items.length
    unplaced += compared.unplaced.filter(({ doc }) => doc.stripe?.created === undefined).length
    for (const suspicion of compared.suspicions) {
      const listed = comparison.differences.length < listedMax
      if (listed) note(comparison, await lookedAtAgain(sides, suspicion))
      else comparison.counts[suspicion.kind === 'absent' ? 'missing' : suspicion.kind]++
    }
    place = window.next
    more = page.hasMore
  }
  return unplaced
}

/** Our documents, for what no page of Stripe's list can tell. `seen`: links without a place that the list had. */
async function compareOurs(sides: Sides, comparison: Comparison, seen: number): Promise<void> {
  let unplaced = 0
  for await (const doc of everyCustomer(sides)) {
    if (doc.tombstone) continue
    comparison.ours++
    comparison.heldFields += heldLeaves(doc).length
    if (isUnderWay(doc)) comparison.underWay++
    if (doc.stripe_id === undefined) note(comparison, await ofCustomer(sides, doc))
    else if (doc.stripe?.created === undefined) unplaced++
  }
  // As many as the list had: none of them is missing there. Else each must be asked for.
  if (unplaced <= seen) return
  for await (const doc of everyCustomer(sides)) {
    if (doc.stripe_id === undefined || doc.stripe?.created !== undefined) continue
    const difference = await ofCustomer(sides, doc)
    // One that differs in a field was on the list, and stands there.
    if (difference?.kind !== 'drifted') note(comparison, difference)
  }
}

async function* everyCustomer({ store, tenantId }: Sides): AsyncGenerator<CustomerDocument> {
  for (let after: string | null = null; ; ) {
    const page: CustomerDocument[] = await store.scanCustomers(tenantId, after, scanMax)
    yield* page
    const last = page.at(-1)
    if (!last || page.length < scanMax) return
    after = last._id
  }
}

function note(comparison: Comparison, difference: Difference | null): void {
  if (!difference) return
  const { differences } = comparison
  const known =
    difference.kind === 'duplicated' &&
    differences.find((each) => each.kind === 'duplicated' && each.customer === difference.customer)
  if (known && known.kind === 'duplicated') {
    // One customer, however many carry its id.
    known.stripe = [...new Set([...known.stripe, ...difference.stripe])]
    return
  }
  comparison.counts[difference.kind]++
  if (differences.length < listedMax) differences.push(difference)
}

/** The difference as it is now; null where there is none any more. */
function lookedAtAgain(sides: Sides, suspicion: Suspicion): Promise<Difference | null> {
  if (suspicion.kind === 'extra') return ofStranger(sides, suspicion)
  return ofCustomer(sides, suspicion.kind === 'drifted' ? suspicion.doc._id : suspicion.ref.customerId)
}

/** How one customer of ours differs now; null where it does not. */
export async function ofCustomer(
  {
    store,
    stripe,
    tenantId,
  }: Pick<Sides, 'tenantId'> & {
    store: Pick<CustomerStore, 'readCustomer'>
    stripe: Pick<StripeSide, 'customer'>
  },
  doc: CustomerDocument | string,
): Promise<Difference | null> {
  const customerId = typeof doc === 'string' ? doc : doc._id
  const now = await store.readCustomer({ tenantId, customerId })
  if (!now) return null
  const there =
    now.stripe_id === undefined ? ({ kind: 'absent' } as const) : await stripe.customer(now.stripe_id)
  return differenceOf(now, there)
}

async function ofStranger(
  { store, stripe, tenantId }: Sides,
  { listed, claimed }: Extract<Suspicion, { kind: 'extra' }>,
): Promise<Difference | null> {
  if (await store.findByStripeId(tenantId, listed.id)) return null
  if ((await stripe.customer(listed.id)).kind !== 'living') return null
  const other = claimed?.stripe_id
  const isDouble = claimed && other !== undefined && (await stripe.customer(other)).kind === 'living'
  return isDouble
    ? { kind: 'duplicated', customer: claimed._id, stripe: [other, listed.id] }
    : { kind: 'extra', stripe: listed.id, customer: claimed?._id ?? null }
}
