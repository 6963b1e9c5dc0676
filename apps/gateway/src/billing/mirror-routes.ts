// Owns reading what Stripe holds for a customer: lists of its mirrors, newest first, by cursor. Promises: read from MongoDB
// alone; no page repeats or skips what was there when the first page was read.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { MirrorKind } from '@lockstep/domain/mirror/kinds'
import type { Store } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { customerParams } from '../customers/customer-id.ts'
import { answers } from '../http/answer-shape.ts'
import { pageLimit, pageOf } from '../http/paging.ts'
import { type Answer, apiRoute, type Caller, type Route, success } from '../http/route.ts'
import { mirroredAnswered } from './billing-answers.ts'

export interface MirrorReads {
  store: Pick<Store, 'readCustomer' | 'listMirrored' | 'readMirrored'>
}

const listQuery = z.strictObject({
  after: z.string('must be given once').min(1, 'must not be empty').max(255).exactOptional(),
  status: z.string('must be given once').min(1, 'must not be empty').max(64).exactOptional(),
  limit: pageLimit,
})

const lists: { kind: MirrorKind; path: string; name: string; does: string }[] = [
  {
    kind: 'balance_transaction',
    path: '/v1/customers/:id/balance-transactions',
    name: 'list_balance_transactions',
    does: 'Lists what moved the balance.',
  },
  {
    kind: 'payment_method',
    path: '/v1/customers/:id/payment-methods',
    name: 'list_payment_methods',
    does: 'Lists the attached payment methods.',
  },
  {
    kind: 'tax_id',
    path: '/v1/customers/:id/tax-ids',
    name: 'list_tax_ids',
    does: 'Lists the tax ids and their verification.',
  },
  {
    kind: 'subscription',
    path: '/v1/customers/:id/subscriptions',
    name: 'list_subscriptions',
    does: 'Lists the subscriptions.',
  },
  { kind: 'invoice', path: '/v1/customers/:id/invoices', name: 'list_invoices', does: 'Lists the invoices.' },
  { kind: 'payment', path: '/v1/customers/:id/payments', name: 'list_payments', does: 'Lists the payments.' },
  { kind: 'charge', path: '/v1/customers/:id/charges', name: 'list_charges', does: 'Lists the charges.' },
  {
    kind: 'entitlement',
    path: '/v1/customers/:id/entitlements',
    name: 'list_entitlements',
    does: 'Lists what the customer is entitled to.',
  },
]

/** One route for each mirrored kind. */
export function mirrorRoutes({ store }: MirrorReads): Route[] {
  return lists.map(({ kind, path, name, does }) =>
    apiRoute({
      method: 'GET',
      path,
      name,
      does,
      group: 'billing',
      scope: 'customers',
      accepts: { params: customerParams, query: listQuery },
      answers: {
        200: answers('Newest first.', z.array(mirroredAnswered[kind]), {
          more: { has_more: z.boolean(), next_after: z.string().nullable() },
        }),
      },
      async handle({ caller, params, query }): Promise<Answer> {
        const doc = await ownerOf(store, caller, params.id)
        const { after, limit, ...filter } = query
        const cursor = after === undefined ? undefined : await placeOf(store, caller, kind, after)
        const asked = {
          tenantId: caller.tenantId,
          stripeIds: stripeIdsOf(doc),
          kind,
          ...filter,
          ...(cursor && { after: cursor }),
          // One more than asked for tells whether more follow.
          limit: limit + 1,
        }
        const found = await store.listMirrored(asked)
        const { page, more } = pageOf(found, limit, ({ object_id: id }) => id)
        return {
          status: 200,
          body: success(
            page.map(({ shown }) => JSON.parse(shown)),
            more,
          ),
        }
      },
    }),
  )
}

/** The Stripe customers whose objects are this one's: the present one and those that it had. */
export function stripeIdsOf(doc: CustomerDocument): string[] {
  return [...(doc.stripe_id === undefined ? [] : [doc.stripe_id]), ...doc.former_stripe_ids]
}

/** The customer, or 404. */
export async function ownerOf(
  store: Pick<Store, 'readCustomer'>,
  { tenantId }: Caller,
  customerId: string,
): Promise<CustomerDocument> {
  const doc = await store.readCustomer({ tenantId, customerId })
  if (!doc || doc.tombstone) throw new LockstepError('not_found')
  return doc
}

async function placeOf(
  store: MirrorReads['store'],
  { tenantId }: Caller,
  kind: MirrorKind,
  id: string,
): Promise<{ created: number; id: string }> {
  const found = await store.readMirrored(tenantId, kind, id)
  if (found) return { created: found.created, id }
  const errors = [{ field: 'after', message: 'must be the id of one that was listed' }]
  throw new LockstepError('invalid_request', { errors })
}
