// Owns one schedule: a seed decides its climate and what happens in every step; then all faults end, the world comes to rest,
// and it is judged.
// Promises: the same seed and the same steps give the same trace, so a schedule can be told by its seed, and shortened.

import { createHash } from 'node:crypto'
import { sealed } from '@lockstep/domain/customer/seal'
import { retried } from '@lockstep/domain/sync/retry'
import { askForPass } from '@lockstep/worker/reconcile/request'
import { type Chance, chanceOf } from '../support/chance.ts'
import { repeatAll } from './callers.ts'
import { type Climate, climateOf, drawHappening, type Weights } from './climate.ts'
import { judge } from './judge/judge.ts'
import { rollForwardMs } from './simulated-stripe.ts'
import { openWorld, type SimulatedWorld, type TenantUnderTest } from './simulated-world.ts'
import { goOn, resume, startJob, steps } from './steps.ts'

export interface Outcome {
  seed: number
  /** Broken guarantees, one line each. */
  broken: string[]
  /** What happened, in order: for a person who looks for the cause. */
  trace: readonly string[]
  /** SHA-256 of the trace. */
  hash: string
  /** Steps that the climate asks for. */
  steps: number
}

export interface ScheduleOptions {
  /** Only these steps happen; by default all. */
  keep?: ReadonlySet<number>
  /** Another climate than the seed's own, in these parts. */
  climate?: Omit<Partial<Climate>, 'weights'> & { weights?: Partial<Weights> }
}

/** Runs one seed from the beginning to its judgement. */
export async function runSchedule(seed: number, options: ScheduleOptions = {}): Promise<Outcome> {
  const usual = climateOf(seed)
  const weights = { ...usual.weights, ...options.climate?.weights }
  const climate: Climate = { ...usual, ...options.climate, weights }
  const world = await openWorld(climate)
  try {
    const { history } = world
    for (let step = 0; step < climate.steps; step++) {
      if (options.keep && !options.keep.has(step)) continue
      history.step = step
      const chance = chanceOf(Math.imul(seed, 7919) + step * 104_729)
      await steps[drawHappening(climate.weights, chance)](world, chance)
      if (history.broken.length > 0) break
    }
    history.step = climate.steps
    await comeToRest(world, chanceOf(seed))
    const broken = await judgeAtRest(world, chanceOf(seed))
    const hash = createHash('sha256').update(history.trace.join('\n')).digest('hex')
    return { seed, broken: [...new Set(broken)], trace: history.trace, hash, steps: climate.steps }
  } finally {
    await world.close()
  }
}

/** What is broken once the world has come to rest; where nothing is, a pass over both sides has nothing to repair. */
export async function judgeAtRest(world: SimulatedWorld, chance: Chance): Promise<string[]> {
  const { history } = world
  if (history.broken.length > 0) return history.broken
  const broken = await judge(world)
  if (broken.length > 0) return broken
  for (const tenant of world.tenants) history.broken.push(...(await passOver(world, tenant, chance)))
  return history.broken
}

/** Steps of one pass: pages of both sides, and what they ask for. */
const passStepsMax = 100

async function passOver(world: SimulatedWorld, { id }: TenantUnderTest, chance: Chance): Promise<string[]> {
  const worker = world.workers.find(({ tenantId }) => tenantId === id)
  if (!worker) return []
  const known = await askForPass({ ...world, store: world.bare, clock: world.time }, id, {
    reason: 'repair',
    expected: null,
  })
  // One that was under way before tells of what it found before everything had come to rest.
  const earlier = known.wish ? known.pass.id : null
  for (let steps = 0; steps < passStepsMax; steps++) {
    world.start(worker, `pass over ${id}`, () => worker.reconcile())
    await world.turns.rest()
    await untilHalt(world, chance)
    const { pass } = (await world.bare.readReconciliation(id)) ?? known
    if (pass.id === earlier || pass.ended_at === null) {
      await world.time.pass(10_000)
      continue
    }
    const { missing, extra, drifted, deleted } = pass.counts
    if (missing + extra + drifted + deleted === 0) return []
    return [`G3: a pass over ${id} at rest found ${JSON.stringify(pass.found)}`]
  }
  return [`G3: a pass over ${id} never ends`]
}

const minuteMs = 60_000
/** Rounds until everything must have come to rest: a doubt waits for hours, a back-off for half a minute. */
const roundsMax = 120
/** Turns in one round; more is a loop. */
const turnsMax = 200_000

/** All faults end; whoever was not answered asks again; a person lifts what stands still. */
export async function comeToRest(world: SimulatedWorld, chance: Chance): Promise<void> {
  world.history.tell('the faults end')
  world.stripe.heal()
  world.databaseAway = false
  world.databaseTrouble.length = 0
  world.redis.away = false
  for (const owner of world.stalled.keys()) goOn(world, owner)
  for (const tenant of world.tenants) await resume(world, tenant)
  // Whoever still has a key of another account is started anew.
  for (const [index] of world.workers.entries()) world.killWorker(index)
  let freed = false
  for (let quiet = 0, rounds = 0; quiet < 2 && rounds < roundsMax; rounds++) {
    repeatAll(world, chance)
    await deliverAll(world)
    for (const worker of world.workers) {
      world.start(worker, 'catch up', () => worker.catchUp())
      world.start(worker, 'sweep', () => worker.sweep())
    }
    await untilHalt(world, chance)
    const { unsyncedCustomers, waitingOperations, waitingStripeEvents } = await world.bare.backlog()
    const left = unsyncedCustomers + waitingOperations + waitingStripeEvents
    if (left === 0 && !freed) {
      freed = true
      await retryParked(world)
      // What Stripe said had failed may still come to be.
      await world.time.pass(rollForwardMs)
      continue
    }
    quiet = left === 0 ? quiet + 1 : 0
    // What waits for a doubt to end waits for an hour; everything else for a minute at most.
    await world.time.pass(rounds % 4 === 3 ? 20 * minuteMs : 10_000)
  }
  for (const { caught } of world.workers) world.caught.push(...caught)
}

async function deliverAll(world: SimulatedWorld): Promise<void> {
  await world.collectEvents()
  const [gateway] = world.gateways
  for (const tenant of world.tenants) {
    const events = tenant.undelivered
    tenant.undelivered = []
    for (const event of events) {
      if (!gateway) continue
      world.start(gateway, `webhook ${event.type} ${event.id.slice(-6)}`, () =>
        gateway.webhook(tenant.id, event),
      )
    }
  }
}

/** Bells are answered and calls go on until nobody has anything left to do but to wait for the clock. */
export async function untilHalt(world: SimulatedWorld, chance: Chance): Promise<void> {
  await world.turns.rest()
  for (let turns = 0; turns < turnsMax; turns++) {
    if ((await world.turns.step(chance.below)) !== null) continue
    if (world.redis.waiting() > 0) {
      await startJob(world, 0, chance)
      continue
    }
    // A slot that comes free within two seconds is waited for here: it is no rest.
    const next = world.time.nextIn()
    if (next === null || next > 2_000) return
    await world.time.pass(Math.max(1, next))
    await world.turns.rest()
  }
  world.history.broken.push('G3: the world never comes to a halt')
}

/** An operator tries once more what was parked. */
async function retryParked({ bare, time, tenants }: SimulatedWorld): Promise<void> {
  for (const { id } of tenants) {
    for (const doc of await bare.listParked({ tenantId: id, limit: 100 })) {
      if (!doc.parked) continue
      const retry = retried(doc, doc.parked, time.now())
      if (retry.kind === 'freed') await bare.replaceCustomer(sealed(retry.doc, time.now()))
    }
  }
}
