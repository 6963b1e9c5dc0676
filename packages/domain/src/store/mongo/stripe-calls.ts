// Owns the collection of the calls to Stripe. Promises: a call is written once and never changed; it leaves by itself after
// as long as Stripe lists the events of that time.

import { latestFirst } from '../latest-first.ts'
import type { StripeCallRecord } from '../../stripe/call-record.ts'
import type { StripeCallStore } from '../store.ts'
import { type Collections, expiry } from './collections.ts'
import { sharedWrite } from './shared.ts'
import { insertMany } from './writes.ts'

/** The port over this collection. */
export function mongoStripeCalls({ stripe_calls }: Pick<Collections, 'stripe_calls'>): StripeCallStore {
  const insert = sharedWrite<StripeCallRecord>(async (calls) => {
    await insertMany(
      stripe_calls,
      calls.map((call) => ({ ...call, expires_at: expiry(call.at) })),
    )
  })
  return {
    insertStripeCall: (call) => insert([call]),

    async listStripeCalls({ tenantId, customerId, stripeIds, before, limit }) {
      // One read of one index each: an `$or` over both is sorted in memory.
      const whose = [
        { customer_id: customerId },
        ...(stripeIds.length > 0 ? [{ stripe_id: { $in: [...stripeIds] } }] : []),
      ]
      const found = await Promise.all(
        whose.map((filter) =>
          stripe_calls
            .find({
              tenant_id: tenantId,
              ...filter,
              at: { $lte: before?.at ?? Number.MAX_SAFE_INTEGER },
              ...(before && { $or: [{ at: { $lt: before.at } }, { _id: { $lt: before.id } }] }),
            })
            .sort({ at: -1, _id: -1 })
            .limit(limit)
            .toArray(),
        ),
      )
      const calls = found.flat().map(({ expires_at: _, ...call }) => call)
      calls.sort((a, b) => latestFirst({ at: a.at, id: a._id }, { at: b.at, id: b._id }))
      return calls.slice(0, limit)
    },
  }
}
