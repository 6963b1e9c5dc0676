// Owns a real stack for a test: gateways and workers as processes, a Redis of its own, a database of its own, the
// sandbox in this process so that a test can set faults and read what Stripe saw.
// Promises: each process can be killed and started again on the same port; `close` leaves nothing running.

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { openMongoStore } from '@lockstep/domain/store/mongo/open-store'
import type { Store } from '@lockstep/domain/store/store'
import { defaultTenantId, newTenant } from '@lockstep/domain/store/tenant'
import { type LocalService, startTestRedis } from '@lockstep/local-services'
import { type Sandbox, type SandboxOptions, startSandbox } from '@lockstep/stripe-sandbox'
import { inject } from 'vitest'
import { until } from './until.ts'

export const webhookSecret = 'whsec_test_stack_0123456789'
export const stripeKey = 'sk_test_stack0123456789'

/** The two forms of Stripe's events. Everything that flows must flow on each of them alone. */
export const payloads = ['snapshot', 'thin'] as const
export type Payload = (typeof payloads)[number]

export interface StackOptions {
  gateways?: number
  workers?: number
  sandbox?: SandboxOptions
  /** What Stripe's webhooks carry; on thin ones alone, the event list (which has no thin ones) is left unread. */
  payload?: Payload
  /** Where the data is, if not in the run's shared MongoDB. */
  mongoUrl?: string
  /** Where Redis keeps its data, if a test wants to lay hands on it. */
  redisDataDir?: string
  workerEnv?: Record<string, string>
  gatewayEnv?: Record<string, string>
}

/** A process of the stack. */
export interface Member {
  readonly url: string
  pid(): number
  alive(): boolean
  /** Ends it with this signal and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again where it was, and waits until it is ready. */
  start(): Promise<void>
}

export interface Stack {
  gateways: Member[]
  workers: Member[]
  sandbox: Sandbox
  redis: LocalService
  /** The stack's own database. */
  mongoUrl: string
  store: Store
  apiKey: string
  close(): Promise<void>
}

const mains = {
  gateway: fileURLToPath(import.meta.resolve('@lockstep/gateway/main')),
  worker: fileURLToPath(import.meta.resolve('@lockstep/worker/main')),
}

/** Starts everything and waits until it is ready. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { payload = 'snapshot' } = options
  const ports = await freePorts((options.gateways ?? 1) + (options.workers ?? 1))
  const gatewayPorts = ports.slice(0, options.gateways ?? 1)
  const workerPorts = ports.slice(options.gateways ?? 1)
  const [redis, sandbox] = await Promise.all([
    startTestRedis({
      announce: () => undefined,
      ...(options.redisDataDir !== undefined && { dataDir: options.redisDataDir }),
    }),
    startSandbox({
      latency: 0,
      limits: 'off',
      webhooks: [
        { url: `http://127.0.0.1:${gatewayPorts[0]}/webhooks/stripe`, secret: webhookSecret, payload },
      ],
      ...options.sandbox,
    }),
  ])
  const mongoUrl = databaseUrl(options.mongoUrl ?? inject('mongoUrl'))
  const store = await openMongoStore({ url: mongoUrl, poolSize: 4 })
  const apiKey = `ls_test_${randomBytes(16).toString('hex')}`
  const at = Date.now()
  await store.insertTenant(newTenant({ id: defaultTenantId, livemode: false, linkByEmail: true, at }))
  await store.insertApiKey({
    _id: createHash('sha256').update(apiKey).digest('hex'),
    tenant_id: defaultTenantId,
    key_id: 'key_test',
    scopes: ['customers', 'operator'],
    created_at: at,
    revoked_at: null,
  })
  const shared = { MONGO_URL: mongoUrl, REDIS_URL: redis.url, NODE_ENV: 'test', LOG_LEVEL: 'error' }
  const gateways = gatewayPorts.map((port) =>
    member(mains.gateway, port, {
      ...shared,
      PORT: String(port),
      STRIPE_WEBHOOK_SECRETS: webhookSecret,
      ...options.gatewayEnv,
    }),
  )
  const workers = workerPorts.map((port) =>
    member(mains.worker, port, {
      ...shared,
      WORKER_PORT: String(port),
      STRIPE_SECRET_KEY: stripeKey,
      STRIPE_API_BASE: sandbox.url,
      STRIPE_LIMIT_ENDPOINT: '10000',
      STRIPE_LIMIT_ACCOUNT: '10000',
      SWEEP_EVERY_MS: '1000',
      CATCH_UP_EVERY_MS: payload === 'thin' ? '3600000' : '5000',
      DOUBT_GRACE_MS: '2000',
      ...options.workerEnv,
    }),
  )
  await Promise.all([...gateways, ...workers].map((each) => each.start()))
  return {
    gateways,
    workers,
    sandbox,
    redis,
    mongoUrl,
    store,
    apiKey,
    async close() {
      await Promise.all([...gateways, ...workers].map((each) => each.kill('SIGKILL')))
      await sandbox.close()
      await redis.stop()
      await store.close()
    },
  }
}

function member(main: string, port: number, env: Record<string, string>): Member {
  let child: ChildProcess | null = null
  const url = `http://127.0.0.1:${port}`
  const alive = () => child !== null && child.exitCode === null && child.signalCode === null
  return {
    url,
    pid: () => child?.pid ?? 0,
    alive,
    async start() {
      child = spawn(process.execPath, [main], {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'inherit', 'inherit'],
      })
      const dead = once(child, 'exit').then(([code]) => {
        throw new Error(`the process ended before it was ready, with code ${String(code)}`)
      })
      dead.catch(() => undefined)
      await Promise.race([dead, until('it is ready', () => isReady(url))])
    },
    async kill(signal = 'SIGKILL') {
      if (!child || !alive()) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`).catch(() => null)
  return response?.status === 200
}

function databaseUrl(url: string): string {
  const parsed = new URL(url)
  parsed.pathname = `/t_${randomBytes(6).toString('hex')}`
  return parsed.href
}

/** Ports that were free a moment ago; held together, so that none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  })
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** Resolves when nothing is due: a document shows its change a moment before its event stands in the log. */
export function atRest(stack: Stack): Promise<true> {
  return until('everything is settled', async () => (await stack.store.backlog()).unsyncedCustomers === 0)
}
