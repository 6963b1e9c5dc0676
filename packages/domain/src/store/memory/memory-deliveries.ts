// Owns the endpoints, deliveries and attempts of the in-process store. Promises: compare-and-set on `rev`.

import type { Attempt, Delivery, Endpoint } from '../../delivery/endpoint.ts'
import type { SealingKey } from '../../delivery/sealing.ts'
import type { DeliveryStore } from '../store.ts'

/** The port. */
export function memoryDeliveries(): DeliveryStore {
  const endpoints = new Map<string, Endpoint>()
  const deliveries = new Map<string, Delivery>()
  const attempts: Attempt[] = []
  const keys = new Map<string, SealingKey>()
  const own = (tenantId: string, id: string) => {
    const found = endpoints.get(id)
    return found?.tenant_id === tenantId ? found : null
  }
  const isDue = ({ due_at }: Delivery, now: number) => due_at !== null && due_at <= now

  return {
    async insertEndpoint(endpoint) {
      if (endpoints.has(endpoint._id)) return { kind: 'duplicate', rule: '_id' }
      endpoints.set(endpoint._id, structuredClone({ ...endpoint, rev: 1 }))
      return { kind: 'ok' }
    },
    async readEndpoint(tenantId, id) {
      return structuredClone(own(tenantId, id))
    },
    async listEndpoints(tenantId) {
      const found = [...endpoints.values()].filter(({ tenant_id }) => tenant_id === tenantId)
      return structuredClone(found.sort((a, b) => (a._id < b._id ? -1 : 1)))
    },
    async replaceEndpoint(endpoint) {
      if (own(endpoint.tenant_id, endpoint._id)?.rev !== endpoint.rev) return { kind: 'stale' }
      endpoints.set(endpoint._id, structuredClone({ ...endpoint, rev: endpoint.rev + 1 }))
      return { kind: 'ok' }
    },
    async deleteEndpoint(tenantId, id) {
      if (!own(tenantId, id)) return false
      endpoints.delete(id)
      for (const [key, { endpoint_id }] of deliveries) if (endpoint_id === id) deliveries.delete(key)
      return true
    },
    async dueEndpoints({ now, limit }) {
      const resting = [...endpoints.values()].filter(
        ({ disabled, next_attempt_at }) => !disabled && next_attempt_at !== null && next_attempt_at <= now,
      )
      const waiting = [...deliveries.values()].filter((each) => isDue(each, now))
      const refs = [
        ...resting.map(({ _id, tenant_id }) => ({ tenantId: tenant_id, endpointId: _id })),
        ...waiting.map(({ endpoint_id, tenant_id }) => ({ tenantId: tenant_id, endpointId: endpoint_id })),
      ]
      return [...new Map(refs.map((ref) => [ref.endpointId, ref])).values()].slice(0, limit)
    },
    async putDelivery(delivery) {
      deliveries.set(delivery._id, structuredClone(delivery))
    },
    async dueDeliveries({ tenantId, endpointId, now, limit }) {
      const found = [...deliveries.values()]
        .filter((each) => each.tenant_id === tenantId && each.endpoint_id === endpointId && isDue(each, now))
        .sort((a, b) => (a.due_at ?? 0) - (b.due_at ?? 0))
      return structuredClone(found.slice(0, limit))
    },
    async removeDelivery(_tenantId, id) {
      deliveries.delete(id)
    },
    async recoverDeliveries({ tenantId, endpointId, since, now }) {
      let count = 0
      for (const each of deliveries.values()) {
        if (each.tenant_id !== tenantId || each.endpoint_id !== endpointId || each.since < since) continue
        each.due_at = now
        each.tries = 0
        count++
      }
      return count
    },
    async countDeliveries({ tenantId, endpointId }) {
      const mine = [...deliveries.values()].filter(
        (each) => each.tenant_id === tenantId && each.endpoint_id === endpointId,
      )
      const failed = mine.filter(({ due_at }) => due_at === null).length
      return { waiting: mine.length - failed, failed }
    },
    async insertAttempts(made) {
      attempts.push(...structuredClone(made))
    },
    async listAttempts({ tenantId, endpointId, eventId, before, limit }) {
      const found = attempts.filter(
        (each) =>
          each.tenant_id === tenantId &&
          each.endpoint_id === endpointId &&
          (eventId === undefined || each.event_id === eventId) &&
          (before === undefined || each._id < before),
      )
      return structuredClone(found.sort((a, b) => (a._id < b._id ? 1 : -1)).slice(0, limit))
    },
    async publishSealingKey(key) {
      keys.set(key._id, structuredClone(key))
    },
    async readSealingKey() {
      const [newest] = [...keys.values()].sort((a, b) => b.published_at - a.published_at)
      return structuredClone(newest ?? null)
    },
  }
}
