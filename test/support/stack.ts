// Owns a real stack for a test: gateways and workers as processes, a Redis of its own, a database of its own, the
// sandbox in this process so that a test can set faults and read what Stripe saw.
// Promises: each process can be killed and started again on the same port; `close` leaves nothing running.

import type { Store } from '@lockstep/domain/store/store'
import { freePort, type LocalService, startTestRedis } from '@lockstep/local-services'
import { type Sandbox, type SandboxOptions, startSandbox } from '@lockstep/stripe-sandbox'
import { inject } from 'vitest'
import { serverCoverage } from './child-coverage.ts'
import { freshTenant, type Member, openMembers, type Places, stripeKey, webhookSecret } from './members.ts'
import { until } from './until.ts'

export { type Member, stripeKey, webhookSecret }

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
  /** By which ways the processes reach what they share, where not straight. The test itself goes straight. */
  via?: (places: Places) => Promise<Places>
  /** Its processes count in the coverage. They are slower for it, so not where time or the number of commands is judged. */
  measured?: boolean
  workerEnv?: Record<string, string>
  gatewayEnv?: Record<string, string>
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

/** Starts everything and waits until it is ready. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { payload = 'snapshot' } = options
  const gatewayPorts = await ports(options.gateways ?? 1)
  const [redis, sandbox] = await Promise.all([
    startTestRedis({ announce: () => undefined }),
    startSandbox({
      latency: 0,
      limits: 'off',
      webhooks: [
        { url: `http://127.0.0.1:${gatewayPorts[0]}/webhooks/stripe`, secret: webhookSecret, payload },
      ],
      ...options.sandbox,
    }),
  ])
  const tenant = await freshTenant(options.mongoUrl ?? inject('mongoUrl'))
  const straight = { mongoUrl: tenant.mongoUrl, redisUrl: redis.url, stripeUrl: sandbox.url }
  const places = (await options.via?.(straight)) ?? straight
  const unread: Record<string, string> = payload === 'thin' ? { CATCH_UP_EVERY_MS: '3600000' } : {}
  const members = await openMembers()
  const coverage = options.measured ? serverCoverage() : null
  const gateways = gatewayPorts.map((port) =>
    members.gateway(port, places, { ...coverage?.env, ...options.gatewayEnv }),
  )
  const workers = (await ports(options.workers ?? 1)).map((port) =>
    members.worker(port, places, { ...unread, ...coverage?.env, ...options.workerEnv }),
  )
  await Promise.all([...gateways, ...workers].map((each) => each.start()))
  return {
    gateways,
    workers,
    sandbox,
    redis,
    mongoUrl: tenant.mongoUrl,
    store: tenant.store,
    apiKey: tenant.apiKey,
    async close() {
      const signal = coverage?.endSignal ?? 'SIGKILL'
      await Promise.all([...gateways, ...workers].map((each) => each.kill(signal)))
      await members.close()
      await sandbox.close()
      await redis.stop()
      await tenant.close()
    },
  }
}

function ports(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => freePort()))
}

/** Resolves when no operation, Stripe event or customer waits for work: only then is the log complete, too. */
export function atRest(stack: Stack): Promise<true> {
  return until('nothing is under way', async () => {
    const { waitingOperations, unsyncedCustomers, waitingStripeEvents } = await stack.store.backlog()
    return waitingOperations + unsyncedCustomers + waitingStripeEvents === 0
  })
}
