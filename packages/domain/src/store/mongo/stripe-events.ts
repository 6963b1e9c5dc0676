// Owns the Stripe events' collection. Promises: an event is taken in once by id; a done one stays as it is, without
// the values that it carried.

import type { StripeEventStore } from '../store.ts'
import { type Collections, expiry, storedStripeEvent, stripeEventOf } from './collections.ts'
import { insertMany, untilRaceWon } from './writes.ts'

/** The port over this collection. */
export function mongoStripeEvents({ stripe_events }: Pick<Collections, 'stripe_events'>): StripeEventStore {
  return {
    insertStripeEvents: (events) => insertMany(stripe_events, events.map(storedStripeEvent)),

    async readStripeEvent(tenantId, eventId) {
      const stored = await stripe_events.findOne({ _id: `${tenantId}/${eventId}` })
      return stored && stripeEventOf(stored)
    },

    async waitingStripeEvents(tenantId, stripeCustomerId, limit) {
      const found = await stripe_events
        .find({ waiting: true, tenant_id: tenantId, stripe_customer_id: stripeCustomerId })
        .sort({ received_at: 1, _id: 1 })
        .limit(limit)
        .toArray()
      return found.map(stripeEventOf)
    },

    async markStripeEvents(done) {
      if (done.length === 0) return
      await untilRaceWon(() =>
        stripe_events.bulkWrite(
          done.map(({ id, at, outcome }) => ({
            updateOne: {
              filter: { _id: id, waiting: true },
              update: {
                $set: { done_at: at, outcome, previous_attributes: null, expires_at: expiry(at) },
                $unset: { waiting: '' },
              },
            },
          })),
          { ordered: false },
        ),
      )
    },

    async completeStripeEvents(fetched) {
      if (fetched.length === 0) return
      await untilRaceWon(() =>
        stripe_events.bulkWrite(
          fetched.map(({ id, ...particulars }) => ({
            updateOne: {
              filter: { _id: id, waiting: true },
              update: { $set: { ...particulars, fetched: true } },
            },
          })),
          { ordered: false },
        ),
      )
    },

    async reopenStripeEvent(tenantId, eventId) {
      const { matchedCount } = await untilRaceWon(() =>
        stripe_events.updateOne(
          { _id: `${tenantId}/${eventId}`, waiting: { $exists: false }, stripe_customer_id: { $ne: null } },
          { $set: { waiting: true, done_at: null, outcome: null }, $unset: { expires_at: '' } },
        ),
      )
      return matchedCount > 0
    },

    async listStripeEvents({ tenantId, stripeCustomerIds, state, before, limit }) {
      const found = await stripe_events
        .find({
          tenant_id: tenantId,
          ...(stripeCustomerIds !== undefined && { stripe_customer_id: { $in: [...stripeCustomerIds] } }),
          ...(state !== undefined && { waiting: state === 'waiting' ? true : { $exists: false } }),
          received_at: { $lte: before?.at ?? Number.MAX_SAFE_INTEGER },
          ...(before && {
            $or: [{ received_at: { $lt: before.at } }, { _id: { $lt: `${tenantId}/${before.id}` } }],
          }),
        })
        .sort({ received_at: -1, _id: -1 })
        .limit(limit)
        .toArray()
      return found.map(stripeEventOf)
    },

    async eraseStripeEvents(tenantId, stripeCustomerIds) {
      // Done ones have lost it already.
      await stripe_events.updateMany(
        { waiting: true, tenant_id: tenantId, stripe_customer_id: { $in: [...stripeCustomerIds] } },
        { $set: { previous_attributes: null } },
      )
    },

    async stripeCustomersWaiting({ receivedBefore, limit }) {
      const found = await stripe_events
        .aggregate<{ _id: { t: string; c: string } }>([
          {
            $match: {
              waiting: true,
              received_at: { $lt: receivedBefore },
              stripe_customer_id: { $ne: null },
            },
          },
          {
            $group: { _id: { t: '$tenant_id', c: '$stripe_customer_id' }, oldest: { $min: '$received_at' } },
          },
          { $sort: { oldest: 1 } },
          { $limit: limit },
        ])
        .toArray()
      return found.map(({ _id }) => ({ tenantId: _id.t, stripeCustomerId: _id.c }))
    },
  }
}
