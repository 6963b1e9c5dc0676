// More processes: how many changes a second one, two and four workers apply, and how many writes one and two gateways acknowledge.
// All of them share this machine's cores with the databases, so what it shows is whether they hinder one another.

import { type Benchmark, type BenchContext, type Figure, median, repeated } from '../benchmark.ts'
import { customersInStep, loadApplied } from '../applying/applied.ts'
import { writeLoad } from '../intake/load.ts'
import { saturated } from '../load/proven.ts'
import { type BenchStack, running, startBenchStack } from '../stack/bench-stack.ts'

const workerCounts = [1, 2, 4]
const gatewayCounts = [1, 2]
/** Of all gateways together: the same callers, however many serve them. */
const connections = 32
/** As in `apply`: so many that a load rarely meets a customer twice. */
const customers = 20_000
const warmUpSeconds = 2

export const scaleBenchmark: Benchmark = {
  name: 'scale',
  about: `changes applied by ${workerCounts.join(', ')} workers, writes acknowledged by ${gatewayCounts.join(', ')} gateways`,
  async run(context) {
    const stack = await startBenchStack(context, {
      gateways: Math.max(...gatewayCounts),
      workers: Math.max(...workerCounts),
    })
    await running(stack.workers, 0)
    context.tell(`${customers} customers`)
    const ids = await customersInStep(stack, customers)
    context.remark(
      'all processes share the cores of one machine: more of them get more only where cores are idle',
    )
    return [...(await byWorkers(context, stack, ids)), ...(await byGateways(context, stack, ids))]
  },
}

/** One gateway takes in what so many workers apply. */
async function byWorkers(
  context: BenchContext,
  stack: BenchStack,
  ids: readonly string[],
): Promise<Figure[]> {
  await running(stack.gateways, 1)
  const rates = new Map<number, number[]>()
  for (const count of workerCounts) {
    await running(stack.workers, count)
    const full = (seconds = context.seconds) =>
      loadApplied({ context, stack, ids }, (target) => saturated(target, { connections, seconds }))
    await full(warmUpSeconds)
    context.tell(`${count} at work, until the last change is applied`)
    rates.set(
      count,
      (await repeated(context.runs, () => full())).map(({ perSecond }) => perSecond),
    )
  }
  await running(stack.workers, 0)
  return besideOne(rates, { what: 'applied', by: 'worker' })
}

/** No worker runs; the connections are shared out among the gateways. */
async function byGateways(
  context: BenchContext,
  stack: BenchStack,
  ids: readonly string[],
): Promise<Figure[]> {
  const rates = new Map<number, number[]>()
  for (const count of gatewayCounts) {
    await running(stack.gateways, count)
    const serving = stack.gateways.slice(0, count)
    const full = async (seconds = context.seconds) => {
      const open = () => writeLoad(stack, { ids, creates: true })
      const each = await Promise.all(
        serving.map(({ url }) =>
          saturated({ context, url, open }, { connections: connections / count, seconds }),
        ),
      )
      return each.reduce((sum, { perSecond }) => sum + perSecond, 0)
    }
    await full(warmUpSeconds)
    context.tell(`${connections} connections to ${count} of the gateways`)
    rates.set(count, await repeated(context.runs, () => full()))
  }
  return besideOne(rates, { what: 'acknowledged', by: 'gateway' })
}

/** Each count's rate; of more than one as a share of what one did. */
function besideOne(
  rates: ReadonlyMap<number, readonly number[]>,
  { what, by }: { what: string; by: string },
): Figure[] {
  const one = rates.get(1)
  if (!one) throw new Error('bug: nothing to compare with')
  return [...rates].map(([count, runs]) => ({
    name: `${what}, ${count} ${by}${count === 1 ? '' : 's'}`,
    unit: '/s',
    runs,
    ...(count > 1 && { limit: { name: `one ${by}`, value: median(one) } }),
  }))
}
