// Owns a whole Lockstep in one process on a clock that only moves when it is told to: the production lanes, gate and
// sweeper, a store in memory, bells in a list, and the sandbox over HTTP as Stripe.
// Promises: nothing runs by itself; a crash at any port call loses what a process holds and nothing else.

import { createHash } from 'node:crypto'
import { memoryStore } from '@lockstep/domain/store/memory/memory-store'
import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { parseSubject, type Subject, subjectKey } from '@lockstep/domain/doorbell/doorbell'
import type { Operation, OperationBody } from '@lockstep/domain/operation/operation'
import { newTenant } from '@lockstep/domain/store/tenant'
import type { Store } from '@lockstep/domain/store/store'
import type { StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import { openStripe } from '@lockstep/domain/stripe/stripe-client'
import { recordOfSnapshot, snapshotEventSchema } from '@lockstep/domain/stripe/snapshot-event'
import type { StripeEventRecord } from '@lockstep/domain/stripe/stripe-event'
import { recordOfThin, thinEventSchema } from '@lockstep/domain/stripe/thin-event'
import { type Sandbox, startSandbox } from '@lockstep/stripe-sandbox'
import { applyLane, syncLane } from '@lockstep/worker/lanes'
import { openSweeper } from '@lockstep/worker/maintain/sweep'
import type { Ports } from '@lockstep/worker/ports'
import { openTenantGate } from '@lockstep/worker/tenant-gate'
import { z } from 'zod'
import { countedUuid } from './counted-uuid.ts'
import type { Payload } from './stack.ts'

export const tenantId = 'default'
const secretKey = 'sk_test_world'

/** Thrown by a port in place of the process's death. */
export class Crash extends Error {}

/** Asked before (`before`) and after each port call, by a running number: true kills the process there. */
export type Killer = (call: { number: number; moment: 'before' | 'after'; name: string }) => boolean

export interface World {
  sandbox: Sandbox
  store: Store
  /** What the present process holds; a new one after a crash. */
  ports: Ports
  /** Accepts an operation as a gateway does, durable and rung; answers its customer's id. */
  accept(body: OperationBody, customerId?: string): Promise<{ customerId: string; operationId: string }>
  /** Takes in every Stripe event that was not yet delivered, in Stripe's order or the one that `order` makes. */
  deliver(order?: (events: unknown[]) => unknown[]): Promise<void>
  /** Works off all bells. Rejects with Crash where the killer struck. */
  work(): Promise<void>
  /** A new process: bells, timers and caches are gone. */
  restart(killer?: Killer): void
  /** Moves the clock, fires what was due and sweeps. */
  pass(ms: number): Promise<void>
  /** Delivers, works and sweeps until nothing moves any more. */
  settle(): Promise<void>
  /** The Stripe API as a person at the dashboard uses it. */
  dashboard(method: string, path: string, form?: Record<string, string>): Promise<Record<string, unknown>>
  customer(id: string): Promise<CustomerDocument>
  close(): Promise<void>
}

export interface WorldOptions {
  doubtGraceMs?: number
  seed?: number
  /** Archives, unlinks and overwrites that may pass in an hour. */
  brake?: { share: number; least: number }
  /** What Stripe's webhooks carry here; `snapshot` by default. */
  payload?: Payload
}

/** A new world with an empty sandbox. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const sandbox = await startSandbox({ latency: 0, limits: 'off', frozen: true, seed: options.seed ?? 1 })
  const store = memoryStore()
  const stripe = openStripe({ secretKey, apiBase: sandbox.url })
  const bells = new Map<string, Set<string>>()
  const timers: { at: number; fire: () => void }[] = []
  const delivered = new Set<string>()
  let counter = 0
  let calls = 0

  const clock: Clock = {
    now: () => sandbox.clock.now(),
    sleep: (ms) => new Promise((fire) => timers.push({ at: sandbox.clock.now() + ms, fire })),
  }
  const random: Random = { next: () => 0.5, uuid: () => countedUuid(++counter) }
  await store.insertTenant(newTenant({ id: tenantId, livemode: false, linkByEmail: true, at: clock.now() }))

  function portsWith(killer: Killer): Ports {
    const life = { dead: false }
    const guard = <T extends object>(port: T, prefix: string): T =>
      mortal(port, { prefix, killer, life, next: () => ++calls })
    const guarded = guard(store, 'store')
    const gate = openTenantGate({
      store: guarded,
      clock,
      brake: options.brake ?? { share: 1, least: 1000 },
      log: () => undefined,
      stripeFor: () => ({
        http: guard<StripeHttp>({ call: (call) => stripe.call(call) }, 'stripe'),
        livemode: false,
        account: null,
        budgetFor: () => ({
          take: async () => ({ waited: false, isUsable: () => true, release: async () => undefined }),
        }),
      }),
    })
    return {
      store: guarded,
      doorbell: guard({ ring }, 'doorbell'),
      notices: guard({ publish: async () => undefined }, 'notices'),
      clock,
      random,
      gate,
      settings: { doubtGraceMs: options.doubtGraceMs ?? 3_600_000, triesMax: 5 },
      log: () => undefined,
      appended: () => undefined,
    }
  }

  async function ring(queue: string, subjects: Subject[]): Promise<boolean> {
    const waiting = bells.get(queue) ?? new Set()
    for (const subject of subjects) waiting.add(subjectKey(subject))
    bells.set(queue, waiting)
    return true
  }

  async function work(): Promise<void> {
    for (;;) {
      const [queue, waiting] = [...bells].find(([, keys]) => keys.size > 0) ?? []
      const [key] = waiting ?? []
      if (queue === undefined || key === undefined) return
      waiting?.delete(key)
      const subject = parseSubject(key)
      if (!subject || subject.kind === 'endpoint') continue
      await (queue === 'customer-apply' ? applyLane : syncLane)(world.ports, subject)
    }
  }

  async function listEvents(): Promise<unknown[]> {
    const list = options.payload === 'thin' ? '/v2/core/events' : '/v1/events'
    const answer = await dashboard('GET', `${list}?limit=100`)
    return z
      .object({ data: z.array(z.unknown()) })
      .parse(answer)
      .data.toReversed()
  }

  async function dashboard(method: string, path: string, form?: Record<string, string>) {
    const response = await fetch(`${sandbox.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${secretKey}` },
      ...(form && { body: new URLSearchParams(form) }),
    })
    return z.record(z.string(), z.unknown()).parse(await response.json())
  }

  const world: World = {
    sandbox,
    store,
    ports: portsWith(() => false),
    dashboard,
    work,
    async accept(body, customerId = random.uuid()) {
      const operationId = random.uuid()
      const operation: Operation = {
        _id: operationId,
        tenant_id: tenantId,
        customer_id: customerId,
        number: await store.takeNumbers(1),
        status: 'accepted',
        body,
        if_match: null,
        api_key_id: 'key_world',
        request_hash: createHash('sha256').update(operationId).digest('hex'),
        accepted_at: clock.now(),
      }
      await store.insertOperations([operation])
      await ring('customer-apply', [{ kind: 'customer', tenantId, id: customerId }])
      return { customerId, operationId }
    },
    async deliver(order = (events) => events) {
      for (const listed of order(await listEvents())) {
        const record = recordOf(listed, clock.now())
        if (delivered.has(record.event_id)) continue
        delivered.add(record.event_id)
        await store.insertStripeEvents([record])
        const id = record.stripe_customer_id
        if (id) await ring('customer-apply', [{ kind: 'stripe_customer', tenantId, id }])
      }
    },
    restart(killer = () => false) {
      bells.clear()
      timers.length = 0
      calls = 0
      world.ports = portsWith(killer)
    },
    async pass(ms) {
      await sandbox.clock.advance(ms)
      const due = timers.filter(({ at }) => at <= clock.now())
      for (const timer of due) timers.splice(timers.indexOf(timer), 1)
      for (const { fire } of due) fire()
      await openSweeper(world.ports).sweep()
    },
    async settle() {
      for (let quiet = 0, turns = 0; quiet < 2; turns++) {
        if (turns > 200) throw new Error('the world does not come to rest')
        await world.deliver()
        await work()
        await world.pass(60_000)
        quiet = [...bells.values()].every((keys) => keys.size === 0) ? quiet + 1 : 0
      }
    },
    async customer(id) {
      const doc = await store.readCustomer({ tenantId, customerId: id })
      if (!doc) throw new Error('no such customer')
      return doc
    },
    async close() {
      stripe.close()
      await sandbox.close()
      await store.close()
    },
  }
  return world
}

/** The record that a webhook of this event leads to. Of a thin one only its notification is delivered. */
function recordOf(event: unknown, at: number): StripeEventRecord {
  const thin = thinEventSchema.safeParse(event)
  return thin.success
    ? recordOfThin({ ...thin.data, reason: null }, tenantId, at)
    : recordOfSnapshot(snapshotEventSchema.parse(event), tenantId, at)
}

interface Mortality {
  prefix: string
  killer: Killer
  next: () => number
  /** Shared by all ports of one process: the dead make no more calls. */
  life: { dead: boolean }
}

/** Every method of a port may be the last thing that its process does: before its effect, or right after. */
function mortal<T extends object>(port: T, { prefix, killer, next, life }: Mortality): T {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) => {
        const call = { number: next(), name: `${prefix}.${String(name)}` }
        const die = (moment: 'before' | 'after') => {
          life.dead ||= killer({ ...call, moment })
          if (life.dead) throw new Crash(`${moment} ${call.name}`)
        }
        die('before')
        const answer: unknown = await Reflect.apply(method, target, args)
        die('after')
        return answer
      }
    },
  })
}
