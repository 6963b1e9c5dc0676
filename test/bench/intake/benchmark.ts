// API writes, acknowledged as soon as they are durable: how many a second, and how soon at a steady rate. No worker runs.

import { storedOperation } from '@lockstep/domain/store/mongo/collections'
import { populate } from '../../support/population.ts'
import { type BenchContext, type Benchmark, type Figure, median, repeated } from '../benchmark.ts'
import { saturated, steadyRuns } from '../load/proven.ts'
import { latencyPlot, p50Of, p99Of, ratesOf, throughputPlot } from '../load/shown.ts'
import { bareInserts } from '../stack/bare-inserts.ts'
import { type BenchStack, gatewayOf, startBenchStack, workers } from '../stack/bench-stack.ts'
import { writeLoad } from './load.ts'

const connections = 32
/** Customers that are changed: so many that a minute's writes do not fill anybody's waiting room (1,000). */
const known = 2_000
const warmUpSeconds = 2
const steadyPerSecond = 1_000
const asked = { saturated: { atLeast: 2_000 }, steady: { atMost: 50 } }

export const intakeBenchmark: Benchmark = {
  name: 'intake',
  about: 'API writes, half of them new customers: durable acknowledgements',
  async run(context) {
    const stack = await startBenchStack(context)
    await workers(stack, 'ended')
    context.tell(`${known} customers`)
    const docs = await populate({ mongoUrl: stack.mongoUrl, stripe: null, tenantId: 'default' }, known)
    const ids = docs.map(({ _id }) => _id)
    const target = { context, url: gatewayOf(stack), open: () => writeLoad(stack, { ids, creates: true }) }
    context.tell('the bounds: bare inserts')
    const [one, many] = await bareOperationInserts(context, stack)
    await saturated(target, { connections, seconds: warmUpSeconds })
    context.tell(`${connections} connections`)
    const full = await repeated(context.runs, () => saturated(target, { connections }))
    context.tell(`${steadyPerSecond} a second`)
    const even = await steadyRuns(target, steadyPerSecond)

    context.plot(
      latencyPlot('API writes: how long an acknowledgement takes', { [`${steadyPerSecond}/s`]: even }),
    )
    context.plot(
      throughputPlot('API writes: acknowledgements in each second', {
        [`${connections} connections`]: full,
        [`${steadyPerSecond}/s`]: even,
      }),
    )
    return [
      {
        name: 'acknowledged',
        unit: '/s',
        runs: ratesOf(full),
        asked: asked.saturated,
        limit: { name: one.name, value: median(one.runs) },
      },
      one,
      many,
      { name: `at ${steadyPerSecond}/s, p50`, unit: 'ms', runs: p50Of(even) },
      { name: `at ${steadyPerSecond}/s, p99`, unit: 'ms', runs: p99Of(even), asked: asked.steady },
    ]
  },
}

/** The same record, inserted by nothing but the driver. */
function bareOperationInserts(
  context: BenchContext,
  { mongoUrl }: BenchStack,
): Promise<[one: Figure, many: Figure]> {
  const example = storedOperation({
    _id: '',
    tenant_id: 'default',
    customer_id: '01990000-0000-7000-8000-000000000000',
    number: 1,
    status: 'accepted',
    body: { kind: 'update', input: { description: 'Changed by a load' } },
    if_match: null,
    api_key_id: 'key_test',
    request_hash: 'f'.repeat(64),
    accepted_at: Date.now(),
  })
  return bareInserts(context, { mongoUrl, example, connections })
}
