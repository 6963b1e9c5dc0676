// Owns the checks of MongoDB, of Stripe's key, and of the tenant that ties them together.

import { systemClock } from '@lockstep/domain/clock/clock'
import { openMongoStore } from '@lockstep/domain/store/mongo/open-store'
import { type Backlog, StoreUnavailable } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { openStripe } from '@lockstep/domain/stripe/stripe-client'
import type { WorkerConfig } from '@lockstep/worker/config'
import { adviceByReason, pausesOf } from '../tenant/resume-tenant.ts'
import { KeyRefused, openStripeSide } from '../verify/stripe-side.ts'
import { type Check, ill, well } from './check.ts'

/** Checks of MongoDB; the tenant where it was found. */
export async function checkMongo(
  url: string,
  tenantId: string,
): Promise<{ checks: Check[]; tenant: Tenant | null }> {
  try {
    const store = await openMongoStore({ url, poolSize: 1, appName: 'lockstep-cli' })
    try {
      const [tenant, backlog] = [await store.readTenant(tenantId), await store.backlog()]
      return { checks: [well('mongodb', 'MongoDB', 'answers'), parked(backlog)], tenant }
    } finally {
      await store.close()
    }
  } catch (error) {
    const detail = error instanceof StoreUnavailable ? 'no answer' : nameOf(error)
    const action = 'check MONGO_URL, and that MongoDB runs and may be reached'
    return { checks: [ill('mongodb', 'MongoDB', detail, action)], tenant: null }
  }
}

function parked(backlog: Backlog): Check {
  const { waitingOperations, unsyncedCustomers } = backlog
  const count = backlog.parked.reduce((sum, { count }) => sum + count, 0)
  const waiting = `${waitingOperations} operations and ${unsyncedCustomers} customers wait`
  const codes = backlog.parked.map(({ code, count }) => `${count} ${code}`).join(', ')
  return count === 0
    ? well('backlog', 'nothing is parked', waiting)
    : ill('backlog', 'parked customers', codes, parkedAdvice)
}

const parkedAdvice = 'see pnpm lockstep parked, put right what the code says, then: pnpm lockstep retry --all'

/** The account behind the key; null where Stripe did not say. */
export async function checkStripe(config: WorkerConfig): Promise<{ check: Check; account: string | null }> {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = config
  const client = openStripe({ secretKey, ...(apiBase !== undefined && { apiBase }) })
  try {
    const account = await openStripeSide({ http: client, clock: systemClock }).account()
    const where = apiBase === undefined ? '' : `, at ${new URL(apiBase).host}`
    return { check: well('stripe', 'Stripe takes the key', `${account}${where}`), account }
  } catch (error) {
    const check =
      error instanceof KeyRefused
        ? ill('stripe', 'Stripe takes the key', error.message, 'make a new key and give it to the workers')
        : ill('stripe', 'Stripe', nameOf(error), 'check the network, and STRIPE_API_BASE where it is set')
    return { check, account: null }
  } finally {
    client.close()
  }
}

/** Whether the tenant is bound to this account and mode, and whether it flows. */
export function checkTenant(tenant: Tenant, livemode: boolean, account: string | null): Check[] {
  const [id, name] = ['tenant_account', `tenant ${tenant._id} and the key's account`]
  const mode = (live: boolean) => (live ? 'live mode' : 'test mode')
  const bound = tenant.account ?? 'not bound yet'
  const same = tenant.account === null || account === null || tenant.account === account
  const binding =
    same && tenant.livemode === livemode
      ? well(id, name, `${bound}, ${mode(tenant.livemode)}`)
      : ill(
          id,
          name,
          `bound to ${bound} in ${mode(tenant.livemode)}, the key is for ${account ?? 'an unknown account'} in ${mode(livemode)}`,
          'give the workers the key of the tenant’s account',
        )
  return [binding, flowing(tenant)]
}

function flowing(tenant: Tenant): Check {
  const paused = pausesOf(tenant)
  const why = paused?.outbound ?? paused?.inbound
  if (!why) return well('tenant_flows', 'nothing is paused', '')
  const action = `${adviceByReason[why.reason]}; then: pnpm lockstep resume`
  return ill('tenant_flows', `tenant ${tenant._id} is paused`, `${why.reason}: ${why.detail}`, action)
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
