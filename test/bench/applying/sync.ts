// Customers that wait for Stripe, and how much of what Stripe allows is used to get them there. `pnpm prove limits` does the same
// with four workers and a Redis that forgets; here it is one worker, and the figure that a user's first sync depends on.

import { setTimeout as pause } from 'node:timers/promises'
import { populating } from '../../support/population.ts'
import { until } from '../../support/until.ts'
import { type Benchmark, repeated } from '../benchmark.ts'
import { type BenchStack, startBenchStack, workers } from '../stack/bench-stack.ts'

/** Calls in any second: a sandbox account's limit, the worker's default. */
const perSecond = 25
/** What the sandbox takes for an answer, in the middle (ms). */
const answerMs = 90
const asked = { used: { atLeast: 90 }, highest: { atMost: perSecond }, refused: { atMost: 0 } }
/** Customers for each second of each run, and some for the first ones. */
const spare = 200

export const syncBenchmark: Benchmark = {
  name: 'sync',
  about: 'creates at Stripe under backlog: the share of its limit that is used',
  async run(context) {
    const stack = await startBenchStack(context)
    await workers(stack, 'ended')
    const backlog = perSecond * context.seconds * context.runs + spare
    context.tell(`${backlog} customers that wait for Stripe`)
    const places = { mongoUrl: stack.mongoUrl, stripe: null, tenantId: 'default' }
    for await (const _batch of populating(places, backlog)) await stack.store.ping()
    await workers(stack, 'started')
    await until('the first customers are at Stripe', async () => (await callsOf(stack)) >= 2 * perSecond)
    await stack.doors.resetStats()
    context.tell('calls, second by second')
    const used = await repeated(context.runs, () => usedOfLimit(stack, context.seconds))
    const { accounts, total } = await stack.doors.stats()
    const highest = Math.max(...Object.values(accounts).map(({ max_per_second }) => max_per_second))
    if ((await stack.store.backlog()).unsyncedCustomers === 0)
      throw new Error('the backlog was gone before the runs were')
    return [
      {
        name: 'used of what Stripe allows',
        unit: '%',
        runs: used,
        asked: asked.used,
        // A slot comes free one second after the answer, since nobody knows when on its way the call arrived.
        limit: { name: 'what slots allow at this latency', value: 100_000 / (1_000 + answerMs) },
      },
      { name: 'calls in any sliding second', unit: '', runs: [highest], asked: asked.highest },
      { name: 'answers 429', unit: '', runs: [total.rate_limited], asked: asked.refused },
    ]
  },
}

/** Per cent of the limit, over so many seconds. */
async function usedOfLimit(stack: BenchStack, seconds: number): Promise<number> {
  const began = performance.now()
  const before = await callsOf(stack)
  await pause(seconds * 1_000)
  const calls = (await callsOf(stack)) - before
  return (100_000 * calls) / ((performance.now() - began) * perSecond)
}

async function callsOf({ doors }: BenchStack): Promise<number> {
  return (await doors.stats()).total.calls
}
