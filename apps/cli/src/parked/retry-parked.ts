// Owns freeing parked customers in the store: one, or all of a code.
// Promises: compare-and-set, and decided again on whatever was written meanwhile; what is freed is due at once, so a
// worker's sweeper finds it; no more than a page of documents is in memory.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { sealed } from '@lockstep/domain/customer/seal'
import type { CustomerStore } from '@lockstep/domain/store/store'
import { type Retry, retried } from '@lockstep/domain/sync/retry'

type Customers = Pick<CustomerStore, 'readCustomer' | 'replaceCustomer' | 'listParked'>

/** One round trip for so many; a document may hold some hundred kilobytes of metadata and events. */
const pageSize = 100

/** A customer that no retry frees, and why. */
export interface LeftParked {
  id: string
  code: string
  reason: string
}

/** Ids of those that go on; those that stay. A customer that was freed by somebody else is in neither. */
export interface RetryResult {
  freed: string[]
  left: LeftParked[]
}

/** Frees this one, as it was read. @throws StoreUnavailable */
export async function retryOne(store: Customers, shown: CustomerDocument, now: number): Promise<RetryResult> {
  const retry = await write(store, shown, now)
  if (retry.kind === 'refused') {
    return { freed: [], left: [{ id: shown._id, code: retry.code, reason: retry.reason }] }
  }
  return { freed: retry.kind === 'freed' ? [shown._id] : [], left: [] }
}

/** Frees all of the tenant, or of one code. @throws StoreUnavailable */
export async function retryAll(
  store: Customers,
  { tenantId, code, now }: { tenantId: string; code?: string; now: number },
): Promise<RetryResult> {
  const result: RetryResult = { freed: [], left: [] }
  for await (const doc of parkedCustomers(store, { tenantId, ...(code !== undefined && { code }) })) {
    const { freed, left } = await retryOne(store, doc, now)
    result.freed.push(...freed)
    result.left.push(...left)
  }
  return result
}

/** Every parked customer, by id, each once; one that is freed or parked meanwhile may be among them or not. */
export async function* parkedCustomers(
  store: Pick<CustomerStore, 'listParked'>,
  query: { tenantId: string; code?: string },
): AsyncGenerator<CustomerDocument> {
  let after: string | undefined
  for (;;) {
    const page = await store.listParked({ ...query, limit: pageSize, ...(after !== undefined && { after }) })
    yield* page
    after = page.at(-1)?._id
    if (page.length < pageSize) return
  }
}

async function write(store: Customers, shown: CustomerDocument, now: number): Promise<Retry> {
  if (!shown.parked) return { kind: 'not_parked' }
  let doc: CustomerDocument | null = shown
  while (doc) {
    const retry = retried(doc, shown.parked, now)
    if (retry.kind !== 'freed') return retry
    const written = await store.replaceCustomer(sealed(retry.doc, now))
    if (written.kind === 'ok') return retry
    if (written.kind === 'duplicate') throw new Error(`freeing a customer broke ${written.rule}`)
    doc = await store.readCustomer({ tenantId: shown.tenant_id, customerId: shown._id })
  }
  return { kind: 'not_parked' }
}
