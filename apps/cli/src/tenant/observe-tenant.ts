// Owns whether a tenant only observes. Promises: compare-and-set; nothing else of its record is touched.

import type { TenantStore } from '@lockstep/domain/store/store'

/** Sets it. @throws StoreUnavailable; Error where the tenant is gone */
export async function observeTenant(
  store: Pick<TenantStore, 'readTenant' | 'replaceTenant'>,
  tenantId: string,
  observing: boolean,
): Promise<void> {
  for (;;) {
    const tenant = await store.readTenant(tenantId)
    if (!tenant) throw new Error(`there is no tenant ${tenantId}`)
    const { observe_only: _, ...rest } = tenant
    const next = observing ? { ...rest, observe_only: true as const } : rest
    if ((await store.replaceTenant(next)).kind === 'ok') return
  }
}
