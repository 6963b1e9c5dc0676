// Owns what a database needs before anybody can call the gateway: this version's shape, the tenant and its first two API keys.
// Promises: a tenant that is there already stays as it is; the keys' texts are returned and stored nowhere.

import { randomUUID } from 'node:crypto'
import { systemClock } from '@lockstep/domain/clock/clock'
import { migrateDatabase } from '@lockstep/domain/store/mongo/migrations/migrate'
import { openMongoStore } from '@lockstep/domain/store/mongo/open-store'
import { defaultTenantId, newTenant } from '@lockstep/domain/store/tenant'
import { newApiKey } from '../keys/new-api-key.ts'

/** What the stack tells its user. */
export interface FirstTenant {
  tenant: string
  /** Scope customers. */
  apiKey: string
  /** Scopes customers and operator. */
  adminKey: string
}

/** Writes them, in a database of this version's shape. @throws StoreUnavailable */
export async function writeFirstTenant(mongoUrl: string): Promise<FirstTenant> {
  await migrateDatabase({ url: mongoUrl }, { clock: systemClock, holder: randomUUID(), dryRun: false })
  const store = await openMongoStore({ url: mongoUrl, poolSize: 1, appName: 'lockstep-stack' })
  try {
    const at = Date.now()
    const tenantId = defaultTenantId
    await store.insertTenant(newTenant({ id: tenantId, livemode: false, linkByEmail: true, at }))
    const caller = newApiKey({ tenantId, scopes: ['customers'], at })
    const operator = newApiKey({ tenantId, scopes: ['customers', 'operator'], at })
    for (const { record } of [caller, operator]) await store.insertApiKey(record)
    return { tenant: tenantId, apiKey: caller.key, adminKey: operator.key }
  } finally {
    await store.close()
  }
}
