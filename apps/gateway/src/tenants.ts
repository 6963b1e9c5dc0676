// Owns what the gateway knows of a tenant: its record, at most a second old.
// The record belongs to the worker (it binds the Stripe account); the gateway only reads it.

import type { Clock } from '@lockstep/domain/clock/clock'
import type { Flow } from '@lockstep/domain/customer/view'
import type { TenantStore } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { ttlCache } from './http/ttl-cache.ts'

/** How long a pause or a binding may go unnoticed here. */
const tenantTtlMs = 1_000
const tenantsMax = 1_000

/** A tenant's record; null where there is none. */
export type ReadTenant = (tenantId: string) => Promise<Tenant | null>

/** Reads tenants through a short cache. */
export function cachedTenants(store: Pick<TenantStore, 'readTenant'>, clock: Clock): ReadTenant {
  return ttlCache({ ttlMs: tenantTtlMs, entriesMax: tenantsMax, clock, read: (id) => store.readTenant(id) })
}

/** How the traffic to Stripe goes, as a customer's `sync.state` shows it. */
export async function flowOf(readTenant: ReadTenant, tenantId: string): Promise<Flow> {
  const tenant = await readTenant(tenantId)
  if (tenant?.paused_outbound) return 'paused'
  return tenant?.observe_only ? 'observing' : 'flows'
}
