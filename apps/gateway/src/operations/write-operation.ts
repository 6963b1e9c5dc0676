// Owns the way from a checked request that writes to its answer: one durable operation, waited for.
// Promises: refused early only where that is certain whatever still waits; a repeat gets its first answer; what is sensitive
// is in the audit log before it is accepted.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { CustomerView } from '@lockstep/domain/customer/view'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { OperationBody } from '@lockstep/domain/operation/operation'
import type { CustomerRef, Store } from '@lockstep/domain/store/store'
import type { z } from 'zod'
import { auditedWrite, type RecordAudit } from '../audit/record-audit.ts'
import { standingHead } from '../customers/read-customer.ts'
import { type WaitingRooms, waitingRooms } from '../customers/waiting-room.ts'
import { requestHash } from '../http/conditions.ts'
import type { Answer, ApiRequest } from '../http/route.ts'
import type { ReadTenant } from '../tenants.ts'
import type { AcceptOperation } from './accept-operation.ts'
import { answerOperation } from './answer-operation.ts'
import type { OutcomeWaiters } from './wait-outcome.ts'
import type { createHeaders } from './write-shape.ts'

/** Operations that may wait on one customer (DESIGN section 3): a hot customer must not fill the queue for all. */
const waitingMax = 1_000
/** Seconds: a drain takes hundreds of operations of one customer at once. */
const tooManyRetryAfter = 2

export interface WriteDeps {
  store: Pick<Store, 'readPortalLink' | 'readCustomer' | 'readCustomerHead' | 'countWaiting'>
  accept: AcceptOperation
  audit: RecordAudit
  waiters: OutcomeWaiters
  readTenant: ReadTenant
  clock: Clock
  random: Random
}

/** What a write asks for. */
export interface Wanted {
  customerId: string
  /** The path with its id in one form: two spellings of one resource are one request. */
  resource: string
  body: OperationBody
  /** Where the caller finds customers; `/v1/customers` unless it says otherwise. */
  collection?: string
  /** What is answered of the customer; the whole of it unless this says otherwise. */
  show?: (customer: CustomerView) => unknown
}

/** A request that writes, whatever else it carries. */
export type WriteRequest = Pick<
  ApiRequest,
  'caller' | 'requestId' | 'signal' | 'method' | 'received' | 'note'
> & {
  headers: z.output<typeof createHeaders> & { 'If-Match'?: number | null }
}

/** Makes one durable operation of a request, and answers with what becomes of it. */
export type WriteOperation = (request: WriteRequest, wanted: Wanted) => Promise<Answer>

/** The one way in which routes write. */
export function operationWriter(given: WriteDeps): WriteOperation {
  const rooms = waitingRooms({
    max: waitingMax,
    count: (ref, limit) => given.store.countWaiting(ref, limit),
  })
  const deps = { ...given, rooms }
  return (request, wanted) => write(deps, request, wanted)
}

type Deps = WriteDeps & { rooms: WaitingRooms }

async function write(deps: Deps, request: WriteRequest, given: Wanted): Promise<Answer> {
  const { caller, signal, headers } = request
  const { collection = '/v1/customers', show = (customer) => customer, ...wanted } = given
  const wait = headers.Prefer
  const idempotencyKey = headers['Idempotency-Key']
  const creates = wanted.body.kind === 'create' || wanted.body.kind === 'register'
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
  const refusal = creates ? await crowded(deps, ref, wanted.body) : await earlyRefusal(deps, ref, ifMatch)
  const audited = auditedWrite(wanted.body)
  const repeated = refusal || audited ? await deps.accept.findRepeated(command) : null
  if (refusal && !repeated) throw refusal
  // A repeat asks for nothing new.
  if (audited && !repeated) await deps.audit(request, { ...audited, customerId: wanted.customerId })

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
    return await answerOperation(deps, { operation, wait, collection, show, synced, deadline, signal })
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
  return await fullRoom(rooms, ref)
}

/** A create has a customer of its own; whoever is registered again may have many waiting. */
async function crowded(
  { rooms }: Deps,
  ref: CustomerRef,
  { kind }: OperationBody,
): Promise<LockstepError | null> {
  return kind === 'create' ? null : await fullRoom(rooms, ref)
}

async function fullRoom(rooms: WaitingRooms, ref: CustomerRef): Promise<LockstepError | null> {
  const admitted = await rooms.admit(ref)
  return admitted ? null : new LockstepError('too_many_waiting', { retryAfter: tooManyRetryAfter })
}
