// Owns the operations' collection. Promises: numbers rise from one atomic counter; only an accepted operation is ever
// settled; the answers wait for nothing but the accepted ones' own small indexes, however long the history.

import {
  discardedOutcome,
  erasedBody,
  erasedOutcome,
  type OperationStatus,
  statusAfter,
} from '../../operation/operation.ts'
import type { CustomerRef, OperationStore } from '../store.ts'
import { type Collections, expiry, operationOf, storedOperation } from './collections.ts'
import { changeOrStart, insertMany, untilRaceWon } from './writes.ts'

const open: OperationStatus[] = ['accepted', 'waiting']

/** The port over these collections. */
export function mongoOperations({
  operations,
  counters,
}: Pick<Collections, 'operations' | 'counters'>): OperationStore {
  const waiting = ({ tenantId, customerId }: CustomerRef) => ({
    tenant_id: tenantId,
    customer_id: customerId,
    status: 'accepted' as const,
  })

  return {
    async takeNumbers(count) {
      const start = { _id: 'operations', highest: 0 }
      const { highest } = await changeOrStart(counters, start, { $inc: { highest: count } })
      return highest - count + 1
    },

    insertOperations: (accepted) => insertMany(operations, accepted.map(storedOperation)),

    async readOperation(tenantId, id) {
      const stored = await operations.findOne({ _id: id, tenant_id: tenantId })
      return stored && operationOf(stored)
    },

    async findByIdempotencyKey(tenantId, apiKeyId, idempotencyKey) {
      const stored = await operations.findOne({
        tenant_id: tenantId,
        api_key_id: apiKeyId,
        idempotency_key: idempotencyKey,
      })
      return stored && operationOf(stored)
    },

    async waitingOperations(ref, limit) {
      const found = await operations.find(waiting(ref)).sort({ number: 1 }).limit(limit).toArray()
      return found.map(operationOf)
    },

    async countWaiting(ref, limit) {
      const found = await operations
        .find(waiting(ref), { projection: { _id: 1 } })
        .limit(limit)
        .toArray()
      return found.length
    },

    async stillWaiting(tenantId, ids) {
      const found = await operations
        .find({ _id: { $in: ids }, tenant_id: tenantId, status: { $in: open } }, { projection: { _id: 1 } })
        .toArray()
      return new Set(found.map(({ _id }) => _id))
    },

    async holdOperations(tenantId, ids) {
      if (ids.length === 0) return
      await untilRaceWon(() =>
        operations.updateMany(
          { _id: { $in: [...ids] }, tenant_id: tenantId, status: 'accepted' },
          { $set: { status: 'waiting' } },
        ),
      )
    },

    async settleOperations(tenantId, settled) {
      if (settled.length === 0) return
      await untilRaceWon(() =>
        operations.bulkWrite(
          settled.map(({ id, at, outcome }) => ({
            updateOne: {
              filter: { _id: id, tenant_id: tenantId, status: { $in: open } },
              update: {
                $set: {
                  status: statusAfter(outcome),
                  settled_at: at,
                  outcome,
                  // What waits for an operator does not go away by itself.
                  ...(!outcome.parked && { expires_at: expiry(at) }),
                },
              },
            },
          })),
          { ordered: false },
        ),
      )
    },

    async reopenOperation(tenantId, id) {
      const { matchedCount } = await untilRaceWon(() =>
        operations.updateOne(
          { _id: id, tenant_id: tenantId, status: 'parked' },
          { $set: { status: 'accepted' }, $unset: { outcome: '', settled_at: '' } },
        ),
      )
      return matchedCount > 0
    },

    async discardOperation(tenantId, id, at) {
      const ended = { status: 'rejected' as const, settled_at: at, outcome: discardedOutcome }
      const { matchedCount } = await untilRaceWon(() =>
        operations.updateOne(
          { _id: id, tenant_id: tenantId, status: 'parked' },
          { $set: { ...ended, expires_at: expiry(at) } },
        ),
      )
      return matchedCount > 0
    },

    async listOperations({ tenantId, customerId, status, before, limit }) {
      const found = await operations
        .find({
          tenant_id: tenantId,
          ...(customerId !== undefined && { customer_id: customerId }),
          ...(status !== undefined && { status: status === 'accepted' ? { $in: open } : status }),
          // The bound is there always: one engine reads an index in order only where its key is asked for.
          number: { $lt: before ?? Number.MAX_SAFE_INTEGER },
        })
        .sort({ number: -1 })
        .limit(limit)
        .toArray()
      return found.map(operationOf)
    },

    async eraseOperations({ tenantId, customerId }) {
      const settled = operations.find({
        tenant_id: tenantId,
        customer_id: customerId,
        status: { $nin: open },
      })
      for await (const stored of settled) {
        const { _id, body, outcome } = operationOf(stored)
        if (!outcome) continue
        await operations.updateOne(
          { _id, tenant_id: tenantId },
          { $set: { body: JSON.stringify(erasedBody(body)), outcome: erasedOutcome(outcome) } },
        )
      }
    },

    async customersWaiting({ acceptedBefore, limit }) {
      // Grouped in the database: one customer with a long backlog must not crowd the others out of the limit.
      const found = await operations
        .aggregate<{ _id: { t: string; c: string } }>([
          { $match: { status: 'accepted', accepted_at: { $lt: acceptedBefore } } },
          { $group: { _id: { t: '$tenant_id', c: '$customer_id' }, oldest: { $min: '$accepted_at' } } },
          { $sort: { oldest: 1 } },
          { $limit: limit },
        ])
        .toArray()
      return found.map(({ _id }) => ({ tenantId: _id.t, customerId: _id.c }))
    },
  }
}
