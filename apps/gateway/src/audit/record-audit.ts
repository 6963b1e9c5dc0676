// Owns what is written into the audit log on this side.
// Promises: the entry is durable before what it tells of is done; what cannot be recorded is not done.

import { type AuditAction, idOfUse } from '@lockstep/domain/audit/audit'
import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { OperationBody } from '@lockstep/domain/operation/operation'
import type { AuditStore } from '@lockstep/domain/store/store'
import type { ApiKeys } from '../http/authenticate.ts'
import type { ApiRequest } from '../http/route.ts'

/** Something that is about to be done. */
export interface Audited {
  action: AuditAction
  customerId: string | null
  /** The id of what it is done to beside the customer. */
  subject?: string | undefined
}

/** Resolves once the entry is durable. */
export type RecordAudit = (
  request: Pick<ApiRequest, 'caller' | 'requestId'>,
  audited: Audited,
) => Promise<void>

interface AuditDeps {
  store: Pick<AuditStore, 'appendAudit'>
  clock: Clock
  random: Random
}

/** The recorder. */
export function auditRecorder({ store, clock, random }: AuditDeps): RecordAudit {
  return async ({ caller, requestId }, { action, customerId, subject }) => {
    await store.appendAudit({
      _id: random.uuid(),
      tenant_id: caller.tenantId,
      at: clock.now(),
      key_id: caller.keyId,
      action,
      customer_id: customerId,
      subject: subject ?? null,
      request_id: requestId,
    })
  }
}

/** What is recorded of a write; null: its operation alone is record enough. */
export function auditedWrite(body: OperationBody): Omit<Audited, 'customerId'> | null {
  if (body.kind === 'purge') return { action: body.erase ? 'customer.erase' : 'customer.purge' }
  if ((body.kind === 'create' || body.kind === 'update') && body.external_billing_id !== undefined)
    return { action: 'customer.link_change', subject: body.external_billing_id }
  return null
}

/** The same keys, with the first use of each on a day (UTC) on record. */
export function auditedKeys(keys: ApiKeys, { store, clock }: Omit<AuditDeps, 'random'>): ApiKeys {
  // Keys of this day alone: yesterday's ids are asked for no more.
  let recorded = { day: '', ids: new Set<string>() }
  return {
    async byHash(hash) {
      const key = await keys.byHash(hash)
      if (!key) return null
      const at = clock.now()
      const day = new Date(at).toISOString().slice(0, 10)
      if (recorded.day !== day) recorded = { day, ids: new Set() }
      const { ids } = recorded
      const id = idOfUse(key.tenant_id, key.key_id, at)
      if (ids.has(id)) return key
      // Another process may have been first: the entry is there then.
      const whose = { tenant_id: key.tenant_id, key_id: key.key_id, customer_id: null, subject: null }
      await store.appendAudit({ _id: id, at, action: 'api_key.use', request_id: null, ...whose })
      ids.add(id)
      return key
    },
  }
}
