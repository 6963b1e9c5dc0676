// Owns the list of customers: newest first, by cursor. Promises: no page repeats or skips a customer that was there
// when the first page was read, since the cursor is the id of the last one seen.

import { customerView } from '@lockstep/domain/customer/view'
import type { CustomerListQuery, CustomerStore } from '@lockstep/domain/store/store'
import { type ApiRequest, type Route, success } from '../http/route.ts'
import { parseInput } from '../schema/parse.ts'
import { flowOf, type ReadTenant } from '../tenants.ts'
import { listQuery } from './list-query.ts'

/** GET of the collection. */
export function listCustomersRoute(deps: {
  store: Pick<CustomerStore, 'listCustomers'>
  readTenant: ReadTenant
}): Route {
  return {
    method: 'GET',
    path: '/v1/customers',
    body: 'none',
    scope: 'customers',
    async handle({ caller, query }: ApiRequest) {
      const { stripe_customer_id: stripeCustomerId, limit, ...filters } = parseInput(listQuery, { ...query })
      // One more than asked for tells whether more follow.
      const asked: CustomerListQuery = { tenantId: caller.tenantId, ...filters, limit: limit + 1 }
      if (stripeCustomerId !== undefined) asked.stripeCustomerId = stripeCustomerId
      const found = await deps.store.listCustomers(asked)
      const page = found.slice(0, limit)
      const flow = await flowOf(deps.readTenant, caller.tenantId)
      const hasMore = found.length > limit
      return {
        status: 200,
        body: success(
          page.map((doc) => customerView(doc, { flow })),
          { has_more: hasMore, next_after: hasMore ? (page.at(-1)?._id ?? null) : null },
        ),
      }
    },
  }
}
