// Owns the operations' collection. Promises: numbers rise from one atomic counter; only an accepted operation is ever
// settled; the answers wait for nothing but the accepted ones' own small indexes, however long the history.

import {
  discardedOutcome,
  erasedBody,
  erasedOutcome,
  type Operation,
  type OperationOutcome,
  type OperationStatus,
  statusAfter,
} from '../../operation/operation.ts'
import { type CustomerRef, examinedForEach, type OperationStore } from '../store.ts'
import { type Collections, expiry, operationOf, storedOperation } from './collections.ts'
import type { OperationIndex } from './indexes.ts'
import { byTenant, shared, sharedWrite } from './shared.ts'
import { changeOrStart, insertMany, untilRaceWon } from './writes.ts'

const open: OperationStatus[] = ['accepted', 'waiting']
/** Operations of several customers in one read; where that is not all of them each is asked for alone. */
const mostTogether = 1_000

interface Settled {
  tenantId: string
  id: string
  at: number
  outcome: OperationOutcome
}

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

  const readOne = shared<{ tenantId: string; id: string }, Operation | null>((asked) =>
    byTenant(asked, async (tenantId, ofTenant) => {
      const ids = ofTenant.map(({ id }) => id)
      const found = await operations.find({ _id: { $in: ids }, tenant_id: tenantId }).toArray()
      const byId = new Map(found.map((stored) => [stored._id, stored]))
      return ids.map((id) => {
        const stored = byId.get(id)
        return stored ? operationOf(stored) : null
      })
    }),
  )
  const readWaiting = async (ref: CustomerRef, limit: number): Promise<Operation[]> => {
    const found = await operations.find(waiting(ref)).sort({ number: 1 }).limit(limit).toArray()
    return found.map(operationOf)
  }

  /** Whole for each, or null where one of them has too many. */
  async function waitingOf(
    tenantId: string,
    customerIds: string[],
  ): Promise<Map<string, Operation[]> | null> {
    const found = await operations
      .find({ tenant_id: tenantId, customer_id: { $in: customerIds }, status: 'accepted' })
      .sort({ number: 1 })
      .limit(mostTogether)
      .toArray()
    if (found.length === mostTogether) return null
    return Map.groupBy(found.map(operationOf), ({ customer_id }) => customer_id)
  }

  const askWaiting = shared<CustomerRef & { limit: number }, Operation[]>((asked) =>
    byTenant(asked, async (tenantId, ofTenant) => {
      const ids = [...new Set(ofTenant.map(({ customerId }) => customerId))]
      const all = ids.length > 1 ? await waitingOf(tenantId, ids) : null
      if (!all) return Promise.all(ofTenant.map((each) => readWaiting(each, each.limit)))
      return ofTenant.map(({ customerId, limit }) => (all.get(customerId) ?? []).slice(0, limit))
    }),
  )

  const settle = sharedWrite<Settled>(async (settled) => {
    // All writers in one order: two that share operations would else wait for each other.
    const sorted = settled.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    await untilRaceWon(() =>
      operations.bulkWrite(
        sorted.map(({ tenantId, id, at, outcome }) => ({
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
  })

  const hold = sharedWrite<{ tenantId: string; id: string }>(async (held) => {
    for (const [tenantId, ofTenant] of Map.groupBy(held, (each) => each.tenantId)) {
      const ids = ofTenant.map(({ id }) => id)
      await untilRaceWon(() =>
        operations.updateMany(
          { _id: { $in: ids }, tenant_id: tenantId, status: 'accepted' },
          { $set: { status: 'waiting' } },
        ),
      )
    }
  })

  return {
    async takeNumbers(count) {
      const start = { _id: 'operations', highest: 0 }
      const { highest } = await changeOrStart(counters, start, { $inc: { highest: count } })
      return highest - count + 1
    },

    insertOperations: (accepted) => insertMany(operations, accepted.map(storedOperation)),

    readOperation: (tenantId, id) => readOne({ tenantId, id }),

    async findByIdempotencyKey(tenantId, apiKeyId, idempotencyKey) {
      const stored = await operations.findOne({
        tenant_id: tenantId,
        api_key_id: apiKeyId,
        idempotency_key: idempotencyKey,
      })
      return stored && operationOf(stored)
    },

    waitingOperations: (ref, limit) => askWaiting({ ...ref, limit }),

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

    holdOperations: (tenantId, ids) => hold(ids.map((id) => ({ tenantId, id }))),

    settleOperations: (tenantId, settled) => settle(settled.map((each) => ({ tenantId, ...each }))),

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
        .aggregate<{ _id: { t: string; c: string } }>(
          [
            { $match: { status: 'accepted', accepted_at: { $gte: 0, $lt: acceptedBefore } } },
            { $sort: { accepted_at: 1 } },
            { $limit: examinedForEach * limit },
            { $group: { _id: { t: '$tenant_id', c: '$customer_id' }, oldest: { $min: '$accepted_at' } } },
            { $sort: { oldest: 1 } },
            { $limit: limit },
          ],
          // Without statistics a planner would fetch the whole backlog and sort it.
          { hint: 'operations_accepted_at' satisfies OperationIndex },
        )
        .toArray()
      return found.map(({ _id }) => ({ tenantId: _id.t, customerId: _id.c }))
    },
  }
}
