// Starts a whole gateway over HTTP for a test: the in-process store, a fake worker, a free port. Everything is closed
// when the test ends.

import { createHash, randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import { systemClock, systemRandom } from '@lockstep/domain/clock/clock'
import { memoryStore } from '@lockstep/domain/store/memory/memory-store'
import { type Store, StoreUnavailable } from '@lockstep/domain/store/store'
import { newTenant, type Scope } from '@lockstep/domain/store/tenant'
import { pino } from 'pino'
import Stripe from 'stripe'
import { expect, onTestFinished } from 'vitest'
import { buildApp, type GatewayDeps } from '../../src/app.ts'
import { listen } from '../../src/http-server.ts'
import { gatewayLog } from '../../src/log-events.ts'
import { gatewayMetrics } from '../../src/metrics.ts'
import { type OutcomeWaiters, outcomeWaiters } from '../../src/operations/wait-outcome.ts'
import { faultsOf } from './declared.ts'
import { type FakeWorker, fakeWorker } from './fake-worker.ts'

export const webhookSecret = 'whsec_test_first_secret'
export const secondWebhookSecret = 'whsec_test_second_secret'

export interface TestGateway {
  url: string
  store: Store
  worker: FakeWorker
  apiKey: string
  operatorKey: string
  server: Server
  waiters: OutcomeWaiters
  /** Every log line so far, parsed. */
  lines: Record<string, unknown>[]
  /** The database goes away, or comes back. */
  away: (state: boolean) => void
  call: (method: string, path: string, options?: CallOptions) => Promise<Called>
  webhook: (event: unknown, options?: WebhookOptions) => Promise<Called>
  /** The templates of everything that express serves. */
  served: () => string[]
  addKey: (options: { tenantId?: string; scopes?: Scope[]; revoked?: boolean }) => Promise<string>
}

export interface CallOptions {
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  raw?: string | Buffer
  headers?: Record<string, string>
  /** null: none. */
  key?: string | null
}

export interface Called {
  status: number
  headers: Headers
  // biome-ignore lint: a test looks into answers freely
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any
  text: string
}

export interface WebhookOptions {
  secret?: string
  /** Seconds. */
  timestamp?: number
  header?: string
  path?: string
}

export interface StartOptions {
  /** Notices are lost: only the poll finds outcomes. */
  silent?: boolean
  /** Redis is away. */
  redisDown?: boolean
  deps?: Partial<GatewayDeps>
}

export async function startGateway(options: StartOptions = {}): Promise<TestGateway> {
  let isAway = false
  const store = unreliable(memoryStore(), () => isAway)
  const waiters = outcomeWaiters(systemClock)
  const worker = fakeWorker({
    store,
    ...(options.silent ? {} : { tell: (notice) => waiters.hear(notice) }),
    rings: !options.redisDown,
  })
  const lines: Record<string, unknown>[] = []
  const undeclared: string[] = []
  const log = gatewayLog(pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }))
  await store.insertTenant({
    ...newTenant({ id: 'default', livemode: false, linkByEmail: true, at: Date.now() }),
    account: 'acct_ours',
  })
  const app = buildApp({
    store,
    doorbell: worker.doorbell,
    notices: {
      publish: async (notices) => {
        if (!options.silent) for (const notice of notices) waiters.hear(notice)
      },
    },
    waiters,
    clock: systemClock,
    random: systemRandom,
    elapsed: () => performance.now(),
    log,
    metrics: gatewayMetrics({
      backlog: () => store.backlog(),
      tenants: () => store.listTenants(),
      reconciliation: (tenantId) => store.readReconciliation(tenantId),
      now: () => Date.now(),
      processMetrics: false,
    }),
    redisUp: () => !options.redisDown,
    draining: () => false,
    readBudget: async () => [],
    queueBoard: null,
    webhookSecrets: [webhookSecret, secondWebhookSecret],
    allowPrivate: false,
    defaultTenant: { id: 'default', livemode: false },
    answered: (route, answer) => void undeclared.push(...faultsOf(route, answer)),
    ...options.deps,
  })
  // Every test of an answer is a test of what its route declares.
  onTestFinished(() => expect(undeclared).toEqual([]))
  const { server, port } = await listen(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    waiters.release()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const url = `http://127.0.0.1:${port}`

  const addKey: TestGateway['addKey'] = async ({
    tenantId = 'default',
    scopes = ['customers'],
    revoked = false,
  }) => {
    const key = `lsk_${randomUUID()}`
    await store.insertApiKey({
      _id: createHash('sha256').update(key).digest('hex'),
      tenant_id: tenantId,
      key_id: `key_${randomUUID().slice(0, 8)}`,
      scopes,
      created_at: Date.now(),
      revoked_at: revoked ? Date.now() : null,
    })
    return key
  }
  const apiKey = await addKey({})
  const operatorKey = await addKey({ scopes: ['operator'] })

  const call: TestGateway['call'] = async (method, path, { json, raw, headers = {}, key = apiKey } = {}) => {
    const body = json === undefined ? raw : JSON.stringify(json)
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(key === null ? {} : { Authorization: `Bearer ${key}` }),
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : null,
    }
  }

  const webhook: TestGateway['webhook'] = async (event, given = {}) => {
    const payload = typeof event === 'string' ? event : JSON.stringify(event)
    const timestamp = given.timestamp ?? Math.floor(Date.now() / 1000)
    const signed = Stripe.webhooks.generateTestHeaderString({
      payload,
      secret: given.secret ?? webhookSecret,
      timestamp,
    })
    return await call('POST', given.path ?? '/webhooks/stripe', {
      raw: payload,
      key: null,
      headers: { 'Content-Type': 'application/json', 'Stripe-Signature': given.header ?? signed },
    })
  }
  return {
    url,
    server,
    waiters,
    store,
    worker,
    apiKey,
    operatorKey,
    lines,
    away: (state) => void (isAway = state),
    call,
    webhook,
    served: () => app.router.stack.flatMap(({ route }) => (route ? [route.path] : [])),
    addKey,
  }
}

/** The same store, but every call fails as "away" while the switch is on. */
function unreliable(store: Store, away: () => boolean): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        if (away()) throw new StoreUnavailable(new Error('switched off by the test'))
        return await value.apply(target, args)
      }
    },
  })
}
