// Owns the list of duplicates: Stripe customers that prove to be one of ours which has another one, and customers that share an
// e-mail. Promises: reads our side alone; no more than was asked for is in memory.

import type { Store } from '@lockstep/domain/store/store'

/** double: several Stripe customers of one of ours, the linked one first. email: several of ours, each with its own. */
export type Duplicate =
  | { kind: 'double'; customer: string; key: string; stripe: string[] }
  | { kind: 'email'; email: string; customers: { id: string; key: string; stripe: string | null }[] }

/** The first of each kind. @throws StoreUnavailable */
export async function listDuplicates(store: Store, tenantId: string, limit: number): Promise<Duplicate[]> {
  const doubled = await store.listDoubled({ tenantId, limit })
  const doubles = doubled.map(
    (doc): Duplicate => ({
      kind: 'double',
      customer: doc._id,
      key: doc.key,
      stripe: [...(doc.stripe_id === undefined ? [] : [doc.stripe_id]), ...(doc.duplicate_stripe_ids ?? [])],
    }),
  )
  const shared: Duplicate[] = []
  for (const { email, customerIds } of await store.sharedEmails({ tenantId, limit })) {
    const docs = await Promise.all(
      customerIds.map((customerId) => store.readCustomer({ tenantId, customerId })),
    )
    const customers = docs.flatMap((doc) =>
      doc ? [{ id: doc._id, key: doc.key, stripe: doc.stripe_id ?? null }] : [],
    )
    shared.push({ kind: 'email', email, customers })
  }
  return [...doubles, ...shared]
}
