// Owns the audit log of the in-process store. Promises: an entry is never changed.

import type { AuditEntry } from '../../audit/audit.ts'
import type { AuditStore } from '../store.ts'

/** The port. */
export function memoryAudit(): AuditStore {
  const entries = new Map<string, AuditEntry>()
  return {
    async appendAudit(entry) {
      if (entries.has(entry._id)) return { kind: 'duplicate', rule: '_id' }
      entries.set(entry._id, structuredClone(entry))
      return { kind: 'ok' }
    },
    async listAudit({ tenantId, customerId, action, before, limit }) {
      const found = [...entries.values()].filter(
        (entry) =>
          entry.tenant_id === tenantId &&
          (customerId === undefined || entry.customer_id === customerId) &&
          (action === undefined || entry.action === action) &&
          (before === undefined || entry._id < before),
      )
      return structuredClone(found.sort((a, b) => (a._id < b._id ? 1 : -1)).slice(0, limit))
    },
  }
}
