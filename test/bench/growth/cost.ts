// Owns what a change costs in processor time, of every process that has a part in it, while as many as can be are applied.

import { loadApplied } from '../applying/applied.ts'
import { type BenchContext, type Figure, repeated } from '../benchmark.ts'
import { saturated } from '../load/proven.ts'
import { secondsOfTree } from '../processes/processor-time.ts'
import { type BenchStack, running } from '../stack/bench-stack.ts'
import type { AtSize } from './at-size.ts'

const connections = 32
const warmUpSeconds = 2

/** Changes of all customers in turn, applied in a second, and the processor time of one (µs: as many seconds for a million). */
export async function appliedAtCost(
  context: BenchContext,
  stack: BenchStack,
  { ids, at }: AtSize,
): Promise<Figure[]> {
  await running(stack.workers, 1)
  const applied = (seconds = context.seconds) =>
    loadApplied({ context, stack, ids }, (target) => saturated(target, { connections, seconds }))
  await applied(warmUpSeconds)
  context.tell(`${at}: changes, until the last one is applied`)
  const runs = await repeated(context.runs, async () => {
    const before = await used(stack)
    const { count, perSecond } = await applied()
    const after = await used(stack)
    const micros = (name: string) => (1e6 * ((after[name] ?? 0) - (before[name] ?? 0))) / count
    return { perSecond, costs: Object.fromEntries(Object.keys(after).map((name) => [name, micros(name)])) }
  })
  await running(stack.workers, 0)
  const names = Object.keys(runs[0]?.costs ?? {})
  if (names.length === 0)
    context.remark('processor time is read from /proc, which this machine does not have')
  return [
    { name: `${at}: changes applied`, unit: '/s', runs: runs.map(({ perSecond }) => perSecond) },
    ...names.map(
      (name): Figure => ({
        name: `${at}: processor time of a change, ${name}`,
        unit: 'µs',
        runs: runs.map(({ costs }) => costs[name] ?? 0),
      }),
    ),
  ]
}

/** Seconds of processor time until now, by part; parts that nobody here started are left out. */
async function used({ gateways, workers, mongo, redis }: BenchStack): Promise<Record<string, number>> {
  const parts: Record<string, number | undefined> = {
    gateway: gateways[0]?.pid(),
    worker: workers[0]?.pid(),
    'MongoDB’s data process': mongo.mainPid,
    FerretDB: mongo.gatewayPid,
    Redis: redis.mainPid,
  }
  const seconds: Record<string, number> = {}
  for (const [name, pid] of Object.entries(parts)) {
    const told = pid === undefined ? null : await secondsOfTree(pid)
    if (told !== null) seconds[name] = told
  }
  return seconds
}
