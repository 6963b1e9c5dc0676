// Owns pausing a tenant by hand. Promises: compare-and-set; a direction that stands still already keeps its first reason,
// which is the one that a person must see before lifting it.

import type { TenantStore } from '@lockstep/domain/store/store'
import type { Pause, Tenant } from '@lockstep/domain/store/tenant'
import type { Paused } from './resume-tenant.ts'

/** What an operator asks for: the directions, their reason in words, and when (ms). */
export interface PauseWish {
  inbound: boolean
  outbound: boolean
  detail: string
  at: number
}

/** Pauses what was asked for; answers the tenant's pauses after it. @throws StoreUnavailable; Error where the tenant is gone */
export async function pauseTenant(
  store: Pick<TenantStore, 'readTenant' | 'replaceTenant'>,
  tenantId: string,
  { inbound, outbound, detail, at }: PauseWish,
): Promise<Paused> {
  const pause: Pause = { reason: 'operator', detail, at }
  for (;;) {
    const tenant = await store.readTenant(tenantId)
    if (!tenant) throw new Error(`there is no tenant ${tenantId}`)
    const next: Tenant = {
      ...tenant,
      paused_inbound: tenant.paused_inbound ?? (inbound ? pause : null),
      paused_outbound: tenant.paused_outbound ?? (outbound ? pause : null),
    }
    if ((await store.replaceTenant(next)).kind === 'ok') {
      return { inbound: next.paused_inbound, outbound: next.paused_outbound }
    }
  }
}
