// Owns lifting a tenant's pause. Promises: compare-and-set; only the pause that was shown is lifted: one that came
// meanwhile, for another reason, stays.

import type { TenantStore } from '@lockstep/domain/store/store'
import type { Pause, Tenant } from '@lockstep/domain/store/tenant'

/** What stands still, and why. */
export interface Paused {
  inbound: Pause | null
  outbound: Pause | null
}

/** The tenant's pauses; null where nothing is paused. */
export function pausesOf(tenant: Tenant): Paused | null {
  const { paused_inbound: inbound, paused_outbound: outbound } = tenant
  return inbound || outbound ? { inbound, outbound } : null
}

/** Lifts what was shown; answers what is still paused after it. @throws StoreUnavailable; Error where the tenant is gone */
export async function resumeTenant(
  store: Pick<TenantStore, 'readTenant' | 'replaceTenant'>,
  tenantId: string,
  shown: Paused,
): Promise<Paused | null> {
  for (;;) {
    const tenant = await store.readTenant(tenantId)
    if (!tenant) throw new Error(`there is no tenant ${tenantId}`)
    const next: Tenant = {
      ...tenant,
      paused_inbound: samePause(tenant.paused_inbound, shown.inbound) ? null : tenant.paused_inbound,
      paused_outbound: samePause(tenant.paused_outbound, shown.outbound) ? null : tenant.paused_outbound,
    }
    if ((await store.replaceTenant(next)).kind === 'ok') return pausesOf(next)
  }
}

function samePause(now: Pause | null, shown: Pause | null): boolean {
  return now !== null && shown !== null && now.at === shown.at && now.reason === shown.reason
}

/** What a person should do before lifting a pause. */
export const adviceByReason: Record<Pause['reason'], string> = {
  operator: 'somebody paused it; ask them',
  wrong_account: 'put back the key of the tenant’s account first, else it pauses again',
  wrong_mode: 'put back the key of the tenant’s mode first, else it pauses again',
  key_refused: 'give the workers a key that Stripe takes first, else it pauses again',
  brake: 'see what was archived, unlinked or overwritten, and whether that was meant',
}
