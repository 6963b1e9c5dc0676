// Owns the collections of the webhook endpoints: themselves, the deliveries that wait on their own, and the attempts.
// Promises: endpoints are compare-and-set on `rev`; who is due is answered from small indexes of what waits.

import type { mongo } from 'mongoose'
import type { Attempt, Delivery } from '../../delivery/endpoint.ts'
import type { DeliveryStore } from '../store.ts'
import { type Collections, expiry, type StoredDelivery } from './collections.ts'
import { changeOrStart, insertMany, insertOne, replaceOne, untilRaceWon } from './writes.ts'

/** The port over these collections. */
export function mongoDeliveries({
  webhook_endpoints: endpoints,
  deliveries,
  delivery_attempts,
  sealing_keys,
}: Pick<
  Collections,
  'webhook_endpoints' | 'deliveries' | 'delivery_attempts' | 'sealing_keys'
>): DeliveryStore {
  const of = (tenantId: string, endpointId: string) => ({ tenant_id: tenantId, endpoint_id: endpointId })

  return {
    insertEndpoint: (endpoint) => insertOne(endpoints, { ...endpoint, rev: 1 }),
    readEndpoint: (tenantId, id) => endpoints.findOne({ _id: id, tenant_id: tenantId }),
    listEndpoints: (tenantId) => endpoints.find({ tenant_id: tenantId }).sort({ _id: 1 }).toArray(),
    replaceEndpoint: (endpoint) =>
      replaceOne(
        endpoints,
        { _id: endpoint._id, tenant_id: endpoint.tenant_id, rev: endpoint.rev },
        { ...endpoint, rev: endpoint.rev + 1 },
      ),

    async deleteEndpoint(tenantId, id) {
      const { deletedCount } = await endpoints.deleteOne({ _id: id, tenant_id: tenantId })
      await deliveries.deleteMany(of(tenantId, id))
      return deletedCount > 0
    },

    async dueEndpoints({ now, limit }) {
      const until = { $gte: 0, $lte: now }
      const resting = await endpoints
        .find({ next_attempt_at: until, disabled: null }, { projection: { tenant_id: 1 } })
        .limit(limit)
        .toArray()
      // Grouped in the database: one endpoint with many retries must not crowd the others out of the limit.
      const waiting = await deliveries
        .aggregate<{ _id: { t: string; e: string } }>([
          { $match: { due_at: until } },
          { $group: { _id: { t: '$tenant_id', e: '$endpoint_id' } } },
          { $limit: limit },
        ])
        .toArray()
      const refs = [
        ...resting.map(({ _id, tenant_id }) => ({ tenantId: tenant_id, endpointId: _id })),
        ...waiting.map(({ _id }) => ({ tenantId: _id.t, endpointId: _id.e })),
      ]
      return [...new Map(refs.map((ref) => [ref.endpointId, ref])).values()]
    },

    async putDelivery(delivery) {
      const stored = storedDelivery(delivery)
      const { _id, ...fields } = stored
      const change: mongo.UpdateFilter<StoredDelivery> = {
        $set: fields,
        ...(delivery.due_at === null && { $unset: { due_at: '' } }),
      }
      await changeOrStart(deliveries, stored, change)
    },

    async dueDeliveries({ tenantId, endpointId, now, limit }) {
      const found = await deliveries
        .find({ ...of(tenantId, endpointId), due_at: { $gte: 0, $lte: now } })
        .sort({ due_at: 1 })
        .limit(limit)
        .toArray()
      return found.map(deliveryOf)
    },

    async removeDelivery(tenantId, id) {
      await deliveries.deleteOne({ _id: id, tenant_id: tenantId })
    },

    async recoverDeliveries({ tenantId, endpointId, since, now }) {
      const { matchedCount } = await untilRaceWon(() =>
        deliveries.updateMany(
          { ...of(tenantId, endpointId), since: { $gte: since } },
          { $set: { due_at: now, tries: 0 } },
        ),
      )
      return matchedCount
    },

    async countDeliveries({ tenantId, endpointId }) {
      const [all, waiting] = await Promise.all([
        deliveries.countDocuments(of(tenantId, endpointId)),
        deliveries.countDocuments({ ...of(tenantId, endpointId), due_at: { $gte: 0 } }),
      ])
      return { waiting, failed: all - waiting }
    },

    async insertAttempts(made) {
      if (made.length === 0) return
      await insertMany(delivery_attempts, made.map(storedAttempt))
    },

    async listAttempts({ tenantId, endpointId, eventId, before, limit }) {
      const found = await delivery_attempts
        .find({
          ...of(tenantId, endpointId),
          ...(eventId !== undefined && { event_id: eventId }),
          ...(before !== undefined && { _id: { $lt: before } }),
        })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray()
      return found.map(({ expires_at: _, ...attempt }) => attempt)
    },

    async publishSealingKey(key) {
      await changeOrStart(sealing_keys, key, { $max: { published_at: key.published_at } })
    },

    async readSealingKey() {
      const [newest] = await sealing_keys.find({}).sort({ published_at: -1 }).limit(1).toArray()
      return newest ?? null
    },
  }
}

/** What is given up carries no date when it is due: the index of what waits leaves it out. */
function storedDelivery({ due_at, ...rest }: Delivery): StoredDelivery {
  return due_at === null ? rest : { ...rest, due_at }
}

function deliveryOf({ due_at, ...rest }: StoredDelivery): Delivery {
  return { ...rest, due_at: due_at ?? null }
}

function storedAttempt(attempt: Attempt) {
  return { ...attempt, expires_at: expiry(attempt.at) }
}
