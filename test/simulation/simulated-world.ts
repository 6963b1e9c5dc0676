// Owns a whole Lockstep on one thread: gateways and workers of one or two tenants, one store, one Redis, one Stripe.
// Promises: with the same seed and the same doings, the same history; whatever a process held is gone with it.

import type { Random } from '@lockstep/domain/clock/clock'
import type { Endpoint } from '@lockstep/domain/delivery/endpoint'
import { memoryStore } from '@lockstep/domain/store/memory/memory-store'
import type { Store } from '@lockstep/domain/store/store'
import { newTenant } from '@lockstep/domain/store/tenant'
import { z } from 'zod'
import { type Chance, chanceOf } from '../support/chance.ts'
import { countedUuid } from '../support/counted-uuid.ts'
import type { Climate } from './climate.ts'
import { type History, newHistory } from './history.ts'
import { type SimulatedGateway, startGateway } from './simulated-gateway.ts'
import { Death, type Trouble } from './simulated-process.ts'
import { type SimulatedRedis, simulatedRedis } from './simulated-redis.ts'
import { openSimulatedStripe, type SimulatedStripe, type StripeEventBody } from './simulated-stripe.ts'
import { type SimulatedWorker, startWorker } from './simulated-worker.ts'
import { openTurns, type Turns } from './turns.ts'
import { type VirtualTime, virtualTime } from './virtual-time.ts'
import { watched } from './watched-store.ts'

const delivered = z.object({
  position: z.number(),
  customer_id: z.string().nullable(),
  sequence: z.number().nullable(),
})

/** An event as a webhook endpoint gets it. */
export type Delivered = z.output<typeof delivered>

export interface TenantUnderTest {
  id: string
  secretKey: string
  account: string
  /** Of another account, as after a mistake in a configuration. */
  wrongKey: string
  /** What people at the dashboard use, and the judge: the same account, and nobody revokes it. */
  peoplesKey: string
  paymentMethods: string[]
  /** Whose each of them is, once somebody asked for it. */
  methodOwners: Map<string, string>
  /** Webhooks on their way, in no order. */
  undelivered: StripeEventBody[]
  /** What its webhook endpoint was sent, in that order. */
  delivered: Delivered[]
}

export interface SimulatedWorld {
  climate: Climate
  history: History
  turns: Turns
  time: VirtualTime
  random: Random
  /** The store without eyes and turns: for who watches. */
  bare: Store
  redis: SimulatedRedis
  stripe: SimulatedStripe
  tenants: readonly TenantUnderTest[]
  gateways: SimulatedGateway[]
  workers: SimulatedWorker[]
  /** The database fails calls of processes in this way, one after another; empty: it is well. */
  databaseTrouble: ('before' | 'after')[]
  databaseAway: boolean
  /** Processes that stand still, and until which step. */
  stalled: Map<number, number>
  /** Bugs of ours that a lane caught, or that ended a job. */
  caught: string[]
  /** Starts a job in a process, watched: whatever it throws but a death or an absence is a bug. */
  start(owner: { life: { dead: boolean } }, what: string, job: () => Promise<unknown>): void
  /** Ends a worker in mid-step and starts another in its place, with the key that it is given; by default the right one. */
  killWorker(index: number, secretKey?: string): void
  killGateway(index: number): void
  /** What Stripe has told since the last time joins what is on its way. */
  collectEvents(): Promise<void>
  close(): Promise<void>
}

/** A world in which nothing has happened yet. Two workers for each tenant, two gateways for all. */
export async function openWorld(climate: Climate): Promise<SimulatedWorld> {
  const history = newHistory()
  const stripe = await openSimulatedStripe(climate, history)
  const time = virtualTime(stripe.sandbox.clock)
  const turns = openTurns(() => time.now())
  const redis = simulatedRedis(time)
  const bare = memoryStore()
  const seen = watched(
    bare,
    history,
    climate.payload,
    ({ tenant_id: id, stripe_id: stripeId = '' }, printed) => {
      const tenant = tenants.find((each) => each.id === id)
      return tenant ? stripe.states(tenant.peoplesKey).placeOf(stripeId, printed) : -1
    },
  )
  const chance: Chance = chanceOf(climate.seed * 31 + 7)
  // Chance of its own: what the others draw stays the same where nothing is told falsely.
  const telling = chanceOf(climate.seed * 17 + 3)
  const store: Store = {
    ...seen,
    async replaceCustomer(doc) {
      const result = await seen.replaceCustomer(doc)
      return result.kind === 'ok' && telling.in(climate.falselyStale) ? { kind: 'stale' } : result
    },
  }
  let ids = 0
  const random: Random = { next: () => chance.next(), uuid: () => countedUuid(++ids) }
  const tenants: TenantUnderTest[] = []
  for (const id of climate.tenants)
    tenants.push(await newTenantUnderTest(climate, { stripe, bare, time }, id))

  let processes = 0
  const caught: string[] = []
  const skew = () => Math.round((chance.next() * 2 - 1) * climate.skewMs)
  const trouble: Trouble = () => (world.databaseAway ? 'before' : (world.databaseTrouble.shift() ?? null))
  const around = () => ({ turns, time, random, store, storeTrouble: trouble, redis, skewMs: skew() })
  const gateway = () => startGateway(++processes, around())
  const worker = (tenant: TenantUnderTest, secretKey = tenant.secretKey) =>
    startWorker(++processes, {
      ...around(),
      tenantId: tenant.id,
      stripe: stripe.http(secretKey, tenant.peoplesKey),
      limits: climate.limits,
      receive: (body) => tenant.delivered.push(delivered.parse(JSON.parse(body))),
    })

  const world: SimulatedWorld = {
    climate,
    history,
    turns,
    time,
    random,
    bare,
    redis,
    stripe,
    tenants,
    gateways: [gateway(), gateway()],
    workers: tenants.flatMap((tenant) => [worker(tenant), worker(tenant)]),
    databaseTrouble: [],
    databaseAway: false,
    stalled: new Map(),
    caught,
    start({ life }, what, job) {
      job().then(
        (outcome) => history.tell(`${what}: ${String(outcome)}`),
        (error: unknown) => {
          if (life.dead || error instanceof Death) return
          const { name, message } = error instanceof Error ? error : { name: '', message: 'no error' }
          history.tell(`${what} failed: ${name} ${message}`)
          if (!isAbsence(name)) caught.push(`${what}: ${message}`)
        },
      )
    },
    killWorker(index, secretKey) {
      const victim = world.workers[index]
      const tenant = tenants.find(({ id }) => id === victim?.tenantId)
      if (!victim || !tenant) return
      const next = worker(tenant, secretKey)
      history.tell(`worker ${victim.life.id} dies, ${next.life.id} starts`)
      caught.push(...victim.caught)
      victim.life.kill()
      world.workers = world.workers.with(index, next)
    },
    killGateway(index) {
      const victim = world.gateways[index]
      if (!victim) return
      const next = gateway()
      history.tell(`gateway ${victim.life.id} dies, ${next.life.id} starts`)
      victim.life.kill()
      world.gateways = world.gateways.with(index, next)
    },
    async collectEvents() {
      for (const tenant of tenants)
        tenant.undelivered.push(...(await stripe.newEvents(tenant.peoplesKey, climate.payload)))
    },
    close: () => stripe.close(),
  }
  return world
}

/** Payment methods of a tenant: each is one customer's, and a method that was detached cannot be attached again. */
const methods = 6

async function newTenantUnderTest(
  climate: Climate,
  { stripe, bare, time }: { stripe: SimulatedStripe; bare: Store; time: VirtualTime },
  id: string,
): Promise<TenantUnderTest> {
  const [secretKey, wrongKey, peoplesKey] = [`sk_test_${id}`, `sk_test_wrong_${id}`, `sk_test_people_${id}`]
  const account = `acct_${id}`
  for (const key of [secretKey, peoplesKey]) stripe.sandbox.keys.bind({ key, account })
  stripe.sandbox.keys.bind({ key: wrongKey, account: `acct_wrong_${id}` })
  const other = climate.policy === 'ours' ? 'stripe' : 'ours'
  await bare.insertTenant({
    ...newTenant({ id, livemode: false, linkByEmail: true, at: time.now() }),
    account,
    policy: climate.policy,
    policy_by_field: climate.mixed ? [{ field: 'name', policy: other }] : [],
  })
  await bare.insertEndpoint(endpointOf(id, time.now()))
  const paymentMethods: string[] = []
  for (let count = 0; count < methods; count++) {
    const form = { type: 'card', 'card[token]': 'tok_visa' }
    const made = await stripe.dashboard(peoplesKey, 'POST', '/v1/payment_methods', form)
    paymentMethods.push((made as { id: string }).id) // The sandbox makes one for this token.
  }
  return {
    id,
    secretKey,
    wrongKey,
    peoplesKey,
    account,
    paymentMethods,
    methodOwners: new Map(),
    undelivered: [],
    delivered: [],
  }
}

/** A webhook endpoint that takes every event. */
function endpointOf(tenantId: string, at: number): Endpoint {
  return {
    _id: `endpoint_${tenantId}`,
    tenant_id: tenantId,
    rev: 1,
    url: 'http://endpoint.invalid/',
    description: null,
    types: [],
    disabled: null,
    secrets: [{ sealed: 'never opened', made_at: at, expires_at: null }],
    cursor: 0,
    failures: 0,
    failing_since: null,
    next_attempt_at: null,
    created_at: at,
    updated_at: at,
  }
}

/** Waiting cures it: the database or Redis was away. */
function isAbsence(name: string): boolean {
  return name === 'StoreUnavailable' || name === 'MaxRetriesPerRequestError'
}
