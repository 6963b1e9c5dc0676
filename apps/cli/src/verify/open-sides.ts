// Owns opening both sides of a tenant for a comparison.
// Promises: the calls to Stripe share the workers' budget (G8), or are few a second where its Redis is away; nothing is
// compared with a key that belongs to another account than the tenant's (G12).

import { systemClock, systemRandom } from '@lockstep/domain/clock/clock'
import { openRedis } from '@lockstep/domain/doorbell/redis'
import { openMongoStore } from '@lockstep/domain/store/mongo/open-store'
import type { Store } from '@lockstep/domain/store/store'
import { newTenant, type Tenant } from '@lockstep/domain/store/tenant'
import { openBudget } from '@lockstep/domain/stripe/budget'
import { redisSlots } from '@lockstep/domain/stripe/redis-slots'
import { openStripe } from '@lockstep/domain/stripe/stripe-client'
import type { StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import type { SidesEnvironment } from '../environment.ts'
import type { Sides } from './compare-sides.ts'
import { openStripeSide, type StripeSide } from './stripe-side.ts'

/** The key is another account's, or the tenant does not exist: comparing would prove nothing. */
export class NotComparable extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'NotComparable'
  }
}

/** `tenant` has `rev` 0 where it was not written yet. */
export interface OpenSides extends Sides {
  store: Store
  stripe: StripeSide
  tenant: Tenant
  /** `acct_…` of the key, which is the tenant's, if that is bound. */
  account: string
  /** Stripe, paced. */
  http: StripeHttp
  close(): Promise<void>
}

/** Without the budget (ms between calls): a fifth of the smallest limit, so that the workers keep theirs. */
const slowMs = 200
const poolSize = 2
/** How long a Redis may take to be there before the calls are made without it (ms). */
const redisMs = 2_000

/** Opens both sides. @throws NotComparable, KeyRefused, StripeUnreachable, StoreUnavailable */
export async function openSides(
  environment: SidesEnvironment,
  { newTenants }: { newTenants: boolean } = { newTenants: false },
): Promise<OpenSides> {
  const { tenantId } = environment
  const store = await openMongoStore({ url: environment.mongoUrl, poolSize, appName: 'lockstep-cli' })
  const client = openStripe(environment.stripe)
  const ends: (() => Promise<void> | void)[] = [() => store.close(), () => client.close()]
  const close = async () => {
    for (const end of ends.splice(0)) await end()
  }
  try {
    const known = await store.readTenant(tenantId)
    if (!known && !newTenants)
      throw new NotComparable(`MongoDB has no tenant ${tenantId}. See TENANT_ID; connect makes one`)
    const tenant = known ?? unwritten(environment)
    if (tenant.livemode !== environment.stripe.livemode) {
      const [key, wanted] = tenant.livemode ? ['test', 'live'] : ['live', 'test']
      throw new NotComparable(
        `the key is for ${key} mode, tenant ${tenantId} is in ${wanted} mode. See STRIPE_SECRET_KEY and TENANT_ID`,
      )
    }
    // One call to learn whose budget the others are counted in.
    const account = await openStripeSide({ http: client, clock: systemClock }).account()
    if (tenant.account !== null && tenant.account !== account) {
      throw new NotComparable(boundElsewhere(tenant, account))
    }
    if (environment.account !== null && environment.account !== account) {
      throw new NotComparable(
        `the key belongs to ${account}, STRIPE_ACCOUNT names ${environment.account}. Put one of them right`,
      )
    }
    const http = await paced(client, environment, account, (end) => ends.push(end))
    const stripe = openStripeSide({ http, clock: systemClock })
    return { store, stripe, tenantId, tenant, account, http, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** In words, why a key of this account is refused, and what to do. */
export function boundElsewhere({ _id, account: bound }: Tenant, account: string): string {
  return `the key belongs to ${account}, tenant ${_id} is bound to ${bound}. Give the key of ${bound}, or name another tenant`
}

function unwritten({ tenantId: id, stripe, linkByEmail }: SidesEnvironment): Tenant {
  return newTenant({ id, livemode: stripe.livemode, linkByEmail, at: systemClock.now() })
}

async function paced(
  client: StripeHttp,
  environment: SidesEnvironment,
  account: string,
  atEnd: (end: () => void) => void,
): Promise<StripeHttp> {
  const { redisUrl, limits } = environment
  if (redisUrl === null) return slow(client)
  const redis = openRedis(redisUrl, 'producer')
  atEnd(() => redis.disconnect())
  if (!(await isReady(redis))) return slow(client)
  const budget = openBudget({
    slots: redisSlots(redis),
    clock: systemClock,
    random: systemRandom,
    limits,
    account,
  })
  const unpaced = slow(client)
  return {
    async call(call) {
      const slot = await budget.take(call.endpoint, 'backfill').catch(() => null)
      if (slot === null) return unpaced.call(call)
      try {
        return await client.call(call)
      } finally {
        await slot.release(true)
      }
    },
  }
}

function isReady(redis: ReturnType<typeof openRedis>): Promise<boolean> {
  if (redis.status === 'ready') return Promise.resolve(true)
  return new Promise((answer) => {
    const late = setTimeout(() => answer(false), redisMs)
    redis.once('ready', () => {
      clearTimeout(late)
      answer(true)
    })
  })
}

function slow(client: StripeHttp): StripeHttp {
  return {
    async call(call) {
      const answer = await client.call(call)
      await systemClock.sleep(slowMs)
      return answer
    },
  }
}
