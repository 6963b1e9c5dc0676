// Owns what an operator may do with an operation that failed for good: let it try again, or give it up.
// Promises: a retried one is accepted again under its own id and number, and takes its turn as any other; of a retry and a
// discard at once one wins; each is in the audit log before it takes effect. A discard that is answered is told in the event
// log, once: whoever got no answer and asks again makes up for what was not told.

import type { Clock } from '@lockstep/domain/clock/clock'
import type { Doorbell } from '@lockstep/domain/doorbell/doorbell'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import { discardedOutcome, type Operation } from '@lockstep/domain/operation/operation'
import type { OperationStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import type { RecordAudit } from '../audit/record-audit.ts'
import { uuidInPath } from '../customers/customer-id.ts'
import { derivedId } from '../derived-id.ts'
import { answers } from '../http/answer-shape.ts'
import { requestHash } from '../http/conditions.ts'
import { type Answer, type ApiRequest, apiRoute, type Route, success } from '../http/route.ts'
import type { AcceptOperation } from './accept-operation.ts'
import { operationAnswered } from './operation-answer.ts'
import { operationView } from './read-operation.ts'

export interface ParkedDeps {
  store: Pick<OperationStore, 'readOperation' | 'reopenOperation' | 'discardOperation'>
  doorbell: Doorbell
  clock: Clock
  audit: RecordAudit
  accept: Pick<AcceptOperation, 'accept'>
}

const params = z.strictObject({ id: uuidInPath })
const common = {
  method: 'POST',
  group: 'operations',
  scope: 'operator',
  accepts: { params },
  answers: { 200: answers('The operation as it stands now.', operationAnswered) },
  refuses: ['not_parked'],
} as const

/** POST of a retry, and of a discard. */
export function parkedOperationRoutes(deps: ParkedDeps): Route[] {
  return [
    apiRoute({
      ...common,
      path: '/v1/operations/:id/retry',
      name: 'retry_operation',
      does: 'Lets a parked operation try again.',
      handle: (request) => moveParked(deps, 'operation.retry', request),
    }),
    apiRoute({
      ...common,
      path: '/v1/operations/:id/discard',
      name: 'discard_operation',
      does: 'Gives a parked operation up.',
      handle: (request) => moveParked(deps, 'operation.discard', request),
    }),
  ]
}

type MoveRequest = ApiRequest<{ params: typeof params }>

async function moveParked(
  deps: ParkedDeps,
  action: 'operation.retry' | 'operation.discard',
  request: MoveRequest,
): Promise<Answer> {
  const { store, doorbell, clock, audit } = deps
  const { tenantId } = request.caller
  const { id } = request.params
  const operation = await store.readOperation(tenantId, id)
  if (!operation) throw new LockstepError('not_found')
  request.note({ operation_id: id })
  if (action === 'operation.discard' && operation.outcome?.code === discardedOutcome.code)
    await tellDiscarded(deps, request, operation)
  if (operation.status !== 'parked') throw new LockstepError('not_parked')
  const { customer_id: customerId } = operation
  await audit(request, { action, customerId, subject: id })
  const moved =
    action === 'operation.retry'
      ? await store.reopenOperation(tenantId, id)
      : await store.discardOperation(tenantId, id, clock.now())
  if (!moved) throw new LockstepError('not_parked')
  const now = await store.readOperation(tenantId, id)
  // A lost bell costs time only: the sweeper rings for what is accepted.
  if (action === 'operation.retry')
    void doorbell.ring('customer-apply', [{ kind: 'customer', tenantId, id: customerId }])
  else await tellDiscarded(deps, request, operation)
  return { status: 200, body: success(operationView(now ?? operation)) }
}

/**
 * The customer was left alone by the discard, so its outbox has nothing of it: the event takes the way of callers' own, as an
 * operation, and takes its turn in the customer's count. Of one operation there is one, whoever discards it how often.
 */
async function tellDiscarded(deps: ParkedDeps, request: MoveRequest, operation: Operation): Promise<void> {
  const { _id: id, customer_id: customerId } = operation
  const { code, version } = discardedOutcome
  const data = JSON.stringify({ operation_id: id, code, version })
  await deps.accept.accept(
    {
      id: derivedId('operation.discard', id),
      caller: request.caller,
      customerId,
      body: { kind: 'event', type: 'operation.rejected', data },
      ifMatch: null,
      idempotencyKey: undefined,
      requestHash: requestHash({ method: 'POST', resource: `/v1/operations/${id}/discard`, body: null }),
      waitMs: 0,
      signal: request.signal,
    },
    null,
  )
}
