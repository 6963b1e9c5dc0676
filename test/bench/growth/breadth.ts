// Owns how many take part: callers at once, and customers that all changes are of.

import { settledOf } from '../applying/settled.ts'
import { type BenchContext, type Figure, repeated } from '../benchmark.ts'
import { writeLoad } from '../intake/load.ts'
import { saturated } from '../load/proven.ts'
import { saturate } from '../load/saturate.ts'
import { ratesOf } from '../load/shown.ts'
import { type BenchStack, gatewayOf, running } from '../stack/bench-stack.ts'

const callersAtOnce = [1, 4, 16, 64]
/** Below a customer's waiting room (1,000): all of them may be of one. */
const changes = 900
const hotCustomers = [1, 10, 100]

/** Writes acknowledged in a second; no worker runs. */
export async function byConnections(
  context: BenchContext,
  stack: BenchStack,
  ids: readonly string[],
): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const connections of callersAtOnce) {
    context.tell(`connections at once: ${connections}`)
    const target = { context, url: gatewayOf(stack), open: () => writeLoad(stack, { ids, creates: true }) }
    const runs = await repeated(context.runs, () => saturated(target, { connections }))
    figures.push({
      name: `acknowledged, ${connections} connection${connections === 1 ? '' : 's'}`,
      unit: '/s',
      runs: ratesOf(runs),
    })
  }
  return figures
}

/** So many changes of one customer, of some, and of as many customers as changes: applied in a second. */
export async function byHotness(
  context: BenchContext,
  stack: BenchStack,
  ids: readonly string[],
): Promise<Figure[]> {
  await running(stack.workers, 1)
  const figures: Figure[] = []
  for (const hot of [...hotCustomers, changes]) {
    context.tell(`${changes} changes, customers that they are of: ${hot}`)
    const runs = await repeated(context.runs, async () => {
      const load = writeLoad(stack, { ids: ids.slice(0, hot), creates: false })
      await saturate({ ...load, url: gatewayOf(stack), connections: 32, ends: { total: changes } })
      await load.prove()
      return (await settledOf(stack.mongoUrl, load.name)).perSecond
    })
    figures.push({
      name: `${changes} changes of ${hot} customer${hot === 1 ? '' : 's'}, applied`,
      unit: '/s',
      runs,
    })
  }
  await running(stack.workers, 0)
  return figures
}
