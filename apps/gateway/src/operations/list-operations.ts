// Owns the list of operations: every accepted write, the last first.

import type { OperationStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { answers } from '../http/answer-shape.ts'
import { pageLimit, pageOf, unknownCursor, uuidInQuery } from '../http/paging.ts'
import { apiRoute, type Route, success } from '../http/route.ts'
import { operationAnswered } from './operation-answer.ts'
import { operationView } from './read-operation.ts'

const statuses = ['accepted', 'applied', 'rejected', 'parked'] as const

const operationQuery = z.strictObject({
  customer_id: uuidInQuery('the id of a customer', 'Only those on this customer.').exactOptional(),
  status: z.enum(statuses, { error: `must be one of ${statuses.join(', ')}, once` }).exactOptional(),
  after: uuidInQuery('the id of an operation', 'The last operation seen: `next_after`.').exactOptional(),
  limit: pageLimit,
})

/** GET of the list. */
export function listOperationsRoute(store: Pick<OperationStore, 'listOperations' | 'readOperation'>): Route {
  return apiRoute({
    method: 'GET',
    path: '/v1/operations',
    name: 'list_operations',
    does: 'Lists operations: every accepted write.',
    group: 'operations',
    scope: 'customers',
    accepts: { query: operationQuery },
    answers: {
      200: answers('The last accepted first.', z.array(operationAnswered), {
        more: { has_more: z.boolean(), next_after: z.uuid().nullable() },
      }),
    },
    async handle({ caller: { tenantId }, query: { customer_id: customerId, status, after, limit } }) {
      const last = after === undefined ? null : await store.readOperation(tenantId, after)
      if (after !== undefined && !last) throw unknownCursor()
      const found = await store.listOperations({
        tenantId,
        ...(customerId !== undefined && { customerId }),
        ...(status !== undefined && { status }),
        ...(last && { before: last.number }),
        limit: limit + 1,
      })
      const { page, more } = pageOf(found, limit, ({ _id }) => _id)
      return { status: 200, body: success(page.map(operationView), more) }
    },
  })
}
