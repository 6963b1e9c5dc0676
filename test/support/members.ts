// Owns the processes of a stack: how each program is run, killed and started again, and the tenant that they serve.
// Promises: a process keeps its port and its data over any number of deaths; one that ends by itself is counted.

import { createHash, randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type Leash, type Leashed, openLeash } from '@lockstep/cli/process/leash'
import { serverFlags } from '@lockstep/domain/process/server-flags'
import { openMongoStore } from '@lockstep/domain/store/mongo/open-store'
import type { Store } from '@lockstep/domain/store/store'
import { defaultTenantId, newTenant } from '@lockstep/domain/store/tenant'
import { until } from './until.ts'

export const webhookSecret = 'whsec_test_stack_0123456789'
/** Opens the secrets of webhook endpoints in every stack of the tests: 32 bytes, base64. */
const eventSecretsKey = Buffer.alloc(32, 7).toString('base64')
export const stripeKey = 'sk_test_stack0123456789'
/** The name of the API key: the scope of Idempotency-Keys. */
export const apiKeyId = 'key_test'

/** A worker's variables as shipped, for what is measured: it must not be what tests make of it. */
export const workerAsShipped: Readonly<Record<string, string>> = {
  SWEEP_EVERY_MS: '5000',
  CATCH_UP_EVERY_MS: '60000',
  STRIPE_LIMIT_ENDPOINT: '25',
  STRIPE_LIMIT_ACCOUNT: '25',
}

/** A process of the stack. */
export interface Member {
  readonly url: string
  pid(): number
  alive(): boolean
  /** How often it ended without being asked to. */
  deaths(): number
  /** Ends it with this signal and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again where it was, and waits until it is ready. */
  start(): Promise<void>
}

type Env = Record<string, string>

const mains = {
  gateway: fileURLToPath(import.meta.resolve('@lockstep/gateway/main')),
  worker: fileURLToPath(import.meta.resolve('@lockstep/worker/main')),
  sandbox: fileURLToPath(new URL('main.ts', import.meta.resolve('@lockstep/stripe-sandbox'))),
}

/** Where the processes find what they share. */
export interface Places {
  mongoUrl: string
  redisUrl: string
  stripeUrl: string
}

export interface Members {
  /** A gateway on `port`. */
  gateway(port: number, places: Pick<Places, 'mongoUrl' | 'redisUrl'>, env?: Env): Member
  /** A worker whose probes answer on `port`; without limits at Stripe, impatient where a test would wait. */
  worker(port: number, places: Places, env?: Env): Member
  /** The sandbox as a process of its own, with these command-line options besides its port. */
  sandbox(port: number, options: readonly string[]): Member
  /** Ends what still runs. */
  close(): Promise<void>
}

/** The processes of one stack. However this process ends, they end with it. */
export async function openMembers(): Promise<Members> {
  const leash = await openLeash()
  const shared = ({ mongoUrl, redisUrl }: Pick<Places, 'mongoUrl' | 'redisUrl'>): Env => {
    return { MONGO_URL: mongoUrl, REDIS_URL: redisUrl, NODE_ENV: 'test', LOG_LEVEL: 'error' }
  }
  return {
    gateway: (port, places, env = {}) =>
      member(leash, {
        name: `gateway-${port}`,
        port,
        probe: '/readyz',
        args: [...serverFlags, mains.gateway],
        env: {
          ...shared(places),
          PORT: String(port),
          STRIPE_WEBHOOK_SECRETS: webhookSecret,
          EVENT_PRIVATE_ADDRESSES: 'true',
          ...env,
        },
      }),
    worker: (port, places, env = {}) =>
      member(leash, {
        name: `worker-${port}`,
        port,
        probe: '/readyz',
        args: [...serverFlags, mains.worker],
        env: {
          ...shared(places),
          WORKER_PORT: String(port),
          STRIPE_SECRET_KEY: stripeKey,
          STRIPE_API_BASE: places.stripeUrl,
          STRIPE_LIMIT_ENDPOINT: '10000',
          STRIPE_LIMIT_ACCOUNT: '10000',
          SWEEP_EVERY_MS: '1000',
          CATCH_UP_EVERY_MS: '5000',
          DOUBT_GRACE_MS: '2000',
          EVENT_SECRETS_KEY: eventSecretsKey,
          EVENT_PRIVATE_ADDRESSES: 'true',
          ...env,
        },
      }),
    sandbox: (port, options) =>
      member(leash, {
        name: 'stripe',
        port,
        probe: '/_sandbox/health',
        args: [mains.sandbox, '--port', String(port), ...options],
        env: { NODE_ENV: 'test' },
      }),
    close: () => leash.close(),
  }
}

interface Program {
  name: string
  port: number
  /** The path that answers 200 when it is ready. */
  probe: string
  args: readonly string[]
  env: Env
}

function member(leash: Leash, { name, port, probe, args, env }: Program): Member {
  const url = `http://127.0.0.1:${port}`
  const command = [process.execPath, ...args]
  let running: Leashed | null = null
  let deaths = 0
  return {
    url,
    pid: () => running?.pid ?? 0,
    alive: () => running !== null,
    deaths: () => deaths,
    async start() {
      // What many processes load is compiled once for a run, or for all under the home folder.
      const { PATH, HOME, NODE_COMPILE_CACHE } = process.env
      const inherited = { PATH, HOME, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }) }
      const started = await leash.launch({ name, command, env: { ...inherited, ...env } })
      running = started
      const dead = started.ended.then(async (how) => {
        if (running === started) {
          running = null
          deaths++
        }
        throw new Error(`${name} ended before it was ready (${how}):\n${await started.logTail()}`)
      })
      dead.catch(() => undefined)
      await Promise.race([dead, until(`${name} is ready`, () => isOk(`${url}${probe}`))])
    },
    async kill(signal = 'SIGKILL') {
      const ending = running
      if (!ending) return
      running = null
      process.kill(ending.pid, signal)
      await ending.ended
    },
  }
}

async function isOk(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => null)
  await response?.arrayBuffer()
  return response?.status === 200
}

export interface FreshTenant {
  /** With the name of its own, new database. */
  mongoUrl: string
  store: Store
  apiKey: string
  close(): Promise<void>
}

/** A tenant with one API key in a database of its own. */
export async function freshTenant(mongo: string): Promise<FreshTenant> {
  const url = new URL(mongo)
  url.pathname = `/t_${randomBytes(6).toString('hex')}`
  const mongoUrl = url.href
  const store = await openMongoStore({ url: mongoUrl, poolSize: 8 })
  const apiKey = `ls_test_${randomBytes(16).toString('hex')}`
  const at = Date.now()
  await store.insertTenant(newTenant({ id: defaultTenantId, livemode: false, linkByEmail: true, at }))
  await store.insertApiKey({
    _id: createHash('sha256').update(apiKey).digest('hex'),
    tenant_id: defaultTenantId,
    key_id: apiKeyId,
    scopes: ['customers', 'operator'],
    created_at: at,
    revoked_at: null,
  })
  return { mongoUrl, store, apiKey, close: () => store.close() }
}
