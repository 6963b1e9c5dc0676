// Pages of fifty customers, newest first, at a steady rate among many: of all, of one status, and far from the newest.

import type { Benchmark, Figure } from '../benchmark.ts'
import type { Recording } from '../load/recorder.ts'
import { latencyPlot, p50Of, p99Of } from '../load/shown.ts'
import { anyOf, type Known, manyCustomers } from './population.ts'
import { readAt } from './reads.ts'

/** Pages a second: what some hundred people who scroll ask for. */
const perSecond = 50
const asked = { atMost: 20 }

/** The population's shares are its own: nine in ten are leads, one in a hundred is a prospect. */
const pages: Record<string, (one: Known) => string> = {
  'of all': () => '',
  'of most (status=lead)': () => '&status=lead',
  'of one in a hundred (status=prospect)': () => '&status=prospect',
  'from anywhere on (after=)': ({ id }) => `&after=${id}`,
}

export const listsBenchmark: Benchmark = {
  name: 'lists',
  about: 'pages of 50 customers, newest first, among --customers',
  async run(context) {
    const { stack, known } = await manyCustomers(context)
    const figures: Figure[] = []
    const all: Record<string, Recording[]> = {}
    for (const [name, query] of Object.entries(pages)) {
      context.tell(`a page ${name}, ${perSecond} a second`)
      const path = (number: number) => `/v1/customers?limit=50${query(anyOf(known, number))}`
      const runs = await readAt(context, stack, { perSecond, path })
      all[name] = runs
      figures.push(
        { name: `a page ${name}, p50`, unit: 'ms', runs: p50Of(runs) },
        { name: `a page ${name}, p99`, unit: 'ms', runs: p99Of(runs), asked },
      )
    }
    context.plot(latencyPlot(`Pages of 50 among ${context.customers} customers`, all))
    return figures
  },
}
