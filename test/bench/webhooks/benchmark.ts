// Signed webhooks of 1 KB, acknowledged: how many a second, and how soon at a steady rate, with and without workers beside them.

import { populating } from '../../support/population.ts'
import { type Benchmark, median, repeated } from '../benchmark.ts'
import { type LoadTarget, saturated, steadyRuns } from '../load/proven.ts'
import { latencyPlot, p99Of, ratesOf, throughputPlot } from '../load/shown.ts'
import type { Recording } from '../load/recorder.ts'
import {
  type BenchStack,
  customersOnBothSides,
  eventsNoted,
  gatewayOf,
  startBenchStack,
  workers,
} from '../stack/bench-stack.ts'
import { bareEventInserts, bareRoute } from './bounds.ts'
import { webhookLoad } from './load.ts'
import { neighbour } from './neighbour.ts'

const connections = 32
/** Customers that the events speak of. */
const known = 1_000
/** Customers that wait for Stripe, at 25 a second: a quarter of an hour's work. */
const backlog = 20_000
const asked = {
  stopped: { atLeast: 4_000 },
  running: { atLeast: 2_500 },
  ofBareRoute: { atLeast: 70 },
  at500: { atMost: 20 },
  at1000: { atMost: 50 },
}

export const webhooksBenchmark: Benchmark = {
  name: 'webhooks',
  about: 'signed Stripe events of 1 KB: durable acknowledgements, workers stopped and running',
  async run(context) {
    const stack = await startBenchStack(context)
    await workers(stack, 'ended')
    context.tell(`${known} customers on both sides`)
    const stripeIds = (await customersOnBothSides(stack, known)).map(({ stripeId }) => stripeId)
    const open = () => webhookLoad(stack.mongoUrl, stripeIds)
    const target = { context, url: gatewayOf(stack), open }
    context.tell('the bounds: a bare route, bare inserts')
    const bare = await bareRoute({ context, connections, stripeIds })
    const inserts = await bareEventInserts({ context, connections, stripeIds }, stack.mongoUrl)
    const beside = await neighbour(context, stack, connections)
    context.tell(`${connections} connections, workers stopped`)
    await saturated(target, { connections, seconds: warmUpSeconds })
    const stopped = await repeated(context.runs, () => saturated(target, { connections }))
    context.tell('the workers note what was stored')
    await workers(stack, 'started')
    await eventsNoted(stack)
    context.tell('500 a second, workers running')
    const at500 = await steadyRuns(target, 500)
    context.tell('1,000 a second, workers running')
    const at1000 = await steadyRuns(target, 1_000)
    context.tell(`${connections} connections, workers running`)
    const running = await repeated(context.runs, () => saturated(target, { connections }))
    context.tell(`500 a second while ${backlog} customers wait for Stripe`)
    const behind = await besideBacklog(stack, target)

    context.plot(
      latencyPlot('Webhooks: how long an acknowledgement takes', {
        '500/s': at500,
        '1,000/s': at1000,
        [`500/s, ${backlog} customers wait for Stripe`]: behind,
      }),
    )
    context.plot(
      throughputPlot(`Webhooks: acknowledgements in each second, ${connections} connections`, {
        'workers stopped': stopped,
        'workers running': running,
      }),
    )
    const limit = { name: 'bare express route', value: median(bare) }
    return [
      {
        name: 'acknowledged, workers stopped',
        unit: '/s',
        runs: ratesOf(stopped),
        asked: asked.stopped,
        limit,
      },
      {
        name: '… of the bare express route',
        unit: '%',
        runs: ratesOf(stopped).map((rate) => (100 * rate) / limit.value),
        asked: asked.ofBareRoute,
      },
      {
        name: 'acknowledged, workers running',
        unit: '/s',
        runs: ratesOf(running),
        asked: asked.running,
        limit,
      },
      { name: 'bare express route', unit: '/s', runs: bare },
      ...inserts,
      ...beside,
      { name: 'at 500/s, workers running, p99', unit: 'ms', runs: p99Of(at500), asked: asked.at500 },
      { name: 'at 1,000/s, workers running, p99', unit: 'ms', runs: p99Of(at1000), asked: asked.at1000 },
      {
        name: `at 500/s, ${backlog} waiting for Stripe, p99`,
        unit: 'ms',
        runs: p99Of(behind),
        asked: asked.at500,
        limit: { name: 'without the backlog', value: median(p99Of(at500)) },
      },
    ]
  },
}

/** Enough for the compiler and the pools. */
const warmUpSeconds = 2

async function besideBacklog(stack: BenchStack, target: LoadTarget): Promise<Recording[]> {
  const { context } = target
  await eventsNoted(stack)
  await putBacklog(stack)
  const callsBefore = await callsToStripe(stack)
  const recordings = await steadyRuns(target, 500)
  const { unsyncedCustomers } = await stack.store.backlog()
  const calls = (await callsToStripe(stack)) - callsBefore
  context.remark(`beside the backlog: ${calls} calls to Stripe, ${unsyncedCustomers} customers left waiting`)
  if (unsyncedCustomers === 0) throw new Error('the backlog was gone before the load was')
  return recordings
}

async function putBacklog({ mongoUrl }: BenchStack): Promise<void> {
  const places = { mongoUrl, stripe: null, tenantId: 'default' }
  let put = 0
  for await (const batch of populating(places, backlog)) put += batch.length
  if (put !== backlog) throw new Error('bug: a backlog that is not there')
}

async function callsToStripe({ doors }: BenchStack): Promise<number> {
  return (await doors.stats()).total.calls
}
