// Owns recovery after a worker's kill -9 (G11): how long until what it held is done, that no number of deaths parks a
// healthy customer, and after how many tries a failure that was caught parks.

import { spreadOf } from '@lockstep/cli/demo/measure/numbers'
import type { Figure } from '../../bench/benchmark.ts'
import { type FaultStack, startFaultStack } from '../../faults/support/fault-stack.ts'
import { openJudge } from '../../faults/support/judge.ts'
import { type Load, openLoad, type Pair } from '../../faults/support/load.ts'
import { stripeKey, workerAsShipped } from '../../support/members.ts'
import { until } from '../../support/until.ts'
import { findingFigures, type ProofContext, type StackProof } from './proof.ts'

const kills = 40
const deathsInARow = 20
/** Writes a second while workers die: half of what Stripe takes of a sandbox account. */
const perSecond = 12
/** Customers: a write seldom meets another's. */
const customers = 100
/** Until the next kill (seconds of load): the last one's work is long done. */
const betweenS = 1
/** A death costs nothing where the worker held nothing: what was answered sooner (ms) was in other hands. */
const unheldMs = 2_000
const asked = { recoveryMs: 10_000, tries: 5 }

export const recoveryProof: StackProof = {
  name: 'recovery',
  summary: `what a killed worker held is done within 10 s (p99), ${deathsInARow} deaths park nobody, 5 tries do`,
  async run(context) {
    const stack = await startFaultStack({
      gateways: 1,
      workers: 2,
      wired: false,
      stripe: { latency: '60-120', limits: 'sandbox' },
      workerEnv: workerAsShipped,
    })
    const load = openLoad(stack, { name: 'recovery', chance: context.chance })
    try {
      context.tell(`creating ${customers} customers`)
      const pairs = await load.pairs(customers)
      const slowest = await killAgainAndAgain(context, stack, load, pairs)
      const parked = await dieInARow(context, stack, load, pairs)
      const tries = await triesUntilParked(context, stack, pairs)
      await stack.doors.set({ limits: 'off' })
      const { findings } = await openJudge(stack).round(load.callers)
      const held = slowest.filter((ms) => ms > unheldMs)
      context.remark(`the dead worker held something in ${held.length} of ${slowest.length} kills`)
      return [
        {
          name: 'slowest write after a kill -9, p99',
          unit: 'ms',
          runs: [spreadOf(slowest).p99],
          asked: { atMost: asked.recoveryMs },
        },
        { name: '… p50', unit: 'ms', runs: [spreadOf(slowest).p50] },
        {
          name: `parked by ${deathsInARow} deaths in a row`,
          unit: '',
          runs: [parked],
          asked: { atMost: 0 },
        },
        {
          name: 'tries until a failure parks',
          unit: '',
          runs: [tries],
          asked: { atMost: asked.tries },
        },
        // The one that was made to fail is parked, and so its sides differ, as they should.
        ...findingFigures(
          findings.filter(({ rule, detail }) => !isHopeless(pairs, { rule, detail })),
          context.remark,
        ),
      ] satisfies Figure[]
    } finally {
      await load.close()
      await stack.close()
    }
  },
}

/** The slowest write of each kill, from the kill to Stripe's having it (ms), of those that were under way. */
async function killAgainAndAgain(
  context: ProofContext,
  stack: FaultStack,
  load: Load,
  pairs: readonly Pair[],
): Promise<number[]> {
  const total = context.rounds ?? kills
  const bar = context.progress('kills', total)
  const killedAt: number[] = []
  const done = new AbortController()
  let now = 0
  const after = (seconds: number) => {
    const at = now + seconds
    return until('the load goes on', () => now >= at)
  }
  const killing = (async () => {
    for (let kill = 0; kill < total; kill++) {
      await after(betweenS)
      const worker = stack.workers[kill % stack.workers.length]
      killedAt.push(performance.now())
      await worker?.kill()
      await worker?.start()
      const at = killedAt.at(-1) ?? 0
      await until('what was under way is done', () =>
        load.callers.ledger.writes.every(({ sentAt, answeredAt }) => sentAt > at || answeredAt !== null),
      )
      bar.at(kill + 1)
    }
  })().finally(() => done.abort())
  const { answered } = await load.run({
    perSecond,
    editsPerSecond: 0,
    only: 'updates',
    prefer: 'wait=30; until=synced',
    pairs: pairs.slice(2),
    ends: { signal: done.signal },
    lasted: (seconds) => {
      now = seconds
    },
  })
  await killing
  await answered
  bar.end()
  return killedAt.map((at) => {
    const underWay = load.callers.ledger.writes.filter(
      ({ sentAt, answeredAt }) => sentAt <= at && (answeredAt ?? Number.POSITIVE_INFINITY) > at,
    )
    return Math.max(0, ...underWay.map(({ answeredAt }) => (answeredAt ?? Number.POSITIVE_INFINITY) - at))
  })
}

/** How many customers are parked after the only worker died this often with the same one in its hands. */
async function dieInARow(
  context: ProofContext,
  stack: FaultStack,
  load: Load,
  [, suspect]: readonly Pair[],
): Promise<number> {
  const [worker, other] = stack.workers
  if (!worker || !suspect) throw new Error('bug: nobody to kill')
  await other?.kill()
  const bar = context.progress('deaths with one customer', deathsInARow)
  // Longer than any worker lives here.
  const action = { kind: 'delay', ms: 300_000 }
  const path = `/v1/customers/${suspect.stripeId}`
  const hanging = await stack.doors.fault({ method: 'POST', path, times: deathsInARow, action })
  await load.update([suspect.id])
  for (let death = 1; death <= deathsInARow; death++) {
    await until('its call hangs', async () => (await hanging.struck()) >= death, { betweenMs: 100 })
    await worker.kill()
    await worker.start()
    bar.at(death)
  }
  bar.end()
  await until('it is in step', async () => {
    const doc = await stack.store.readCustomer({ tenantId: 'default', customerId: suspect.id })
    return doc && (doc.parked !== null || (doc.intent === null && doc.sync_due_at === undefined))
  })
  await hanging.end()
  await other?.start()
  return (await stack.store.backlog()).parked.reduce((sum, { count }) => sum + count, 0)
}

/** How often a look that is refused for good is tried. */
async function triesUntilParked(
  context: ProofContext,
  stack: FaultStack,
  [hopeless]: readonly Pair[],
): Promise<number> {
  if (!hopeless) throw new Error('bug: no customer')
  context.tell('a failure that waiting cannot cure')
  const path = `/v1/customers/${hopeless.stripeId}`
  const refusing = await stack.doors.fault({ method: 'GET', path, action: { kind: 'status', status: 405 } })
  await fetch(`${stack.stripe.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stripeKey}` },
    body: new URLSearchParams({ description: 'edited there' }),
  })
  await until('it is parked', async () => {
    const doc = await stack.store.readCustomer({ tenantId: 'default', customerId: hopeless.id })
    return doc?.parked
  })
  const tries = await refusing.struck()
  await refusing.end()
  return tries
}

function isHopeless(
  [hopeless]: readonly Pair[],
  { rule, detail }: { rule: string; detail: string },
): boolean {
  return rule === 'parked' || (rule === 'unequal' && detail.includes(hopeless?.id ?? '-'))
}
