// Changes on their way from the acknowledgement into the customer: how many a second one worker applies while the gateway goes on
// taking them in, and how far behind it is at a steady rate. Nothing is sent to Stripe meanwhile.

import { type Benchmark, median, repeated } from '../benchmark.ts'
import { type LoadTarget, saturated, steady } from '../load/proven.ts'
import { startBenchStack, workers } from '../stack/bench-stack.ts'
import { customersInStep, loadApplied } from './applied.ts'
import { bareQueue } from './queue-bounds.ts'
import { bareRedis } from './redis-bounds.ts'

const customers = 20_000
const connections = 32
const steadyPerSecond = 1_000
const asked = { rate: { atLeast: 2_000 }, lag: { atMost: 1_000 } }
const warmUpSeconds = 2

export const applyBenchmark: Benchmark = {
  name: 'apply',
  about: 'changes, from their acknowledgement until they are applied; nothing goes to Stripe',
  async run(context) {
    const stack = await startBenchStack(context)
    await workers(stack, 'ended')
    context.tell(`${customers} customers`)
    const ids = await customersInStep(stack, customers)
    const [added, worked] = await bareQueue(context, stack.redis.url)
    const redis = await bareRedis(context, stack)
    await workers(stack, 'started')
    const applied = (run: (target: LoadTarget) => Promise<unknown>) =>
      loadApplied({ context, stack, ids }, run)
    await applied((target) => saturated(target, { connections, seconds: warmUpSeconds }))
    context.tell(`${connections} connections, until the last change is applied`)
    const full = await repeated(context.runs, () => applied((target) => saturated(target, { connections })))
    context.tell(`${steadyPerSecond} a second`)
    const even = await repeated(context.runs, () => applied((target) => steady(target, steadyPerSecond)))
    return [
      {
        name: 'applied, while as many as can be are taken in',
        unit: '/s',
        runs: full.map(({ perSecond }) => perSecond),
        asked: asked.rate,
        limit: { name: worked.name, value: median(worked.runs) },
      },
      { name: `lag at ${steadyPerSecond}/s, p50`, unit: 'ms', runs: even.map(({ lag }) => lag.p50) },
      {
        name: `lag at ${steadyPerSecond}/s, p99`,
        unit: 'ms',
        runs: even.map(({ lag }) => lag.p99),
        asked: asked.lag,
      },
      added,
      worked,
      ...redis,
    ]
  },
}
