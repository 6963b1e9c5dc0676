// Owns one simulated gateway process: the production acceptance of operations and of Stripe's webhooks on guarded ports.

import { createHmac } from 'node:crypto'
import type { Random } from '@lockstep/domain/clock/clock'
import type { Store } from '@lockstep/domain/store/store'
import type { Metrics } from '@lockstep/gateway/metrics'
import {
  type AcceptedOperation,
  acceptOperation,
  type Command,
} from '@lockstep/gateway/operations/accept-operation'
import { outcomeWaiters } from '@lockstep/gateway/operations/wait-outcome'
import { cachedTenants } from '@lockstep/gateway/tenants'
import { stripeWebhookRoutes } from '@lockstep/gateway/webhooks/accept-stripe-event'
import { type Life, newLife, type Trouble } from './simulated-process.ts'
import type { SimulatedRedis } from './simulated-redis.ts'
import type { Turns } from './turns.ts'
import type { VirtualTime } from './virtual-time.ts'

const webhookSecret = 'whsec_simulation'

export interface GatewaySurroundings {
  turns: Turns
  time: VirtualTime
  random: Random
  store: Store
  storeTrouble: Trouble
  redis: SimulatedRedis
  skewMs: number
}

export interface SimulatedGateway {
  life: Life
  /** A write, up to its acknowledgement. Rejects where the process died or the database was away: nobody was answered. */
  accept(command: Omit<Command, 'waitMs' | 'signal'>): Promise<AcceptedOperation>
  /** One delivery of a webhook. Answers the status. */
  webhook(tenantId: string, event: unknown): Promise<number>
}

/** A process that was just started. */
export function startGateway(id: number, around: GatewaySurroundings): SimulatedGateway {
  const { turns, time, random, redis } = around
  const life = newLife(id, turns)
  const clock = time.clockOf(around.skewMs, () => life.dead)
  const store = life.guard(around.store, 'store', around.storeTrouble)
  const doorbell = life.guard({ ring: redis.ring }, 'doorbell')
  const deps = {
    store,
    doorbell,
    waiters: outcomeWaiters(clock),
    metrics: noMetrics,
    clock,
    random,
    elapsed: () => time.now(),
    doorbellLost: () => undefined,
  }
  const accepting = acceptOperation(deps)
  const [webhooks] = stripeWebhookRoutes({
    ...deps,
    readTenant: cachedTenants(store, clock),
    secrets: [webhookSecret],
    defaultTenant: { id: 'default', livemode: false },
  })
  return {
    life,
    async accept(command) {
      const whole = { ...command, waitMs: 0, signal: new AbortController().signal }
      return accepting.accept(whole, await accepting.findRepeated(whole))
    },
    async webhook(tenantId, event) {
      if (!webhooks || webhooks.scope !== null) throw new Error('bug: no route for webhooks')
      const body = Buffer.from(JSON.stringify(event))
      const answer = await webhooks.handle({
        requestId: '',
        method: 'POST',
        params: { tenant: tenantId },
        query: {},
        header: (name) => (name === 'stripe-signature' ? signed(body, clock.now()) : undefined),
        body,
        signal: new AbortController().signal,
        note: () => undefined,
      })
      return answer.status
    },
  }
}

function signed(body: Buffer, now: number): string {
  const at = Math.floor(now / 1000)
  return `t=${at},v1=${createHmac('sha256', webhookSecret).update(`${at}.`).update(body).digest('hex')}`
}

const noMetrics: Metrics = {
  request: () => undefined,
  operationAcknowledged: () => undefined,
  stripeEventAcknowledged: () => undefined,
  committed: () => undefined,
  rang: () => undefined,
  waiting: () => undefined,
  text: async () => ({ contentType: '', body: '' }),
}
