// Owns schedules that are told, not drawn: who goes on, and how far, is said step by step. For what chance would find too seldom.

import type { QueueName } from '@lockstep/domain/doorbell/doorbell'
import type { OperationBody } from '@lockstep/domain/operation/operation'
import { chanceOf } from '../support/chance.ts'
import { send } from './callers.ts'

import { type Climate, climateOf } from './climate.ts'
import { write } from './dashboard.ts'
import type { LeafValue } from './history.ts'
import { comeToRest, judgeAtRest, untilHalt } from './schedule.ts'
import { openWorld, type SimulatedWorld } from './simulated-world.ts'
import type { CallFault } from './simulated-stripe.ts'

export interface Story {
  world: SimulatedWorld
  /** An operation, accepted; of the first customer, or of the one that is named. Answers whose it is. */
  api(body: OperationBody, written?: readonly LeafValue[], customerId?: string): Promise<string>
  /** Somebody at Stripe writes these leaves to the only living customer there. */
  edit(leaf: string, value: string): Promise<void>
  atStripe(method: 'POST' | 'DELETE', path: string, form?: Record<string, string>): Promise<unknown>
  /** The webhooks of these types that are on their way arrive; all, where none is named. */
  deliver(type?: string): Promise<void>
  /** Worker 0 or 1 takes the only bell of this queue, and begins. */
  take(worker: number, queue: QueueName): Promise<void>
  /** It goes on until it stands before this call. */
  until(worker: number, call: string): Promise<void>
  /** It goes on to the end of its job. */
  finish(worker: number): Promise<void>
  /** Its process is killed, and another started in its place. */
  kill(worker: number): void
  /** The next call that writes goes wrong so. */
  fault(fault: CallFault): void
  /** Somebody takes our mark off the only living customer at Stripe. */
  strip(): Promise<void>
  /** Somebody deletes the only living customer at Stripe. */
  deleteAtStripe(): Promise<void>
  /** Whom the first operation made. */
  first(): string
  /** Redis forgets all, and true time passes while everybody stands still. */
  amnesia(ms: number): Promise<void>
  /** All that can be done is done, with no time but seconds. */
  settle(): Promise<void>
  /** Worker 0 looks for what is due, and all that follows is done. */
  sweep(): Promise<void>
  /** The Stripe customer of the only document. */
  stripeId(): Promise<string>
}

/** A schedule that is told, and the climate that it needs. */
export interface Telling {
  climate?: Partial<Climate>
  tell: (story: Story) => Promise<void>
}

/** Tells a story, lets the world come to rest, and judges it: every broken guarantee, one line each. */
export async function tellStory({ tell, climate }: Telling): Promise<string[]> {
  const world = await openWorld({ ...calm(), ...climate })
  try {
    await warmUp(world)
    await tell(storyOf(world))
    await comeToRest(world, chanceOf(1))
    return await judgeAtRest(world, chanceOf(1))
  } finally {
    await world.close()
  }
}

/** A process that waits for a slot, or for its time to ask again, is waited for as long as this (ms). */
const longestWaitMs = 5_000

function calm(): Climate {
  return {
    ...climateOf(1),
    tenants: ['default'],
    payload: 'snapshot',
    policy: 'ours',
    mixed: false,
    skewMs: 0,
    eventListLagMs: 0,
    limits: { perEndpoint: 25, perAccount: 100 },
  }
}

/** Every worker has asked whose its key is, and the slots are free: a story begins with the calls that it tells of. */
async function warmUp(world: SimulatedWorld): Promise<void> {
  await world.time.pass(longestWaitMs)
  for (const worker of world.workers)
    world.start(worker, 'warm up', async () => {
      await worker.ports.gate.outbound(worker.tenantId)
    })
  await world.turns.rest()
  await untilHalt(world, chanceOf(1))
  await world.time.pass(longestWaitMs)
}

function storyOf(world: SimulatedWorld): Story {
  const { turns, history, bare, tenants } = world
  const [tenant] = tenants
  if (!tenant) throw new Error('bug: a world without tenants')
  const chance = chanceOf(1)
  const workerOf = (at: number) => {
    const worker = world.workers[at]
    if (!worker) throw new Error(`there is no worker ${at}`)
    return worker
  }
  const goOn = async (owner: number) => {
    while (await turns.stepNamed(owner, ''));
  }
  /** A gateway gathers what comes within a moment, by the clock. */
  const gatewayGoesOn = async () => {
    for (let count = 0; count < 5; count++) {
      for (const { life } of world.gateways) await goOn(life.id)
      await world.time.pass(20)
      await turns.rest()
    }
  }
  const only = async () => {
    const [doc] = await bare.scanCustomers(tenant.id, null, 1)
    if (!doc) throw new Error('nobody was made yet')
    return doc
  }
  const story: Story = {
    world,
    async api(body, written = [], customerId) {
      history.step++
      const whose = body.kind === 'create' ? null : (customerId ?? (await only())._id)
      const sent = await send(world, tenant, chance, { body, written, customerId: whose })
      await gatewayGoesOn()
      if (sent.ackedAt === null || sent.customerId === null) throw new Error('it was not acknowledged')
      return sent.customerId
    },
    async edit(leaf, value) {
      history.step++
      const [customer] = await world.stripe.living(tenant.peoplesKey)
      if (!customer) throw new Error('nobody lives at Stripe')
      const doc = await bare.findByStripeId(tenant.id, customer.id)
      await write(world, { tenant, customer, doc }, leaf, value)
    },
    async atStripe(method, path, form) {
      history.step++
      const deleted = method === 'DELETE' ? /cus_\w+/.exec(path)?.[0] : undefined
      if (deleted !== undefined) history.deletedAtStripe.set(deleted, history.step)
      return world.stripe.dashboard(tenant.peoplesKey, method, path, form)
    },
    async deliver(type) {
      history.step++
      await world.collectEvents()
      const [gateway] = world.gateways
      for (const event of tenant.undelivered.filter((each) => type === undefined || each.type === type)) {
        if (gateway) world.start(gateway, `webhook ${event.type}`, () => gateway.webhook(tenant.id, event))
        tenant.undelivered = tenant.undelivered.filter((each) => each !== event)
      }
      await gatewayGoesOn()
    },
    async take(at, queue) {
      history.step++
      const place = world.redis.bells().findIndex((bell) => bell.queue === queue)
      const bell = world.redis.take(place)
      if (place < 0 || !bell) throw new Error(`no bell in ${queue}`)
      world.start(workerOf(at), `${queue} by ${at}`, () => workerOf(at).work(bell))
      await turns.rest()
    },
    async until(at, call) {
      history.step++
      const { id } = workerOf(at).life
      for (;;) {
        const next = turns.waiting().find(({ owner }) => owner === id)
        if (next?.name === call) return
        const wakesIn = next ? null : world.time.nextIn()
        if (wakesIn !== null && wakesIn <= longestWaitMs) {
          await world.time.pass(Math.max(1, wakesIn))
          await turns.rest()
          continue
        }
        if (!next)
          throw new Error(`worker ${at} never came to ${call}: ${history.trace.slice(-5).join('; ')}`)
        await turns.stepNamed(id, '')
      }
    },
    async finish(at) {
      history.step++
      await goOn(workerOf(at).life.id)
    },
    kill(at) {
      history.step++
      world.killWorker(at)
    },
    fault: (fault) => world.stripe.breakNext(fault),
    async strip() {
      const [customer] = await world.stripe.living(tenant.peoplesKey)
      if (!customer) throw new Error('nobody lives at Stripe')
      history.stripped.set(customer.id, customer.metadata['lockstep_id'] ?? '')
      await story.atStripe('POST', `/v1/customers/${customer.id}`, { 'metadata[lockstep_id]': '' })
    },
    async deleteAtStripe() {
      const [customer] = await world.stripe.living(tenant.peoplesKey)
      if (!customer) throw new Error('nobody lives at Stripe')
      await story.atStripe('DELETE', `/v1/customers/${customer.id}`)
    },
    first: () => history.sent[0]?.customerId ?? '',
    async amnesia(ms) {
      history.step++
      world.redis.forget()
      await world.time.pass(ms)
    },
    async settle() {
      history.step++
      for (let count = 0; count < 4; count++) {
        await untilHalt(world, chance)
        await story.deliver()
        await untilHalt(world, chance)
        await world.time.pass(1_000)
      }
    },
    async sweep() {
      const worker = workerOf(0)
      world.start(worker, 'sweep', () => worker.sweep())
      await story.settle()
    },
    async stripeId() {
      const { stripe_id: id } = await only()
      if (id === undefined) throw new Error('it is not linked')
      return id
    },
  }
  return story
}
