// Owns what a store promises of the record of a tenant's reconciliation.

import { describe, expect, test } from 'vitest'
import type { StoreUnderTest } from '../conformance.ts'
import { anyTenant, aReconciliation } from '../records.ts'

export function reconciliations({ store }: StoreUnderTest): void {
  describe('reconciliations', () => {
    test('a tenant has one, inserted once with rev 1, and it comes back as it went in', async () => {
      const record = aReconciliation(anyTenant())
      expect(await store().readReconciliation(record._id)).toBeNull()
      expect(await store().insertReconciliation(record)).toEqual({ kind: 'ok' })
      expect(await store().insertReconciliation(record)).toEqual({ kind: 'duplicate', rule: '_id' })
      expect(await store().readReconciliation(record._id)).toEqual({ ...record, rev: 1 })
    })

    test('of many that move it at once, one does', async () => {
      const record = aReconciliation(anyTenant())
      await store().insertReconciliation(record)
      const moves = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          store().replaceReconciliation({ ...record, rev: 1, holder: `worker ${n}` }),
        ),
      )
      expect(moves.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
      expect(moves.filter(({ kind }) => kind === 'stale')).toHaveLength(9)
      expect((await store().readReconciliation(record._id))?.rev).toBe(2)
    })
  })
}
