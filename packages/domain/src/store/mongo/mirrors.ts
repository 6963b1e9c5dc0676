// Owns the collections of the one-way mirrors. Promises: compare-and-set on `rev`; what the API shows of an object is JSON text,
// so a caller's metadata never becomes field names; a record that is gone leaves by itself.

import type { mongo } from 'mongoose'
import { asksId } from '../../mirror/asks.ts'
import { type MirroredObject, mirroredId } from '../../mirror/mirrored.ts'
import type { MirroredQuery, MirrorStore } from '../store.ts'
import type { Collections, StoredMirrored } from './collections.ts'
import { insertOne, replaceOne } from './writes.ts'

/** How long the record of an object that is gone stays: longer than any reading of Stripe may take (ms). */
const goneKeptMs = 24 * 60 * 60 * 1000

/** The port over these collections. */
export function mongoMirrors({
  mirror_asks,
  mirrored,
}: Pick<Collections, 'mirror_asks' | 'mirrored'>): MirrorStore {
  return {
    readMirrorAsks: (tenantId, stripeId) => mirror_asks.findOne({ _id: asksId(tenantId, stripeId) }),
    async ownersOfMirrored(tenantId, stripeIds) {
      const owners = { tenant_id: tenantId, stripe_customer_id: { $in: [...stripeIds] } }
      return new Set(await mirrored.distinct('stripe_customer_id', owners))
    },
    insertMirrorAsks: (record) => insertOne(mirror_asks, { ...record, rev: 1 }),
    replaceMirrorAsks: (record) =>
      replaceOne(mirror_asks, { _id: record._id, rev: record.rev }, { ...record, rev: record.rev + 1 }),

    async dueMirrors({ now, limit }) {
      const found = await mirror_asks
        .find({ due_at: { $lte: now } })
        .sort({ due_at: 1 })
        .limit(limit)
        .toArray()
      return found.map((each) => ({ tenantId: each.tenant_id, stripeId: each.stripe_customer_id }))
    },

    async readMirrored(tenantId, kind, id) {
      return mirroredOf(await mirrored.findOne({ _id: mirroredId(tenantId, kind, id) }))
    },

    async listMirrored(query) {
      const found = await mirrored
        .find(listFilter(query))
        .sort({ created: -1, object_id: -1 })
        .limit(query.limit)
        .toArray()
      return found.flatMap((each) => mirroredOf(each) ?? [])
    },

    async scanMirrored(tenantId, stripeId, kind) {
      const found = await mirrored.find({ tenant_id: tenantId, stripe_customer_id: stripeId, kind }).toArray()
      return found.flatMap((each) => mirroredOf(each) ?? [])
    },

    async untoldMirrored(tenantId, stripeId, limit) {
      const found = await mirrored
        .find({ tenant_id: tenantId, stripe_customer_id: stripeId, has_untold: true })
        .limit(limit)
        .toArray()
      return found.flatMap((each) => mirroredOf(each) ?? [])
    },

    insertMirrored: (record) => insertOne(mirrored, storedMirrored({ ...record, rev: 1 })),
    replaceMirrored: (record) =>
      replaceOne(
        mirrored,
        { _id: record._id, rev: record.rev },
        storedMirrored({ ...record, rev: record.rev + 1 }),
      ),

    async eraseMirrors(tenantId, stripeIds) {
      if (stripeIds.length === 0) return
      const theirs = { tenant_id: tenantId, stripe_customer_id: { $in: [...stripeIds] } }
      await mirror_asks.deleteMany({ _id: { $in: stripeIds.map((id) => asksId(tenantId, id)) } })
      await mirrored.deleteMany(theirs)
    },
  }
}

function listFilter(query: MirroredQuery): mongo.Filter<StoredMirrored> {
  const { tenantId, stripeIds, kind, status, after } = query
  return {
    tenant_id: tenantId,
    stripe_customer_id: { $in: [...stripeIds] },
    kind,
    gone: { $exists: false },
    ...(status !== undefined && { status }),
    ...(after && {
      $or: [{ created: { $lt: after.created } }, { created: after.created, object_id: { $lt: after.id } }],
    }),
  }
}

function storedMirrored(record: MirroredObject): StoredMirrored {
  return {
    ...record,
    ...(record.untold && { has_untold: true as const }),
    // One whose end is not told yet waits for that.
    ...(record.gone && !record.untold && { expires_at: new Date(record.seen_at + goneKeptMs) }),
  }
}

function mirroredOf(stored: StoredMirrored | null): MirroredObject | null {
  if (!stored) return null
  const { has_untold: _untold, expires_at: _expiry, ...record } = stored
  return record
}
