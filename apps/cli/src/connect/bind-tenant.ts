// Owns the tenant's record at a first connection: made where it is missing, bound to its account, and observing if asked.
// Promises: compare-and-set; a tenant that another process bound to another account meanwhile stays as it is.

import type { TenantStore } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { boundElsewhere, NotComparable } from '../verify/open-sides.ts'

/** Binds; answers the record after it. @throws NotComparable, StoreUnavailable */
export async function bindTenant(
  store: Pick<TenantStore, 'readTenant' | 'insertTenant' | 'replaceTenant'>,
  shown: Tenant,
  { account, observe }: { account: string; observe: boolean },
): Promise<Tenant> {
  if (shown.rev === 0) await store.insertTenant(shown)
  for (;;) {
    const tenant = await store.readTenant(shown._id)
    if (!tenant) throw new Error(`there is no tenant ${shown._id}`)
    if (tenant.account !== null && tenant.account !== account) {
      throw new NotComparable(boundElsewhere(tenant, account))
    }
    const next: Tenant = { ...tenant, account, ...(observe && { observe_only: true }) }
    if (tenant.account === account && (!observe || tenant.observe_only)) return tenant
    if ((await store.replaceTenant(next)).kind === 'ok') return { ...next, rev: next.rev + 1 }
  }
}
