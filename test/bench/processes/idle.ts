// What a system costs that nobody uses, in processor time and memory, and how much memory it takes under load.

import { setTimeout as pause } from 'node:timers/promises'
import { watchMemory } from '@lockstep/cli/demo/measure/memory'
import { type BenchContext, type Benchmark, type Figure, repeated } from '../benchmark.ts'
import { writeLoad } from '../intake/load.ts'
import { saturated } from '../load/proven.ts'
import {
  type BenchStack,
  customersOnBothSides,
  gatewayOf,
  startBenchStack,
  workers,
} from '../stack/bench-stack.ts'
import { webhookLoad } from '../webhooks/load.ts'
import { processorSeconds } from './processor-time.ts'

const asked = { cpu: { atMost: 3 }, idleMemory: { atMost: 220 }, loadedMemory: { atMost: 350 } }
/** The first seconds of a process are its start. */
const settleMs = 5_000
/** The sweeper comes every 5 s, the catch-up every minute: so many seconds for each that a load would last. */
const idleFactor = 6
const connections = 32
const known = 1_000

export const idleBenchmark: Benchmark = {
  name: 'idle',
  about: 'processor time of an idle system, memory idle and under load',
  async run(context) {
    const stack = await startBenchStack(context)
    await pause(settleMs)
    const ours = () => ({ gateway: pidOf(stack.gateways), worker: pidOf(stack.workers) })
    const others = { Redis: stack.redis.mainPid }
    context.tell(`nobody comes, for ${context.seconds * idleFactor} s`)
    const shares = await idleShares(context, { ...ours(), ...others })
    const memory = watchMemory(ours)
    const idle = await memory.now()
    await workers(stack, 'ended')
    // Stripe's list tells a worker of all of them, so it has work as soon as it starts.
    const customers = await customersOnBothSides(stack, known)
    await workers(stack, 'started')
    context.tell('load from both sides')
    const target = { context, url: gatewayOf(stack) }
    const stripeIds = customers.map(({ stripeId }) => stripeId)
    const ids = customers.map(({ id }) => id)
    await repeated(context.runs, () =>
      Promise.all([
        saturated({ ...target, open: () => webhookLoad(stack.mongoUrl, stripeIds) }, { connections }),
        saturated({ ...target, open: () => writeLoad(stack, { ids, creates: true }) }, { connections }),
      ]),
    )
    const loaded = memory.highest()
    memory.stop()
    return [
      ...shares,
      ...Object.keys(ours()).flatMap((name): Figure[] => [
        { name: `${name}, idle`, unit: 'MB', runs: [idle[name] ?? 0], asked: asked.idleMemory },
        { name: `${name}, under load`, unit: 'MB', runs: [loaded[name] ?? 0], asked: asked.loadedMemory },
      ]),
    ]
  },
}

function pidOf([member]: BenchStack['workers']): number {
  if (!member) throw new Error('bug: a stack without a process')
  return member.pid()
}

/** Per cent of one core, each by itself, and gateway and worker together. */
async function idleShares(
  context: BenchContext,
  pids: Readonly<Record<string, number | undefined>>,
): Promise<Figure[]> {
  const began = performance.now()
  const used = async () => {
    const seconds: Record<string, number> = {}
    for (const [name, pid] of Object.entries(pids)) {
      const told = pid === undefined ? null : await processorSeconds(pid)
      if (told !== null) seconds[name] = told
    }
    return seconds
  }
  const before = await used()
  await pause(context.seconds * idleFactor * 1_000)
  const after = await used()
  const elapsed = (performance.now() - began) / 1_000
  const shares = Object.entries(after).map(([name, seconds]) => ({
    name,
    percent: (100 * (seconds - (before[name] ?? 0))) / elapsed,
  }))
  if (shares.length === 0) {
    context.remark('processor time is read from /proc, which this machine does not have')
    return []
  }
  const together = shares
    .filter(({ name }) => name === 'gateway' || name === 'worker')
    .reduce((sum, { percent }) => sum + percent, 0)
  return [
    { name: 'idle: gateway and worker, of a core', unit: '%', runs: [together], asked: asked.cpu },
    ...shares.map(({ name, percent }): Figure => ({ name: `… ${name}`, unit: '%', runs: [percent] })),
  ]
}
