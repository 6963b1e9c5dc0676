// How cost grows: with the customers that there are, the callers at once, the tenants, and how few customers all changes are of.
// Each step is measured by the same loads as the other benchmarks, in one stack that grows, to as many as --customers.

import { pauseTenant } from '@lockstep/cli/tenant/pause-tenant'
import { populating } from '../../support/population.ts'
import type { Benchmark, BenchContext, Figure } from '../benchmark.ts'
import { pageAtSize, steadyRead } from './at-size.ts'
import { byConnections, byHotness } from './breadth.ts'
import { appliedAtCost } from './cost.ts'
import { bytesOf, bytesOfEach, bytesOfWaitingBell } from './sizes.ts'
import { byTenants } from './tenants.ts'
import { type BenchStack, running, startBenchStack } from '../stack/bench-stack.ts'
import { inventedStripe } from '../stack/invented-stripe.ts'

const firstStep = 1_000
const factor = 10

export const growthBenchmark: Benchmark = {
  name: 'growth',
  about:
    'reads, lists, changes and sizes from 1,000 customers to --customers; connections, tenants, hot customers',
  async run(context) {
    const stack = await startBenchStack(context)
    await running(stack.workers, 0)
    const pause = { inbound: false, outbound: true, detail: 'a benchmark', at: Date.now() }
    await pauseTenant(stack.store, 'default', pause)
    const figures: Figure[] = []
    const ids: string[] = []
    for (const count of stepsTo(context.customers)) {
      await grow(context, stack, ids, count)
      const at = `at ${count.toLocaleString('en')}`
      // Before they are changed: most of them are as they were written.
      figures.push(...(await bytesOf(stack, 'customers', at)))
      figures.push(...(await steadyRead(context, stack, { ids, at })))
      figures.push(...(await pageAtSize(context, stack, { ids, at })))
      figures.push(...(await appliedAtCost(context, stack, { ids, at })))
    }
    figures.push(...(await byHotness(context, stack, ids)))
    figures.push(...(await byConnections(context, stack, ids)))
    figures.push(...(await byTenants(context, stack)))
    figures.push(...(await bytesOfEach(context, stack)))
    return [...figures, ...(await bytesOfWaitingBell(context, stack, ids))]
  },
}

/** 1,000, 10,000 … up to `most`, which is the last one. Pure. */
export function stepsTo(most: number): number[] {
  const steps: number[] = []
  for (let step = firstStep; step < most; step *= factor) steps.push(step)
  return [...steps, most]
}

/** Adds customers that are in step until there are so many; their ids are added to `ids`. */
async function grow(
  context: BenchContext,
  { mongoUrl }: BenchStack,
  ids: string[],
  count: number,
): Promise<void> {
  context.tell(`${count} customers`)
  const places = { mongoUrl, stripe: inventedStripe(ids.length), tenantId: 'default' }
  for await (const batch of populating(places, count - ids.length)) ids.push(...batch.map(({ _id }) => _id))
}
