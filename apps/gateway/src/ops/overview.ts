// Owns the numbers of the page for people on duty: what bull-board cannot show.
// Promises: parts that cannot be read (Redis away) are null, so that the rest is still told.

import type { Reconciliation } from '@lockstep/domain/reconciliation/pass'
import type { Backlog, Store } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import type { BudgetUse } from '@lockstep/domain/stripe/redis-slots'

export interface Overview {
  at: number
  backlog: Backlog
  tenants: Tenant[]
  /** By tenant; a tenant that was never compared is missing. */
  reconciliations: Map<string, Reconciliation>
  budget: BudgetUse[] | null
  redisUp: boolean
}

export interface OverviewDeps {
  store: Pick<Store, 'backlog' | 'listTenants' | 'readReconciliation'>
  readBudget: (accounts: string[]) => Promise<BudgetUse[]>
  redisUp: () => boolean
  now: () => number
}

/** Everything at this moment; throws StoreUnavailable. */
export async function readOverview(deps: OverviewDeps): Promise<Overview> {
  const redisUp = deps.redisUp()
  const [backlog, tenants] = await Promise.all([deps.store.backlog(), deps.store.listTenants()])
  const records = await Promise.all(tenants.map(({ _id }) => deps.store.readReconciliation(_id)))
  const reconciliations = new Map(
    records.flatMap((record) => (record ? [[record._id, record] as const] : [])),
  )
  const accounts = tenants.flatMap(({ account }) => account ?? [])
  const budget = redisUp ? await deps.readBudget(accounts).catch(() => null) : null
  return { at: deps.now(), backlog, tenants, reconciliations, budget, redisUp }
}
