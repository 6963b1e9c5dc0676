// Owns the reconciliations' collection: one small document for each tenant. Promises: compare-and-set on `rev`.

import type { ReconciliationStore } from '../store.ts'
import type { Collections } from './collections.ts'
import { insertOne, replaceOne } from './writes.ts'

/** The port over this collection. */
export function mongoReconciliations({
  reconciliations,
}: Pick<Collections, 'reconciliations'>): ReconciliationStore {
  return {
    readReconciliation: (tenantId) => reconciliations.findOne({ _id: tenantId }),
    insertReconciliation: (record) => insertOne(reconciliations, { ...record, rev: 1 }),
    replaceReconciliation: (record) =>
      replaceOne(reconciliations, { _id: record._id, rev: record.rev }, { ...record, rev: record.rev + 1 }),
  }
}
