// Owns the audit log's collection. Promises: an entry is inserted and never changed; the log has no end.

import type { AuditEntry } from '../../audit/audit.ts'
import type { AuditStore } from '../store.ts'
import type { Collections } from './collections.ts'
import { type Fields, number, text, textOrNull } from './schema-parts.ts'
import { insertOne } from './writes.ts'

/** Above every id: they are hexadecimal. */
const afterEveryId = 'g'

/** The port over this collection. */
export function mongoAudit({ audit_log }: Pick<Collections, 'audit_log'>): AuditStore {
  return {
    appendAudit: (entry) => insertOne(audit_log, entry),
    listAudit: ({ tenantId, customerId, action, before, limit }) =>
      audit_log
        .find({
          tenant_id: tenantId,
          ...(customerId !== undefined && { customer_id: customerId }),
          ...(action !== undefined && { action }),
          // The bound is there always: one engine reads an index in order only where its key is asked for.
          _id: { $lt: before ?? afterEveryId },
        })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray(),
  }
}

/** The declared fields of an entry. */
export const auditFields: Fields<AuditEntry> = {
  _id: text,
  tenant_id: text,
  at: number,
  key_id: text,
  action: text,
  customer_id: textOrNull,
  subject: textOrNull,
  request_id: textOrNull,
}
