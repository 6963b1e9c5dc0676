// Owns reading one customer: by id, by key, by e-mail. A customer whose create waits is 404 `pending`.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { customerView, type Flow } from '@lockstep/domain/customer/view'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { CustomerHead, CustomerRef, Store } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { type Included, includedOf, includedShape, includeParameter } from '../billing/include.ts'
import { answers } from '../http/answer-shape.ts'
import { type Answer, apiRoute, type Caller, type Route, success } from '../http/route.ts'
import { flowOf, type ReadTenant } from '../tenants.ts'
import { customerAnswered } from './customer-answer.ts'
import { customerParams, wordInPath } from './customer-id.ts'

/** Seconds until an accepted create is worth another look. */
const pendingRetryAfter = 1

export interface ReadCustomerDeps {
  store: Pick<Store, 'readCustomer' | 'findByKey' | 'findByEmail' | 'countWaiting' | 'listMirrored'>
  readTenant: ReadTenant
}

const readQuery = z.strictObject({ include: includeParameter })
const customerWithIncluded = customerAnswered.extend(includedShape).meta({ id: 'CustomerWithIncluded' })

/** GET by id, key and e-mail. Soft-deleted customers are shown by id and key, not by e-mail. */
export function readCustomerRoutes(deps: ReadCustomerDeps): Route[] {
  const answer = async (
    doc: CustomerDocument | null,
    caller: Caller,
    { include = [] }: { include?: readonly Included[] },
  ): Promise<Answer> => {
    if (!doc || doc.tombstone) throw new LockstepError('not_found')
    const flow = await flowOf(deps.readTenant, caller.tenantId)
    return customerAnswer(doc, { status: 200, flow, included: await includedOf(deps.store, doc, include) })
  }
  const route = {
    method: 'GET',
    group: 'customers',
    scope: 'customers',
    answers: { 200: answers('The customer.', customerWithIncluded, { headers: ['ETag'] }) },
  } as const
  return [
    apiRoute({
      ...route,
      path: '/v1/customers/key/:key',
      name: 'get_customer_by_key',
      does: 'Reads a customer by the caller’s own identifier.',
      accepts: { params: z.strictObject({ key: wordInPath }), query: readQuery },
      async handle({ caller, params, query }) {
        return await answer(await deps.store.findByKey(caller.tenantId, params.key), caller, query)
      },
    }),
    apiRoute({
      ...route,
      path: '/v1/customers/email/:email',
      name: 'get_customer_by_email',
      does: 'Reads the customer that claims this e-mail, else the oldest that has it.',
      accepts: { params: z.strictObject({ email: wordInPath }), query: readQuery },
      async handle({ caller, params, query }) {
        return await answer(await deps.store.findByEmail(caller.tenantId, params.email.trim()), caller, query)
      },
    }),
    apiRoute({
      ...route,
      path: '/v1/customers/:id',
      name: 'get_customer',
      does: 'Reads a customer by our id.',
      accepts: { params: customerParams, query: readQuery },
      refuses: ['pending'],
      async handle({ caller, params, query }) {
        const found = await standing(deps.store, { tenantId: caller.tenantId, customerId: params.id })
        if (found === 'pending') throw new LockstepError('pending', { retryAfter: pendingRetryAfter })
        return await answer(found, caller, query)
      },
    }),
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
export function customerAnswer(
  doc: CustomerDocument,
  options: { status: number; flow: Flow; included?: Record<string, unknown> },
): Answer {
  return {
    status: options.status,
    headers: { ETag: `"${doc.version}"` },
    body: success({ ...customerView(doc, { flow: options.flow }), ...options.included }),
  }
}
