// Owns the tenants, API keys and brake counts of the in-process store. Promises: compare-and-set on `rev`.

import type { CustomerDocument } from '../../customer/document.ts'
import type { TenantStore } from '../store.ts'
import type { ApiKey, Tenant } from '../tenant.ts'

/** The port; `customers` is read for the count of linked ones. */
export function memoryTenants(customers: () => CustomerDocument[]): TenantStore {
  const tenants = new Map<string, Tenant>()
  const apiKeys = new Map<string, ApiKey>()
  const brakes = new Map<string, number>()

  return {
    async readTenant(tenantId) {
      return structuredClone(tenants.get(tenantId) ?? null)
    },
    async listTenants() {
      return structuredClone([...tenants.values()].sort((a, b) => (a._id < b._id ? -1 : 1)))
    },
    async insertTenant(tenant) {
      if (tenants.has(tenant._id)) return { kind: 'duplicate', rule: '_id' }
      tenants.set(tenant._id, structuredClone({ ...tenant, rev: 1 }))
      return { kind: 'ok' }
    },
    async replaceTenant(tenant) {
      if (tenants.get(tenant._id)?.rev !== tenant.rev) return { kind: 'stale' }
      tenants.set(tenant._id, structuredClone({ ...tenant, rev: tenant.rev + 1 }))
      return { kind: 'ok' }
    },
    async countBrake(tenantId, hour, since = 0) {
      const name = `${tenantId}/${hour}/${since}`
      const count = (brakes.get(name) ?? 0) + 1
      brakes.set(name, count)
      return count
    },
    async countLinked(tenantId) {
      return customers().filter((doc) => doc.tenant_id === tenantId && doc.stripe_id !== undefined).length
    },
    async insertApiKey(key) {
      if (apiKeys.has(key._id)) return { kind: 'duplicate', rule: '_id' }
      apiKeys.set(key._id, structuredClone(key))
      return { kind: 'ok' }
    },
    async readApiKey(hash) {
      return structuredClone(apiKeys.get(hash) ?? null)
    },
  }
}
