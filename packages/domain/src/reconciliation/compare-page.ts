// Owns the comparison of one page of Stripe's list with what is here: who differs, who is not linked, who is missing.
// Promises: reads only, in a handful of queries, and never more than a page at a time; what it finds is a suspicion, since the
// page and the documents were read at different moments: a look, or a second reading, decides.

import type { CustomerDocument } from '../customer/document.ts'
import type { CustomerStore, LinkedRef } from '../store/store.ts'
import { type ListedCustomer, lockstepIdOf } from '../stripe/customer-object.ts'
import { heldLeaves } from '../sync/plan.ts'
import { type FieldDifference, fieldDifferences, isUnderWay } from './difference.ts'
import type { ListWindow } from './list-window.ts'

/** drifted: fields differ. absent: linked here, and not in the list. extra: in the list, and linked to nobody here. */
export type Suspicion =
  | { kind: 'drifted'; doc: CustomerDocument; listed: ListedCustomer; fields: FieldDifference[] }
  | { kind: 'absent'; ref: LinkedRef }
  | { kind: 'extra'; listed: ListedCustomer; claimed: CustomerDocument | null }

export interface ComparedPage {
  suspicions: Suspicion[]
  /** Documents that are linked to a customer of the page. */
  linked: number
  /** Among them those for which work is under way already: no suspicion, whatever differs. */
  underWay: number
  /** Fields that differ on record. */
  heldFields: number
  /** Documents that do not know yet when Stripe made their customer. */
  unplaced: { doc: CustomerDocument; created: number }[]
}

type Here = Pick<CustomerStore, 'findByStripeIds' | 'findByFormerStripeId' | 'linkedBetween' | 'readCustomer'>

/** Rows of one reply: small ones. */
const refsMax = 1_000

/** Compares what the page shows, and the seconds that it covers whole. */
export async function comparePage(
  store: Here,
  tenantId: string,
  { items, window }: { items: readonly ListedCustomer[]; window: ListWindow },
): Promise<ComparedPage> {
  const compared: ComparedPage = { suspicions: [], linked: 0, underWay: 0, heldFields: 0, unplaced: [] }
  const ids = items.map(({ id }) => id)
  const docs = new Map(
    (await store.findByStripeIds(tenantId, ids)).map((doc) => [doc.stripe_id, doc] as const),
  )
  for (const listed of items) {
    const doc = docs.get(listed.id)
    if (doc) noteLinked(compared, doc, listed)
    else await noteUnlinked(store, tenantId, compared, listed)
  }
  for await (const ref of linkedBetween(store, tenantId, window)) {
    if (!window.living.has(ref.stripeId)) compared.suspicions.push({ kind: 'absent', ref })
  }
  return compared
}

function noteLinked(compared: ComparedPage, doc: CustomerDocument, listed: ListedCustomer): void {
  compared.linked++
  compared.heldFields += heldLeaves(doc).length
  if (doc.stripe && doc.stripe.created !== listed.created)
    compared.unplaced.push({ doc, created: listed.created })
  if (isUnderWay(doc)) compared.underWay++
  const fields = fieldDifferences(doc, listed)
  if (fields.length > 0) compared.suspicions.push({ kind: 'drifted', doc, listed, fields })
}

async function noteUnlinked(
  store: Here,
  tenantId: string,
  compared: ComparedPage,
  listed: ListedCustomer,
): Promise<void> {
  // Somebody's once: it is nobody's any more, and never will be.
  if (await store.findByFormerStripeId(tenantId, listed.id)) return
  const id = lockstepIdOf(listed)
  const claimed = id === null ? null : await store.readCustomer({ tenantId, customerId: id })
  compared.suspicions.push({ kind: 'extra', listed, claimed: claimed?.tombstone ? null : claimed })
}

async function* linkedBetween(
  store: Here,
  tenantId: string,
  { from, to }: Pick<ListWindow, 'from' | 'to'>,
): AsyncGenerator<LinkedRef> {
  for (let after: LinkedRef | null = null; from <= to; ) {
    const refs: LinkedRef[] = await store.linkedBetween({ tenantId, from, to, after, limit: refsMax })
    yield* refs
    after = refs.at(-1) ?? null
    if (refs.length < refsMax) return
  }
}
