// Owns the Stripe events' collection. Promises: an event is taken in once by id; a done one stays as it is, without
// the values that it carried.

import type { StripeEventOutcome, StripeEventRecord } from '../../stripe/stripe-event.ts'
import type { StripeEventStore } from '../store.ts'
import { type Collections, expiry, storedStripeEvent, stripeEventOf } from './collections.ts'
import { byTenant, shared, sharedWrite } from './shared.ts'
import { insertMany, untilRaceWon } from './writes.ts'

/** Events of several Stripe customers in one read; where that is not all of them each is asked for alone. */
const mostTogether = 1_000

interface Asked {
  tenantId: string
  stripeId: string
  limit: number
}

/** The port over this collection. */
export function mongoStripeEvents({ stripe_events }: Pick<Collections, 'stripe_events'>): StripeEventStore {
  const waiting = (tenantId: string, stripeIds: string[], limit: number) =>
    stripe_events
      .find({ waiting: true, tenant_id: tenantId, stripe_customer_id: { $in: stripeIds } })
      .sort({ received_at: 1, _id: 1 })
      .limit(limit)
      .toArray()

  const askWaiting = shared<Asked, StripeEventRecord[]>((asked) =>
    byTenant(asked, async (tenantId, ofTenant) => {
      const ids = [...new Set(ofTenant.map(({ stripeId }) => stripeId))]
      const together = ids.length > 1 ? await waiting(tenantId, ids, mostTogether) : null
      if (!together || together.length === mostTogether)
        return Promise.all(
          ofTenant.map(async ({ stripeId, limit }) =>
            (await waiting(tenantId, [stripeId], limit)).map(stripeEventOf),
          ),
        )
      const byId = Map.groupBy(together.map(stripeEventOf), (event) => event.stripe_customer_id)
      return ofTenant.map(({ stripeId, limit }) => (byId.get(stripeId) ?? []).slice(0, limit))
    }),
  )

  const mark = sharedWrite<{ id: string; at: number; outcome: StripeEventOutcome }>(async (done) => {
    const sorted = done.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    await untilRaceWon(() =>
      stripe_events.bulkWrite(
        sorted.map(({ id, at, outcome }) => ({
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
  })

  return {
    insertStripeEvents: (events) => insertMany(stripe_events, events.map(storedStripeEvent)),

    async readStripeEvent(tenantId, eventId) {
      const stored = await stripe_events.findOne({ _id: `${tenantId}/${eventId}` })
      return stored && stripeEventOf(stored)
    },

    waitingStripeEvents: (tenantId, stripeId, limit) => askWaiting({ tenantId, stripeId, limit }),
    markStripeEvents: mark,

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
