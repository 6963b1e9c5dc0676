// Owns what each happening does to a world. A step never waits for a job that it starts: jobs go on in the turns of later steps.

import { askForPass } from '@lockstep/worker/reconcile/request'
import type { Chance } from '../support/chance.ts'
import { repeat, reuse, sendChange, sendCommand, sendPurge } from './callers.ts'
import type { Happening } from './climate.ts'
import { create, edit, editBack, remove, strip } from './dashboard.ts'
import { anyFault } from './simulated-stripe.ts'
import type { SimulatedWorld, TenantUnderTest } from './simulated-world.ts'
import type { SimulatedWorker } from './simulated-worker.ts'
import { nameOf } from './watched-store.ts'

type Step = (world: SimulatedWorld, chance: Chance) => Promise<void> | void

const minuteMs = 60_000
const hourMs = 3_600_000

/** Each happening. */
export const steps: Record<Happening, Step> = {
  turn,
  run: runOne,
  job: takeBell,
  sweep: (world, chance) => background(world, someWorker(world, chance), 'sweep'),
  catch_up: (world, chance) => background(world, someWorker(world, chance), 'catchUp'),
  reconcile: (world, chance) => background(world, someWorker(world, chance), 'reconcile'),
  async ask_pass(world, chance) {
    const tenant = someTenant(world, chance)
    world.history.tell(`operator asks for a pass over ${tenant.id}`)
    await askForPass({ ...world, store: world.bare, clock: world.time }, tenant.id, {
      reason: 'repair',
      expected: null,
    })
  },
  deliver,
  call: sendChange,
  repeat,
  reuse,
  command: sendCommand,
  purge: sendPurge,
  edit,
  edit_back: editBack,
  create_at_stripe: create,
  strip,
  delete_at_stripe: remove,
  wait,
  half_hour: (world) => passLong(world, 30 * minuteMs),
  days: (world, chance) => passLong(world, chance.pick([23, 25, 25, 49]) * hourMs),
  stripe_fault: ({ stripe }, chance) => stripe.breakNext(anyFault(chance)),
  stale_read: ({ stripe }) => stripe.breakNext({ kind: 'stale_read' }),
  database_fault: ({ databaseTrouble }, chance) =>
    void databaseTrouble.push(chance.pick(['before', 'after'])),
  database_away: (world) => toggle(world, 'databaseAway'),
  redis_forgets(world) {
    world.history.tell('redis forgets')
    world.redis.forget()
  },
  redis_away: (world) => toggle(world.redis, 'away', world),
  kill_worker: (world, chance) => world.killWorker(chance.below(world.workers.length)),
  kill_gateway: (world, chance) => world.killGateway(chance.below(world.gateways.length)),
  stall,
  async webhooks_lost(world, chance) {
    await world.collectEvents()
    const tenant = someTenant(world, chance)
    world.history.tell(`${tenant.undelivered.length} webhooks are lost`)
    tenant.undelivered = []
  },
  async key_revoked(world, chance) {
    const { secretKey } = someTenant(world, chance)
    world.history.tell(`${secretKey} is revoked`)
    world.stripe.sandbox.keys.bind({ key: secretKey, state: 'revoked' })
  },
  wrong_key(world, chance) {
    const index = chance.below(world.workers.length)
    const tenant = world.tenants.find(({ id }) => id === world.workers[index]?.tenantId)
    world.history.tell('the next worker has a key of another account')
    world.killWorker(index, tenant?.wrongKey)
  },
  pause: async (world, chance) =>
    setPauses(world, someTenant(world, chance), chance.pick(['in', 'out', 'both'])),
  resume: async (world, chance) => resume(world, someTenant(world, chance)),
}

async function wait(world: SimulatedWorld, chance: Chance): Promise<void> {
  const ms = Math.round(chance.next() * chance.next() * 4_000)
  if (world.climate.weights.redis_forgets > 0) await arrive(world, ms)
  await world.time.pass(ms)
}

/**
 * What is on its way to Stripe arrives within a second. The count of calls after amnesia rests on that (slots.ts); where Redis
 * keeps its memory, calls may travel for as long as the client's patience lasts.
 */
async function arrive({ turns, time }: SimulatedWorld, ms: number): Promise<void> {
  const late = turns
    .waiting()
    .filter(({ name, since }) => /^stripe\.[A-Z]+$/.test(name) && time.now() + ms - since > 1_000)
  for (const { owner, name } of late) await turns.stepNamed(owner, name)
}

/** What a person does when a tenant stands still: the key is put right, and its traffic flows again. */
export async function resume(world: SimulatedWorld, tenant: TenantUnderTest): Promise<void> {
  world.stripe.sandbox.keys.bind({ key: tenant.secretKey, state: 'active' })
  await setPauses(world, tenant, 'none')
}

async function setPauses(
  world: SimulatedWorld,
  { id }: TenantUnderTest,
  which: 'in' | 'out' | 'both' | 'none',
): Promise<void> {
  const tenant = await world.bare.readTenant(id)
  if (!tenant) return
  const why = { reason: 'operator', detail: '', at: world.time.now() } as const
  const paused_inbound = which === 'in' || which === 'both' ? why : null
  const paused_outbound = which === 'out' || which === 'both' ? why : null
  world.history.tell(`operator pauses ${which} of ${id}`)
  await world.bare.replaceTenant({ ...tenant, paused_inbound, paused_outbound })
}

async function turn(world: SimulatedWorld, chance: Chance): Promise<void> {
  for (const [owner, until] of world.stalled) if (until <= world.history.step) goOn(world, owner)
  await world.turns.step(chance.below)
}

/** A process stands still for a while, in the middle of whatever it does: its disk is slow, or its memory is swept. */
function stall(world: SimulatedWorld, chance: Chance): void {
  const processes = [...world.workers, ...world.gateways]
  const victim = processes[chance.below(processes.length)]
  if (!victim) return
  world.stalled.set(victim.life.id, world.history.step + 10 + chance.below(200))
  world.turns.hold(victim.life.id, true)
}

/** A process that stood still does so no more. */
export function goOn(world: SimulatedWorld, owner: number): void {
  world.stalled.delete(owner)
  world.turns.hold(owner, false)
}

/** One process works on until it has come to a halt. */
async function runOne({ turns }: SimulatedWorld, chance: Chance): Promise<void> {
  const waiting = turns.waiting()
  const owner = waiting[chance.below(waiting.length)]?.owner
  if (owner === undefined) return
  for (let count = 0; count < turnsInRow && (await turns.stepNamed(owner, '')); count++);
}
/** More than any job takes; a process that finds more to do goes on in its turn. */
const turnsInRow = 400

function takeBell(world: SimulatedWorld, chance: Chance): Promise<void> {
  return startJob(world, chance.below(world.redis.waiting()), chance)
}

/** Hands a bell to one of the workers that serve its tenant. */
export async function startJob(world: SimulatedWorld, at: number, chance: Chance): Promise<void> {
  const bell = world.redis.away ? null : world.redis.take(at)
  if (!bell) return
  const able = world.workers.filter(({ tenantId }) => tenantId === bell.subject.tenantId)
  const worker = able[chance.below(able.length)]
  if (!worker) return
  const { subject } = bell
  const whose = subject.kind === 'customer' ? nameOf(subject.id) : subject.id
  const what = `${bell.queue} ${whose} by ${worker.life.id}`
  world.history.tell(`start ${what}`)
  world.start(worker, what, () => worker.work(bell))
  await world.turns.rest()
}

async function background(
  world: SimulatedWorld,
  worker: SimulatedWorker,
  what: 'sweep' | 'catchUp' | 'reconcile',
): Promise<void> {
  world.start(worker, `${what} by ${worker.life.id}`, () => worker[what]())
  await world.turns.rest()
}

/** Some event on its way arrives. Stripe sends it again until it is answered with 200, and now and then after that. */
async function deliver(world: SimulatedWorld, chance: Chance): Promise<void> {
  await world.collectEvents()
  const tenant = someTenant(world, chance)
  const gateway = world.gateways[chance.below(world.gateways.length)]
  const event = tenant.undelivered[chance.below(tenant.undelivered.length)]
  const keep = chance.in(0.2)
  if (!event || !gateway) return
  world.start(gateway, `webhook ${event.type} ${event.id.slice(-6)}`, async () => {
    const status = await gateway.webhook(tenant.id, event)
    if (status === 200 && !keep) tenant.undelivered = tenant.undelivered.filter((each) => each !== event)
    return status
  })
  await world.turns.rest()
}

/**
 * A long time passes. No process sleeps that long between a look at a key's age and its call (PROTOCOL, "Assumed"): all come
 * to a halt first, or die.
 */
async function passLong(world: SimulatedWorld, ms: number): Promise<void> {
  for (const owner of world.stalled.keys()) goOn(world, owner)
  for (let count = 0; count < turnsInRow && (await world.turns.step(() => 0)) !== null; count++);
  const busy = new Set(world.turns.waiting().map(({ owner }) => owner))
  for (const [index, { life }] of world.workers.entries()) if (busy.has(life.id)) world.killWorker(index)
  for (const [index, { life }] of world.gateways.entries()) if (busy.has(life.id)) world.killGateway(index)
  world.history.tell(`${ms / hourMs} h pass`)
  await world.time.pass(ms)
}

function toggle<K extends string>(target: { [key in K]: boolean }, what: K, world?: SimulatedWorld): void {
  target[what] = !target[what]
  world?.history.tell(`${what}: ${target[what]}`)
}

function someWorker({ workers }: SimulatedWorld, chance: Chance): SimulatedWorker {
  const worker = workers[chance.below(workers.length)]
  if (!worker) throw new Error('bug: a world without workers')
  return worker
}

function someTenant({ tenants }: SimulatedWorld, chance: Chance): TenantUnderTest {
  const tenant = tenants[chance.below(tenants.length)]
  if (!tenant) throw new Error('bug: a world without tenants')
  return tenant
}
