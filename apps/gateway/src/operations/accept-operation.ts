// Owns the acceptance of a write: one durable operation, then the doorbell, then the wait for its outcome.
// Promises: what is returned was made durable before; the waiter listens before the bell rings; a lost bell costs
// time only (the sweeper rings again); one Idempotency-Key of one API key leads to one operation.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { Doorbell } from '@lockstep/domain/doorbell/doorbell'
import { bug, LockstepError } from '@lockstep/domain/error/catalogue'
import { isOpen, type Operation, type OperationBody } from '@lockstep/domain/operation/operation'
import type { InsertResult, OperationStore } from '@lockstep/domain/store/store'
import { groupCommit } from '../group-commit.ts'
import type { Caller } from '../http/route.ts'
import type { Metrics } from '../metrics.ts'
import { settledReader } from './settled-operations.ts'
import { type OutcomeWaiters, type Watch, waitFor } from './wait-outcome.ts'

/** A write as it came through the door, checked. */
export interface Command {
  /** Of a write that follows from another one: repeated under the same id, it is the same operation. Absent: a new one. */
  id?: string
  caller: Pick<Caller, 'tenantId' | 'keyId'>
  customerId: string
  body: OperationBody
  ifMatch: number | null
  idempotencyKey: string | undefined
  /** Tells a repeat from another request under the same key. */
  requestHash: string
  /** How long to wait for the outcome (ms). */
  waitMs: number
  signal: AbortSignal
}

/** An operation as the gateway knows it: its number belongs to the flush. */
export type AcceptedOperation = Omit<Operation, 'number'>

export interface AcceptDeps {
  store: OperationStore
  doorbell: Doorbell
  waiters: OutcomeWaiters
  metrics: Metrics
  clock: Clock
  random: Random
  elapsed: () => number
  doorbellLost: (lost: { queue: string; subjects: number }) => void
}

export interface AcceptOperation {
  /** The first operation under this key, if the request repeats it; 422 if it was another request. */
  findRepeated: (
    command: Pick<Command, 'caller' | 'idempotencyKey' | 'requestHash'>,
  ) => Promise<Operation | null>
  /** Makes the write durable. Under a repeated key it answers the first operation instead. */
  accept: (command: Command, repeated: Operation | null) => Promise<AcceptedOperation>
}

/** What is left to do for a caller: `accept` answers the operation, settled if that happened in time. */
export function acceptOperation(deps: AcceptDeps): AcceptOperation {
  const { store, clock, waiters } = deps
  const readSettled = settledReader(store, deps)

  const insert = groupCommit<AcceptedOperation, InsertResult>({
    elapsed: deps.elapsed,
    clock,
    committed: (flush) => deps.metrics.committed({ what: 'operations', ...flush }),
    async write(operations) {
      // One range of numbers a flush: only an atomic counter orders the writes of two gateways (DESIGN section 3).
      const first = await store.takeNumbers(operations.length)
      const results = await store.insertOperations(
        operations.map((each, index) => ({ ...each, number: first + index })),
      )
      void ring(operations.filter((_, index) => isStored(results[index])))
      return results
    },
  })

  const ring = async (operations: AcceptedOperation[]): Promise<void> => {
    if (operations.length === 0) return
    const customers = new Map(operations.map((each) => [`${each.tenant_id}/${each.customer_id}`, each]))
    const subjects = [...customers.values()].map((each) => {
      return { kind: 'customer' as const, tenantId: each.tenant_id, id: each.customer_id }
    })
    const rang = await deps.doorbell.ring('customer-apply', subjects)
    deps.metrics.rang(rang)
    if (!rang) deps.doorbellLost({ queue: 'customer-apply', subjects: subjects.length })
  }

  const findRepeated: AcceptOperation['findRepeated'] = async ({ caller, idempotencyKey, requestHash }) => {
    if (idempotencyKey === undefined) return null
    const first = await store.findByIdempotencyKey(caller.tenantId, caller.keyId, idempotencyKey)
    if (first && first.request_hash !== requestHash) throw new LockstepError('idempotency_key_reused')
    return first
  }

  const settled = async (
    operation: AcceptedOperation,
    command: Command,
    watch: Watch,
  ): Promise<AcceptedOperation> => {
    if (!isOpen(operation) || command.waitMs === 0) return operation
    const question = { tenantId: operation.tenant_id, id: operation._id }
    deps.metrics.waiting(1)
    try {
      const found = await waitFor({
        watch,
        read: (woken) => readSettled(question, woken),
        deadline: clock.now() + command.waitMs,
        signal: command.signal,
        clock,
      })
      return found ?? operation
    } finally {
      deps.metrics.waiting(-1)
    }
  }

  /** The operation may have settled before this repeat listened: look first. If it waits, its bell may be lost. */
  const repeat = async (first: Operation, command: Command): Promise<AcceptedOperation> => {
    const watch = waiters.watch({ kind: 'operation', id: first._id })
    try {
      const now = (await store.readOperation(first.tenant_id, first._id)) ?? first
      if (isOpen(now)) void ring([now])
      return await settled(now, command, watch)
    } finally {
      watch.close()
    }
  }

  return {
    findRepeated,
    async accept(command, repeated) {
      if (repeated) return await repeat(repeated, command)
      const operation = newOperation(command, command.id ?? deps.random.uuid(), clock.now())
      const watch = waiters.watch({ kind: 'operation', id: operation._id })
      try {
        const result = await insert(operation)
        if (isStored(result)) {
          deps.metrics.operationAcknowledged(command.body.kind)
          return await settled(operation, command, watch)
        }
        // Somebody with the same key was faster.
        const first = await findRepeated(command)
        if (!first) throw bug('a new operation met a unique rule that is not its Idempotency-Key')
        return await repeat(first, command)
      } finally {
        watch.close()
      }
    },
  }
}

/** Its id is new, or its alone: whoever has it is this operation, written before or by an insert that seemed to fail. */
function isStored(result: InsertResult | undefined): boolean {
  return result?.kind === 'ok' || result?.rule === '_id'
}

function newOperation(command: Command, id: string, at: number): AcceptedOperation {
  return {
    _id: id,
    tenant_id: command.caller.tenantId,
    customer_id: command.customerId,
    status: 'accepted',
    body: command.body,
    if_match: command.ifMatch,
    api_key_id: command.caller.keyId,
    ...(command.idempotencyKey === undefined ? {} : { idempotency_key: command.idempotencyKey }),
    request_hash: command.requestHash,
    accepted_at: at,
  }
}
