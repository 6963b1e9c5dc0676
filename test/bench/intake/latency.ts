// The acknowledgements once more, with a network between: every byte to and from MongoDB and Redis is a millisecond on its way, as
// between machines of one region. What waits for many answers in a row shows here, and on one machine it does not.

import { populate } from '../../support/population.ts'
import { type Benchmark, repeated } from '../benchmark.ts'
import { type LoadTarget, saturated, steadyRuns } from '../load/proven.ts'
import { latencyPlot, p50Of, p99Of, ratesOf } from '../load/shown.ts'
import { gatewayOf, startBenchStack, workers } from '../stack/bench-stack.ts'
import { webhookLoad } from '../webhooks/load.ts'
import { writeLoad } from './load.ts'

/** Each way (ms). A timer is up to one late, so a round trip takes 2 to 4. */
const delayMs = 1
const connections = 32
const known = 2_000
const warmUpSeconds = 2
const perSecond = 500

export const latencyBenchmark: Benchmark = {
  name: 'latency',
  about: `acknowledgements with ${delayMs} ms each way to MongoDB and Redis`,
  async run(context) {
    const stack = await startBenchStack(context, { wired: true })
    await workers(stack, 'ended')
    const docs = await populate({ mongoUrl: stack.mongoUrl, stripe: null, tenantId: 'default' }, known)
    const ids = docs.map(({ _id }) => _id)
    for (const wire of [stack.wires.mongo, stack.wires.redis]) await wire.set({ kind: 'pass', delayMs })
    const writes = { context, url: gatewayOf(stack), open: () => writeLoad(stack, { ids, creates: true }) }
    const events = {
      context,
      url: gatewayOf(stack),
      open: () => webhookLoad(stack.mongoUrl, ['cus_unknown']),
    }
    const measured = async (what: string, target: LoadTarget) => {
      await saturated(target, { connections, seconds: warmUpSeconds })
      context.tell(`${what}, ${connections} connections`)
      const full = await repeated(context.runs, () => saturated(target, { connections }))
      context.tell(`${what}, ${perSecond} a second`)
      return { what, full, even: await steadyRuns(target, perSecond) }
    }
    const all = [await measured('API writes', writes), await measured('webhooks', events)]
    context.plot(
      latencyPlot(
        `Acknowledgements at ${perSecond}/s, with ${delayMs} ms each way to MongoDB and Redis`,
        Object.fromEntries(all.map(({ what, even }) => [what, even])),
      ),
    )
    return all.flatMap(({ what, full, even }) => [
      { name: `${what}, acknowledged`, unit: '/s' as const, runs: ratesOf(full) },
      { name: `${what}, at ${perSecond}/s, p50`, unit: 'ms' as const, runs: p50Of(even) },
      { name: `${what}, at ${perSecond}/s, p99`, unit: 'ms' as const, runs: p99Of(even) },
    ])
  },
}
