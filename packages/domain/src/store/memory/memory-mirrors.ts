// Owns the one-way mirrors of the in-process store. Promises: compare-and-set on `rev`, newest first.

import { type MirrorAsks, asksId } from '../../mirror/asks.ts'
import { type MirroredObject, mirroredId } from '../../mirror/mirrored.ts'
import type { MirrorStore } from '../store.ts'

/** The port. */
export function memoryMirrors(): MirrorStore {
  const asks = new Map<string, MirrorAsks>()
  const objects = new Map<string, MirroredObject>()

  const insert = <T extends { _id: string; rev: number }>(into: Map<string, T>, record: T) => {
    if (into.has(record._id)) return { kind: 'duplicate', rule: '_id' } as const
    into.set(record._id, structuredClone({ ...record, rev: 1 }))
    return { kind: 'ok' } as const
  }
  const replace = <T extends { _id: string; rev: number }>(into: Map<string, T>, record: T) => {
    if (into.get(record._id)?.rev !== record.rev) return { kind: 'stale' } as const
    into.set(record._id, structuredClone({ ...record, rev: record.rev + 1 }))
    return { kind: 'ok' } as const
  }
  const of = (tenantId: string, stripeId: string) =>
    [...objects.values()].filter(
      (each) => each.tenant_id === tenantId && each.stripe_customer_id === stripeId,
    )

  return {
    async readMirrorAsks(tenantId, stripeId) {
      return structuredClone(asks.get(asksId(tenantId, stripeId)) ?? null)
    },
    async ownersOfMirrored(tenantId, stripeIds) {
      const owners = [...objects.values()].filter((each) => each.tenant_id === tenantId)
      return new Set(owners.map((each) => each.stripe_customer_id).filter((id) => stripeIds.includes(id)))
    },
    insertMirrorAsks: async (record) => insert(asks, record),
    replaceMirrorAsks: async (record) => replace(asks, record),
    async dueMirrors({ now, limit }) {
      return [...asks.values()]
        .filter(({ due_at: due }) => due !== undefined && due <= now)
        .toSorted((a, b) => (a.due_at ?? 0) - (b.due_at ?? 0))
        .slice(0, limit)
        .map((each) => ({ tenantId: each.tenant_id, stripeId: each.stripe_customer_id }))
    },
    async readMirrored(tenantId, kind, id) {
      return structuredClone(objects.get(mirroredId(tenantId, kind, id)) ?? null)
    },
    async listMirrored({ tenantId, stripeIds, kind, status, after, limit }) {
      const isOlder = (each: MirroredObject) =>
        !after ||
        each.created < after.created ||
        (each.created === after.created && each.object_id < after.id)
      const found = stripeIds
        .flatMap((stripeId) => of(tenantId, stripeId))
        .filter((each) => each.kind === kind && !each.gone && isOlder(each))
        .filter((each) => status === undefined || each.status === status)
        .toSorted((a, b) => b.created - a.created || (a.object_id < b.object_id ? 1 : -1))
      return structuredClone(found.slice(0, limit))
    },
    async scanMirrored(tenantId, stripeId, kind) {
      return structuredClone(of(tenantId, stripeId).filter((each) => each.kind === kind))
    },
    async untoldMirrored(tenantId, stripeId, limit) {
      return structuredClone(
        of(tenantId, stripeId)
          .filter(({ untold }) => untold !== undefined)
          .slice(0, limit),
      )
    },
    insertMirrored: async (record) => insert(objects, record),
    replaceMirrored: async (record) => replace(objects, record),
    async eraseMirrors(tenantId, stripeIds) {
      for (const stripeId of stripeIds) {
        asks.delete(asksId(tenantId, stripeId))
        for (const { _id } of of(tenantId, stripeId)) objects.delete(_id)
      }
    },
  }
}
