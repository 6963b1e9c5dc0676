// Owns reading one customer: by id, by key, by e-mail. A customer whose create waits is 404 `pending`.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { customerView, type Flow } from '@lockstep/domain/customer/view'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { CustomerHead, CustomerRef, Store } from '@lockstep/domain/store/store'
import { type Answer, type ApiRequest, type Route, success } from '../http/route.ts'
import { unsafeText } from '../schema/parse.ts'
import { flowOf, type ReadTenant } from '../tenants.ts'
import { customerIdOf } from './customer-id.ts'

/** Seconds until an accepted create is worth another look. */
const pendingRetryAfter = 1

export interface ReadCustomerDeps {
  store: Pick<Store, 'readCustomer' | 'findByKey' | 'findByEmail' | 'countWaiting'>
  readTenant: ReadTenant
}

/** GET by id, key and e-mail. Soft-deleted customers are shown by id and key, not by e-mail. */
export function readCustomerRoutes(deps: ReadCustomerDeps): Route[] {
  const byId = async (request: ApiRequest): Promise<Answer> => {
    const ref = { tenantId: request.caller.tenantId, customerId: customerIdOf(request) }
    const found = await standing(deps.store, ref)
    if (found === 'pending') throw new LockstepError('pending', { retryAfter: pendingRetryAfter })
    return await answer(found, request)
  }
  const byKey = async (request: ApiRequest): Promise<Answer> => {
    return await answer(
      await deps.store.findByKey(request.caller.tenantId, word(request.params.key)),
      request,
    )
  }
  const byEmail = async (request: ApiRequest): Promise<Answer> => {
    const address = word(request.params.email).trim()
    return await answer(await deps.store.findByEmail(request.caller.tenantId, address), request)
  }
  const answer = async (doc: CustomerDocument | null, { caller }: ApiRequest): Promise<Answer> => {
    if (!doc || doc.tombstone) throw new LockstepError('not_found')
    return customerAnswer(doc, { status: 200, flow: await flowOf(deps.readTenant, caller.tenantId) })
  }
  const route = { method: 'GET', body: 'none', scope: 'customers' } as const
  return [
    { ...route, path: '/v1/customers/key/:key', handle: byKey },
    { ...route, path: '/v1/customers/email/:email', handle: byEmail },
    { ...route, path: '/v1/customers/:id', handle: byId },
  ]
}

/** The document, null where there is none and none is to come, or `pending` while operations wait for it. */
function standing(
  store: Pick<Store, 'readCustomer' | 'countWaiting'>,
  ref: CustomerRef,
): Promise<CustomerDocument | null | 'pending'> {
  return orPending(store, ref, () => store.readCustomer(ref))
}

/** The same of what a write must know of its customer. */
export function standingHead(
  store: Pick<Store, 'readCustomerHead' | 'countWaiting'>,
  ref: CustomerRef,
): Promise<CustomerHead | null | 'pending'> {
  return orPending(store, ref, () => store.readCustomerHead(ref))
}

async function orPending<Found>(
  store: Pick<Store, 'countWaiting'>,
  ref: CustomerRef,
  read: () => Promise<Found | null>,
): Promise<Found | null | 'pending'> {
  const found = await read()
  if (found) return found
  if ((await store.countWaiting(ref, 1)) > 0) return 'pending'
  // The create may have been applied between the two reads.
  return await read()
}

/** A customer as an answer, with its ETag. */
export function customerAnswer(doc: CustomerDocument, options: { status: number; flow: Flow }): Answer {
  return {
    status: options.status,
    headers: { ETag: `"${doc.version}"` },
    body: success(customerView(doc, { flow: options.flow })),
  }
}

/** A key or an e-mail of a path. What cannot be stored names nobody. */
function word(text: string | undefined): string {
  if (text === undefined || unsafeText(text) !== null) throw new LockstepError('not_found')
  return text
}
