// Owns the list of customers: filtered, sorted, by cursor or by page. Promises: no page repeats or skips a customer that was there
// when the first page was read, since the cursor is the id of the last one seen.

import { customerView } from '@lockstep/domain/customer/view'
import type { CustomerStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { answers } from '../http/answer-shape.ts'
import { pageOf } from '../http/paging.ts'
import { apiRoute, type Route, success } from '../http/route.ts'
import { flowOf, type ReadTenant } from '../tenants.ts'
import { customerAnswered, customerId } from './customer-answer.ts'
import { listQuery, queryOf } from './list-query.ts'

/** GET of the collection. */
export function listCustomersRoute(deps: {
  store: Pick<CustomerStore, 'listCustomers'>
  readTenant: ReadTenant
}): Route {
  return apiRoute({
    method: 'GET',
    path: '/v1/customers',
    name: 'list_customers',
    does: 'Lists customers, newest first unless asked otherwise; deleted ones only by `state`.',
    group: 'customers',
    scope: 'customers',
    accepts: { query: listQuery },
    answers: {
      200: answers('One page.', z.array(customerAnswered), {
        more: { has_more: z.boolean(), next_after: customerId.nullable() },
      }),
    },
    async handle({ caller, query }) {
      const { limit, sortBy = 'created_at', ...asked } = queryOf(caller.tenantId, query)
      // One more than asked for tells whether more follow.
      const found = await deps.store.listCustomers({ ...asked, sortBy, limit: limit + 1 })
      const { page, more } = pageOf(found, limit, ({ _id }) => _id)
      const flow = await flowOf(deps.readTenant, caller.tenantId)
      return {
        status: 200,
        body: success(
          page.map((doc) => customerView(doc, { flow })),
          // A cursor is a place by age: other orders are paged by offset.
          sortBy === 'created_at' ? more : { ...more, next_after: null },
        ),
      }
    },
  })
}
