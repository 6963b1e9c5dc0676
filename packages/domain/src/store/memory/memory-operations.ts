// Owns the operations of the in-process store. Promises: an Idempotency-Key is unique per tenant and API key; a settled
// operation stays as it is.

import {
  discardedOutcome,
  erasedBody,
  erasedOutcome,
  isOpen,
  type Operation,
  shownStatus,
  statusAfter,
} from '../../operation/operation.ts'
import { type CustomerRef, examinedForEach, type InsertResult, type OperationStore } from '../store.ts'

/** The port, and every operation for the backlog's counts. */
export function memoryOperations(): { port: OperationStore; all: () => Operation[] } {
  const byId = new Map<string, Operation>()
  let highest = 0

  const waiting = ({ tenantId, customerId }: CustomerRef) =>
    [...byId.values()]
      .filter((operation) => operation.tenant_id === tenantId && operation.customer_id === customerId)
      .filter((operation) => operation.status === 'accepted')
      .sort((a, b) => a.number - b.number)

  const withKey = (tenantId: string, apiKeyId: string, key: string) =>
    [...byId.values()].find(
      (operation) =>
        operation.tenant_id === tenantId &&
        operation.api_key_id === apiKeyId &&
        operation.idempotency_key === key,
    )

  function insert(operation: Operation): InsertResult {
    if (byId.has(operation._id)) return { kind: 'duplicate', rule: '_id' }
    const key = operation.idempotency_key
    if (key !== undefined && withKey(operation.tenant_id, operation.api_key_id, key)) {
      return { kind: 'duplicate', rule: 'idempotency_key' }
    }
    byId.set(operation._id, structuredClone(operation))
    return { kind: 'ok' }
  }

  const port: OperationStore = {
    async takeNumbers(count) {
      highest += count
      return highest - count + 1
    },
    async insertOperations(operations) {
      return operations.map(insert)
    },
    async readOperation(tenantId, id) {
      const operation = byId.get(id)
      return operation?.tenant_id === tenantId ? structuredClone(operation) : null
    },
    async findByIdempotencyKey(tenantId, apiKeyId, idempotencyKey) {
      return structuredClone(withKey(tenantId, apiKeyId, idempotencyKey) ?? null)
    },
    async waitingOperations(ref, limit) {
      return structuredClone(waiting(ref).slice(0, limit))
    },
    async countWaiting(ref, limit) {
      return Math.min(waiting(ref).length, limit)
    },
    async stillWaiting(tenantId, ids) {
      return new Set(
        ids.filter((id) => {
          const operation = byId.get(id)
          return operation?.tenant_id === tenantId && isOpen(operation)
        }),
      )
    },
    async holdOperations(tenantId, ids) {
      for (const id of ids) {
        const operation = byId.get(id)
        if (operation?.tenant_id === tenantId && operation.status === 'accepted') operation.status = 'waiting'
      }
    },
    async settleOperations(tenantId, settled) {
      for (const { id, at, outcome } of settled) {
        const operation = byId.get(id)
        if (operation?.tenant_id !== tenantId || !isOpen(operation)) continue
        operation.status = statusAfter(outcome)
        operation.settled_at = at
        operation.outcome = structuredClone(outcome)
      }
    },
    async reopenOperation(tenantId, id) {
      const operation = byId.get(id)
      if (operation?.tenant_id !== tenantId || operation.status !== 'parked') return false
      operation.status = 'accepted'
      delete operation.settled_at
      delete operation.outcome
      return true
    },
    async discardOperation(tenantId, id, at) {
      const operation = byId.get(id)
      if (operation?.tenant_id !== tenantId || operation.status !== 'parked') return false
      operation.status = 'rejected'
      operation.settled_at = at
      operation.outcome = discardedOutcome
      return true
    },
    async listOperations({ tenantId, customerId, status, before, limit }) {
      const found = [...byId.values()].filter(
        (operation) =>
          operation.tenant_id === tenantId &&
          (customerId === undefined || operation.customer_id === customerId) &&
          (status === undefined || shownStatus(operation) === status) &&
          (before === undefined || operation.number < before),
      )
      return structuredClone(found.sort((a, b) => b.number - a.number).slice(0, limit))
    },
    async eraseOperations({ tenantId, customerId }) {
      for (const operation of byId.values()) {
        if (operation.tenant_id !== tenantId || operation.customer_id !== customerId) continue
        if (!operation.outcome) continue
        operation.body = erasedBody(operation.body)
        operation.outcome = erasedOutcome(operation.outcome)
      }
    },
    async customersWaiting({ acceptedBefore, limit }) {
      const ripe = [...byId.values()].filter(
        ({ status, accepted_at }) => status === 'accepted' && accepted_at < acceptedBefore,
      )
      ripe.sort((a, b) => a.accepted_at - b.accepted_at)
      // A Map keeps insertion order: each customer stands where its oldest operation does.
      const found = new Map<string, CustomerRef>()
      for (const { tenant_id: tenantId, customer_id: customerId } of ripe.slice(0, examinedForEach * limit)) {
        found.set(`${tenantId}/${customerId}`, { tenantId, customerId })
      }
      return [...found.values()].slice(0, limit)
    },
  }
  return { port, all: () => [...byId.values()] }
}
