// Owns the tenants, API keys and brake counts. Promises: what is written here fits its schema, or the write throws.

import type { TenantStore } from '../store.ts'
import type { Collections } from './collections.ts'
import type { Models } from './schemas.ts'
import { changeOrStart, insertOne, replaceOne } from './writes.ts'

const hourMs = 60 * 60 * 1000
/** A brake's count is asked for within its own hour; two days let a person look back. */
const brakeKeptHours = 48

/** The port over these collections; `models` check what is rarely written. */
export function mongoTenants(
  {
    tenants,
    api_keys,
    brakes,
    customers,
  }: Pick<Collections, 'tenants' | 'api_keys' | 'brakes' | 'customers'>,
  models: Models,
): TenantStore {
  return {
    readTenant: (tenantId) => tenants.findOne({ _id: tenantId }),
    listTenants: () => tenants.find({}).sort({ _id: 1 }).toArray(),

    async insertTenant(tenant) {
      const first = { ...tenant, rev: 1 }
      await new models.tenants(first).validate()
      return insertOne(tenants, first)
    },

    async replaceTenant(tenant) {
      const next = { ...tenant, rev: tenant.rev + 1 }
      await new models.tenants(next).validate()
      return replaceOne(tenants, { _id: tenant._id, rev: tenant.rev }, next)
    },

    async countBrake(tenantId, hour, since = 0) {
      const start = {
        _id: `${tenantId}/${hour}/${since}`,
        count: 0,
        expires_at: new Date((hour + brakeKeptHours) * hourMs),
      }
      const { count } = await changeOrStart(brakes, start, { $inc: { count: 1 } })
      return count
    },

    countLinked: (tenantId) =>
      customers.countDocuments({ tenant_id: tenantId, stripe_id: { $exists: true } }),

    async insertApiKey(key) {
      await new models.api_keys(key).validate()
      return insertOne(api_keys, key)
    },

    readApiKey: (hash) => api_keys.findOne({ _id: hash }),
  }
}
