// Owns the reconciliations of the in-process store. Promises: one for each tenant; compare-and-set on `rev`.

import type { Reconciliation } from '../../reconciliation/pass.ts'
import type { ReconciliationStore } from '../store.ts'

/** The port. */
export function memoryReconciliations(): ReconciliationStore {
  const byTenant = new Map<string, Reconciliation>()

  return {
    async readReconciliation(tenantId) {
      return structuredClone(byTenant.get(tenantId) ?? null)
    },
    async insertReconciliation(record) {
      if (byTenant.has(record._id)) return { kind: 'duplicate', rule: '_id' }
      byTenant.set(record._id, structuredClone({ ...record, rev: 1 }))
      return { kind: 'ok' }
    },
    async replaceReconciliation(record) {
      if (byTenant.get(record._id)?.rev !== record.rev) return { kind: 'stale' }
      byTenant.set(record._id, structuredClone({ ...record, rev: record.rev + 1 }))
      return { kind: 'ok' }
    },
  }
}
