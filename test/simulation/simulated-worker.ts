// Owns one simulated worker process: the production lanes, gate, budget, sweeper, catch-up and deliveries on guarded ports.

import type { Random } from '@lockstep/domain/clock/clock'
import type { Store } from '@lockstep/domain/store/store'
import { openBudget } from '@lockstep/domain/stripe/budget'
import { callMs, type StripeLimits } from '@lockstep/domain/stripe/slots'
import type { StripeAnswer, StripeCall, StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import { applyLane, syncLane } from '@lockstep/worker/lanes'
import { catchUp } from '@lockstep/worker/maintain/catch-up'
import { type DeliveryPorts, deliverToEndpoint } from '@lockstep/worker/deliveries/deliver-endpoint'
import { openReconciler } from '@lockstep/worker/reconcile/reconciler'
import { openSweeper } from '@lockstep/worker/maintain/sweep'
import type { Ports } from '@lockstep/worker/ports'
import { openTenantGate } from '@lockstep/worker/tenant-gate'
import { type Life, newLife, type Trouble } from './simulated-process.ts'
import type { Bell, SimulatedRedis } from './simulated-redis.ts'
import type { Turns } from './turns.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Signs what goes to the webhook endpoint, which does not look at it. */
const endpointSecret = `whsec_${Buffer.alloc(24).toString('base64')}`
/** As a worker process does by default (ms). */
const dayMs = 24 * 3_600_000

/** What a worker is started with. */
export interface WorkerSurroundings {
  turns: Turns
  time: VirtualTime
  random: Random
  store: Store
  storeTrouble: Trouble
  redis: SimulatedRedis
  stripe: StripeHttp
  tenantId: string
  skewMs: number
  limits: StripeLimits
  /** The tenant's webhook endpoint takes what it is sent. */
  receive(body: string): void
}

export interface SimulatedWorker {
  life: Life
  tenantId: string
  ports: Ports
  /** What the lanes reported as caught: a bug of ours. */
  caught: string[]
  /** Each resolves with its outcome; rejects where the process died, or the database or Redis was away. */
  work(bell: Bell): Promise<string>
  sweep(): Promise<string>
  catchUp(): Promise<string>
  /** One step of a pass over both sides. */
  reconcile(): Promise<string>
}

/** A process that was just started. */
export function startWorker(id: number, around: WorkerSurroundings): SimulatedWorker {
  const { turns, time, random, redis, tenantId } = around
  const life = newLife(id, turns)
  const caught: string[] = []
  const clock = time.clockOf(around.skewMs, () => life.dead)
  const store = life.guard(around.store, 'store', around.storeTrouble)
  const gate = openTenantGate({
    store,
    clock,
    brake: { share: 1, least: 1_000_000 },
    log: () => undefined,
    stripeFor: (wanted) =>
      wanted === tenantId
        ? {
            http: impatient(life, around),
            livemode: false,
            account: null,
            budgetFor: budgets(),
          }
        : null,
  })

  function budgets() {
    const known = new Map<string, ReturnType<typeof openBudget>>()
    return (account: string) => {
      const budget =
        known.get(account) ??
        openBudget({ slots: life.guard(redis.slots, 'slots'), clock, random, limits: around.limits, account })
      known.set(account, budget)
      return budget
    }
  }

  const ports: Ports = {
    store,
    doorbell: life.guard({ ring: redis.ring }, 'doorbell'),
    notices: { publish: async () => undefined },
    clock,
    random,
    gate,
    settings: { doubtGraceMs: 3_600_000, triesMax: 5 },
    log: (event) => {
      if (event.event === 'lane_caught' && !life.dead) caught.push(event.detail)
    },
    appended: () => undefined,
  }
  const sender = {
    async send({ body }: { body: string }) {
      around.receive(body)
      return { ok: true, status: 200, error: null }
    },
  }
  const deliveries: DeliveryPorts = {
    ...ports,
    sender: { ...life.guard(sender, 'endpoint'), close: () => undefined },
    openSecret: () => endpointSecret,
  }
  const sweeper = openSweeper(ports)
  const reconciler = openReconciler(ports, { everyMs: dayMs })
  return {
    life,
    tenantId,
    ports,
    caught,
    work: ({ queue, subject }) => {
      if (subject.kind === 'endpoint')
        return deliverToEndpoint(deliveries, { tenantId: subject.tenantId, endpointId: subject.id })
      return queue === 'customer-apply' ? applyLane(ports, subject) : syncLane(ports, subject)
    },
    async sweep() {
      await sweeper.ringReaders()
      return `${await sweeper.sweep()} bells`
    },
    reconcile: () => reconciler.step(tenantId),
    catchUp: async () => `${await catchUp(ports, tenantId)} new events`,
  }
}

/** The client gives up after a while: a call that has not gone out by then never does. Named by its verb, as stories tell it. */
function impatient(life: Life, { stripe, time }: WorkerSurroundings): StripeHttp {
  const go = async (call: StripeCall, began: number): Promise<StripeAnswer> =>
    time.now() - began > callMs ? { kind: 'silence' } : stripe.call(call)
  const port = life.guard({ GET: go, POST: go, DELETE: go }, 'stripe')
  return { call: (call) => port[call.method](call, time.now()) }
}
