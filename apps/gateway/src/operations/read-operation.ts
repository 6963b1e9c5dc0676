// Owns reading one operation: what became of an accepted write.

import { LockstepError } from '@lockstep/domain/error/catalogue'
import { isOpen, type Operation, shownStatus } from '@lockstep/domain/operation/operation'
import type { OperationStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { uuidInPath } from '../customers/customer-id.ts'
import { answers } from '../http/answer-shape.ts'
import { apiRoute, type Route, success } from '../http/route.ts'
import { operationAnswered } from './operation-answer.ts'
import { type PortalLinkDeps, withPortalLink } from './portal-link.ts'

/** Seconds until an operation that still waits is worth another look. */
const waitingRetryAfter = 1

export interface ReadDeps extends PortalLinkDeps {
  store: Pick<OperationStore, 'readOperation'> & PortalLinkDeps['store']
}

/** GET of one operation. */
export function readOperationRoute({ store, clock }: ReadDeps): Route {
  return apiRoute({
    method: 'GET',
    path: '/v1/operations/:id',
    name: 'get_operation',
    does: 'Tells what became of a write.',
    group: 'operations',
    scope: 'customers',
    accepts: { params: z.strictObject({ id: uuidInPath }) },
    answers: { 200: answers('The operation.', operationAnswered, { headers: ['Retry-After'] }) },
    async handle({ caller, params, note }) {
      const operation = await store.readOperation(caller.tenantId, params.id)
      if (!operation) throw new LockstepError('not_found')
      note({ operation_id: operation._id })
      const headers = isOpen(operation) ? { 'Retry-After': String(waitingRetryAfter) } : {}
      const view = operationView(operation)
      const result = await withPortalLink({ store, clock }, operation, view['result'])
      return { status: 200, headers, body: success({ ...view, result }) }
    },
  })
}

/** An operation as the API shows it; `customer` is the customer right after it, `code` why it was rejected. */
export function operationView(operation: Operation): Record<string, unknown> {
  const { outcome } = operation
  return {
    id: operation._id,
    customer_id: operation.customer_id,
    kind: operation.body.kind,
    status: shownStatus(operation),
    code: outcome?.code ?? null,
    version: outcome?.version ?? null,
    // JSON.parse makes `__proto__` a plain own key, and JSON.stringify writes it back as one.
    customer: typeof outcome?.customer === 'string' ? JSON.parse(outcome.customer) : null,
    result: outcome?.result === undefined ? null : JSON.parse(outcome.result),
    stripe: outcome?.stripe ?? null,
    accepted_at: new Date(operation.accepted_at).toISOString(),
    settled_at: operation.settled_at === undefined ? null : new Date(operation.settled_at).toISOString(),
  }
}
