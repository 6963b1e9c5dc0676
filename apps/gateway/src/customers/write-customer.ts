// Owns the writes of customers: create, update (PUT and PATCH), delete, restore, archive, unarchive.
// Promises: each is one durable operation; refused early only where that is certain whatever still waits.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { MoveKind, OperationBody } from '@lockstep/domain/operation/operation'
import type { CustomerRef, Store } from '@lockstep/domain/store/store'
import type { z } from 'zod'
import { requestHash } from '../http/conditions.ts'
import {
  type Accepts,
  type Answer,
  type ApiRequest,
  apiRoute,
  type Described,
  type Route,
} from '../http/route.ts'
import type { AcceptOperation } from '../operations/accept-operation.ts'
import { answerOperation } from '../operations/answer-operation.ts'
import { changed, changeHeaders, created, createHeaders, writeRefusals } from '../operations/write-shape.ts'
import type { OutcomeWaiters } from '../operations/wait-outcome.ts'
import type { ReadTenant } from '../tenants.ts'
import { customerParams } from './customer-id.ts'
import { createRequest, inputOf, moveRequest, updateRequest } from './customer-requests.ts'
import { standingHead } from './read-customer.ts'
import { type WaitingRooms, waitingRooms } from './waiting-room.ts'

/** Operations that may wait on one customer (DESIGN section 3): a hot customer must not fill the queue for all. */
const waitingMax = 1_000
/** Seconds: a drain takes hundreds of operations of one customer at once. */
const tooManyRetryAfter = 2

export interface WriteDeps {
  store: Pick<Store, 'readCustomer' | 'readCustomerHead' | 'countWaiting'>
  accept: AcceptOperation
  waiters: OutcomeWaiters
  readTenant: ReadTenant
  clock: Clock
  random: Random
}

/** The writing routes. */
export function writeCustomerRoutes(given: WriteDeps): Route[] {
  const rooms = waitingRooms({
    max: waitingMax,
    count: (ref, limit) => given.store.countWaiting(ref, limit),
  })
  const deps = { ...given, rooms }
  const route = { group: 'customers', scope: 'customers' } as const
  const update = {
    ...route,
    path: '/v1/customers/:id',
    accepts: { params: customerParams, headers: changeHeaders, body: updateRequest },
    answers: changed,
    refuses: [...writeRefusals, 'version_mismatch', 'email_taken', 'currency_fixed', 'not_allowed_in_state'],
  } as const satisfies Partial<Described & { accepts: Accepts }>
  const handleUpdate = (request: ApiRequest<(typeof update)['accepts']>): Promise<Answer> => {
    const customerId = request.params.id
    const body: OperationBody = { kind: 'update', input: request.body }
    return write(deps, request, { customerId, resource: `/v1/customers/${customerId}`, body })
  }
  const move = (kind: MoveKind, name: string, does: string) => {
    const [method, suffix] = kind === 'delete' ? (['DELETE', ''] as const) : (['POST', `/${kind}`] as const)
    return apiRoute({
      ...route,
      method,
      path: `/v1/customers/:id${suffix}`,
      name,
      does,
      accepts: { params: customerParams, headers: changeHeaders, body: moveRequest },
      answers: changed,
      refuses: [...writeRefusals, 'version_mismatch', 'not_allowed_in_state'],
      handle(request) {
        const customerId = request.params.id
        const resource = `/v1/customers/${customerId}${suffix}`
        return write(deps, request, { customerId, resource, body: { kind } })
      },
    })
  }
  return [
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/customers',
      name: 'create_customer',
      does: 'Creates a customer; `key` or `email` is needed.',
      accepts: { headers: createHeaders, body: createRequest },
      answers: created,
      refuses: [...writeRefusals, 'key_taken', 'email_taken', 'not_found'],
      handle(request) {
        const customerId = deps.random.uuid()
        const key = request.body.key ?? customerId
        const body: OperationBody = { kind: 'create', key, input: inputOf(request.body) }
        return write(deps, request, { customerId, resource: '/v1/customers', body })
      },
    }),
    apiRoute({
      ...update,
      method: 'PUT',
      name: 'replace_customer',
      does: 'Updates: an absent field stays, `null` clears. The same as PATCH.',
      handle: handleUpdate,
    }),
    apiRoute({
      ...update,
      method: 'PATCH',
      name: 'update_customer',
      does: 'Updates: an absent field stays, `null` clears.',
      handle: handleUpdate,
    }),
    move('delete', 'delete_customer', 'Deletes softly; the Stripe customer stays.'),
    move('restore', 'restore_customer', 'Back to the state before the delete.'),
    move('archive', 'archive_customer', 'From now on only e-mail and metadata may change.'),
    move('unarchive', 'unarchive_customer', 'Back to active.'),
  ]
}

interface Wanted {
  customerId: string
  /** The path with its id in one form: two spellings of one resource are one request. */
  resource: string
  body: OperationBody
}

type Deps = WriteDeps & { rooms: WaitingRooms }

/** A request that writes, whatever else it carries. */
type WriteRequest = Pick<ApiRequest, 'caller' | 'signal' | 'method' | 'received' | 'note'> & {
  headers: z.output<typeof createHeaders> & { 'If-Match'?: number | null }
}

async function write(deps: Deps, request: WriteRequest, wanted: Wanted): Promise<Answer> {
  const { caller, signal, headers } = request
  const wait = headers.Prefer
  const idempotencyKey = headers['Idempotency-Key']
  const creates = wanted.body.kind === 'create'
  const ifMatch = headers['If-Match'] ?? null
  const hash = requestHash({
    method: request.method,
    resource: wanted.resource,
    body: request.received ?? null,
  })
  const command = { caller, ...wanted, ifMatch, idempotencyKey, requestHash: hash, waitMs: wait.ms, signal }

  // Few writes are repeats, and those meet their first at the insert. Only what would be refused must ask before: a
  // repeat gets its first answer whatever has become of the customer since.
  const ref = { tenantId: caller.tenantId, customerId: wanted.customerId }
  const refusal = creates ? null : await earlyRefusal(deps, ref, ifMatch)
  const repeated = refusal ? await deps.accept.findRepeated(command) : null
  if (refusal && !repeated) throw refusal

  const deadline = deps.clock.now() + wait.ms
  const watch = (customerId: string) =>
    wait.untilSynced && wait.ms > 0 ? deps.waiters.watch({ kind: 'synced', id: customerId }) : null
  // Listening starts before the bell rings: the worker may be in step before this process looks again.
  let synced = watch(wanted.customerId)
  try {
    const operation = await deps.accept.accept(command, repeated)
    if (operation.customer_id !== wanted.customerId) {
      // A repeated create is about the customer that the first one made.
      synced?.close()
      synced = watch(operation.customer_id)
    }
    request.note({ operation_id: operation._id, outcome: operation.outcome?.code ?? operation.status })
    return await answerOperation(deps, { operation, wait, synced, deadline, signal })
  } finally {
    synced?.close()
  }
}

/** What is certain already: nobody there, too many waiting, or a version that can only be older; else null. */
async function earlyRefusal(
  { store, rooms }: Deps,
  ref: CustomerRef,
  ifMatch: number | null,
): Promise<LockstepError | null> {
  const head = await standingHead(store, ref)
  if (head === null || (head !== 'pending' && head.tombstone)) return new LockstepError('not_found')
  // Versions only rise: whatever still waits, this one is past.
  if (head !== 'pending' && ifMatch !== null && ifMatch < head.version)
    return new LockstepError('version_mismatch')
  const admitted = await rooms.admit(ref)
  return admitted ? null : new LockstepError('too_many_waiting', { retryAfter: tooManyRetryAfter })
}
