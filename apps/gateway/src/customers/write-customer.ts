// Owns the writes of customers: create, update (PUT and PATCH), delete, restore, archive, unarchive.
// Promises: each is one durable operation; refused early only where that is certain whatever still waits.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { OperationBody } from '@lockstep/domain/operation/operation'
import type { CustomerRef, Store } from '@lockstep/domain/store/store'
import { parseIdempotencyKey, parseIfMatch, requestHash } from '../http/conditions.ts'
import { parsePrefer } from '../http/prefer.ts'
import type { Answer, ApiRequest, Route } from '../http/route.ts'
import type { AcceptOperation } from '../operations/accept-operation.ts'
import { answerOperation } from '../operations/answer-operation.ts'
import type { OutcomeWaiters } from '../operations/wait-outcome.ts'
import { parseInput } from '../schema/parse.ts'
import type { ReadTenant } from '../tenants.ts'
import { customerIdOf } from './customer-id.ts'
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
  const create = async (request: ApiRequest): Promise<Answer> => {
    const parsed = parseInput(createRequest, request.body)
    const customerId = deps.random.uuid()
    return await write(deps, request, {
      customerId,
      resource: '/v1/customers',
      body: { kind: 'create', key: parsed.key ?? customerId, input: inputOf(parsed) },
    })
  }
  const update = async (request: ApiRequest): Promise<Answer> => {
    const customerId = customerIdOf(request)
    const input = parseInput(updateRequest, request.body)
    const resource = `/v1/customers/${customerId}`
    return await write(deps, request, { customerId, resource, body: { kind: 'update', input } })
  }
  const move = (kind: 'delete' | 'restore' | 'archive' | 'unarchive') => async (request: ApiRequest) => {
    const customerId = customerIdOf(request)
    parseInput(moveRequest, request.body)
    const resource = `/v1/customers/${customerId}${kind === 'delete' ? '' : `/${kind}`}`
    return await write(deps, request, { customerId, resource, body: { kind } })
  }
  const route = { body: 'json', scope: 'customers' } as const
  return [
    { ...route, method: 'POST', path: '/v1/customers', handle: create },
    { ...route, method: 'PUT', path: '/v1/customers/:id', handle: update },
    { ...route, method: 'PATCH', path: '/v1/customers/:id', handle: update },
    { ...route, method: 'DELETE', path: '/v1/customers/:id', handle: move('delete') },
    { ...route, method: 'POST', path: '/v1/customers/:id/restore', handle: move('restore') },
    { ...route, method: 'POST', path: '/v1/customers/:id/archive', handle: move('archive') },
    { ...route, method: 'POST', path: '/v1/customers/:id/unarchive', handle: move('unarchive') },
  ]
}

interface Wanted {
  customerId: string
  /** The path with its id in one form: two spellings of one resource are one request. */
  resource: string
  body: OperationBody
}

type Deps = WriteDeps & { rooms: WaitingRooms }

async function write(deps: Deps, request: ApiRequest, wanted: Wanted): Promise<Answer> {
  const { caller, signal } = request
  const wait = parsePrefer(request.header('prefer'))
  const idempotencyKey = parseIdempotencyKey(request.header('idempotency-key'))
  const creates = wanted.body.kind === 'create'
  const ifMatch = creates ? null : parseIfMatch(request.header('if-match'))
  const hash = requestHash({ method: request.method, resource: wanted.resource, body: request.body ?? null })
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
