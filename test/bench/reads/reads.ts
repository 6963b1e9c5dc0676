// One customer read at a time, by each of its names, at a steady rate among many.

import type { BenchContext, Benchmark, Figure } from '../benchmark.ts'
import { repeated } from '../benchmark.ts'
import type { Recording } from '../load/recorder.ts'
import { latencyPlot, p50Of, p99Of } from '../load/shown.ts'
import { steadily } from '../load/steady.ts'
import { type BenchStack, gatewayOf } from '../stack/bench-stack.ts'
import { anyOf, type Known, manyCustomers } from './population.ts'

const perSecond = 500
const asked = { p50: { atMost: 3 }, p99: { atMost: 10 } }
const warmUpMs = 2_000

const names: Record<string, (one: Known) => string> = {
  id: ({ id }) => id,
  key: ({ key }) => `key/${encodeURIComponent(key)}`,
  'e-mail': ({ email }) => `email/${encodeURIComponent(email)}`,
}

export const readsBenchmark: Benchmark = {
  name: 'reads',
  about: 'one customer by id, key or e-mail, among --customers',
  async run(context) {
    const { stack, known } = await manyCustomers(context)
    const figures: Figure[] = []
    const all: Record<string, Recording[]> = {}
    for (const [name, pathOf] of Object.entries(names)) {
      context.tell(`by ${name}, ${perSecond} a second`)
      const path = (number: number) => `/v1/customers/${pathOf(anyOf(known, number))}`
      const runs = await readAt(context, stack, { perSecond, path })
      all[`by ${name}`] = runs
      figures.push(
        { name: `by ${name}, ${perSecond}/s, p50`, unit: 'ms', runs: p50Of(runs), asked: asked.p50 },
        { name: `by ${name}, ${perSecond}/s, p99`, unit: 'ms', runs: p99Of(runs), asked: asked.p99 },
      )
    }
    context.plot(latencyPlot(`Reads of one among ${context.customers} customers`, all))
    return figures
  },
}

/** Warmed up, then run by run. */
export async function readAt(
  { runs, seconds }: BenchContext,
  stack: BenchStack,
  { perSecond: rate, path }: { perSecond: number; path: (number: number) => string },
): Promise<Recording[]> {
  const headers = { authorization: `Bearer ${stack.apiKey}` }
  const load = (ms: number) =>
    steadily({
      url: gatewayOf(stack),
      perSecond: rate,
      ms,
      request: (number) => ({ method: 'GET', path: path(number), headers }),
    })
  await load(warmUpMs)
  return repeated(runs, () => load(seconds * 1_000))
}
