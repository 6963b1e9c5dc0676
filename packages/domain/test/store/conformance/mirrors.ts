// Owns what a store promises of the one-way mirrors: what is asked for, and the objects.

import { describe, expect, test } from 'vitest'
import { asked, newAsks } from '../../../src/mirror/asks.ts'
import type { StoreUnderTest } from '../conformance.ts'
import { aMirrored, anyTenant, mirroredStripeId as stripeId } from '../records.ts'

const untold = [{ id: 'event-1', type: 'invoice.created' as const, at: 1, data: '{}' }]

export function mirrors({ store }: StoreUnderTest): void {
  describe('mirrors', () => {
    test('what is asked of a customer is one record, compare-and-set, and due from the moment it says', async () => {
      const tenantId = anyTenant()
      const record = asked(newAsks(tenantId, stripeId), [{ kind: 'invoice', id: 'in_1' }], 5_000)
      expect(await store().insertMirrorAsks(record)).toEqual({ kind: 'ok' })
      expect(await store().insertMirrorAsks(record)).toEqual({ kind: 'duplicate', rule: '_id' })
      expect(await store().readMirrorAsks(tenantId, stripeId)).toEqual({ ...record, rev: 1 })
      const mine = async (now: number) =>
        (await store().dueMirrors({ now, limit: 1_000 })).filter((each) => each.tenantId === tenantId)
      expect(await mine(4_999)).toEqual([])
      expect(await mine(5_000)).toEqual([{ tenantId, stripeId }])
      const { due_at: _, ...calm } = { ...record, rev: 1, asks: [] }
      expect(await store().replaceMirrorAsks(calm)).toEqual({ kind: 'ok' })
      expect(await store().replaceMirrorAsks(calm)).toEqual({ kind: 'stale' })
      expect(await mine(9_000)).toEqual([])
    })

    test('an object comes back as it went in, whatever names its text holds', async () => {
      const tenantId = anyTenant()
      const object = aMirrored(tenantId, { untold })
      expect(await store().insertMirrored(object)).toEqual({ kind: 'ok' })
      expect(await store().insertMirrored(object)).toEqual({ kind: 'duplicate', rule: '_id' })
      expect(await store().readMirrored(tenantId, 'invoice', 'in_1')).toEqual({ ...object, rev: 1 })
      expect(await store().untoldMirrored(tenantId, stripeId, 10)).toEqual([{ ...object, rev: 1 }])
      const { untold: _, ...told } = object
      expect(await store().replaceMirrored({ ...told, rev: 1 })).toEqual({ kind: 'ok' })
      expect(await store().replaceMirrored({ ...told, rev: 1 })).toEqual({ kind: 'stale' })
      expect(await store().untoldMirrored(tenantId, stripeId, 10)).toEqual([])
      expect(await store().readMirrored(anyTenant(), 'invoice', 'in_1')).toBeNull()
    })

    test('a list is newest first without repeats or gaps, of one tenant, customer and kind, without what is gone', async () => {
      const tenantId = anyTenant()
      const made = [
        { object_id: 'in_a', created: 3 },
        { object_id: 'in_c', created: 2, status: 'paid' },
        { object_id: 'in_b', created: 2 },
        { object_id: 'in_d', created: 1 },
      ]
      for (const over of made) await store().insertMirrored(aMirrored(tenantId, over))
      await store().insertMirrored(aMirrored(tenantId, { object_id: 'in_gone', gone: true }))
      await store().insertMirrored(aMirrored(tenantId, { object_id: 'ch_1', kind: 'charge' }))
      await store().insertMirrored(
        aMirrored(tenantId, { object_id: 'in_x', stripe_customer_id: 'cus_other' }),
      )
      await store().insertMirrored(aMirrored(anyTenant(), { object_id: 'in_y' }))
      const owners = await store().ownersOfMirrored(tenantId, [stripeId, 'cus_other', 'cus_without'])
      expect(owners).toEqual(new Set([stripeId, 'cus_other']))
      expect(await store().ownersOfMirrored(anyTenant(), [stripeId])).toEqual(new Set())
      const query = { tenantId, stripeIds: [stripeId, 'cus_former'], kind: 'invoice' as const }
      const ids = async (more: object) =>
        (await store().listMirrored({ ...query, limit: 10, ...more })).map((each) => each.object_id)
      expect(await ids({})).toEqual(['in_a', 'in_c', 'in_b', 'in_d'])
      expect(await ids({ limit: 2 })).toEqual(['in_a', 'in_c'])
      expect(await ids({ after: { created: 2, id: 'in_c' } })).toEqual(['in_b', 'in_d'])
      expect(await ids({ status: 'paid' })).toEqual(['in_c'])
      const scanned = await store().scanMirrored(tenantId, stripeId, 'invoice')
      expect(scanned.map((each) => each.object_id).toSorted()).toEqual([
        'in_a',
        'in_b',
        'in_c',
        'in_d',
        'in_gone',
      ])
    })

    test('what is erased of one customer leaves the others alone', async () => {
      const tenantId = anyTenant()
      await store().insertMirrorAsks(newAsks(tenantId, stripeId))
      await store().insertMirrored(aMirrored(tenantId))
      await store().insertMirrored(
        aMirrored(tenantId, { object_id: 'in_2', stripe_customer_id: 'cus_other' }),
      )
      await store().eraseMirrors(tenantId, [stripeId])
      expect(await store().readMirrorAsks(tenantId, stripeId)).toBeNull()
      expect(await store().readMirrored(tenantId, 'invoice', 'in_1')).toBeNull()
      expect(await store().readMirrored(tenantId, 'invoice', 'in_2')).not.toBeNull()
    })
  })
}
