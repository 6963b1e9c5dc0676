// Owns when the operations of a load were accepted and settled, as the database tells it: gateway and worker read one clock.

import { spreadOf } from '@lockstep/cli/demo/measure/numbers'
import { until } from '../../support/until.ts'
import { operationsOf } from '../intake/load.ts'
import { withCollections } from '../stack/stored-once.ts'

export interface Settled {
  /** Operations of the load. */
  count: number
  /** Operations per second, from the first acceptance to the last settlement. */
  perSecond: number
  /** From its acceptance until it was settled, what half and 99 of 100 operations did not exceed (ms). */
  lag: { p50: number; p99: number }
}

/** What is not applied by then is not being applied (ms). */
const patienceMs = 3_600_000
/** Looked at so often: more would be a load of its own (ms). */
const lookMs = 200

/** Waits until all operations of the load are settled. @throws where one was not applied */
export async function settledOf(mongoUrl: string, loadName: string): Promise<Settled> {
  return withCollections(mongoUrl, async ({ operations }) => {
    const open = { status: 'accepted' as const, ...operationsOf(`${loadName}-`) }
    await until('all is applied', async () => (await operations.findOne(open)) === null, {
      patienceMs,
      betweenMs: lookMs,
    })
    const moments = { status: 1, accepted_at: 1, settled_at: 1 }
    const all = await operations.find(operationsOf(`${loadName}-`), { projection: moments }).toArray()
    const other = all.find(({ status }) => status !== 'applied')
    if (other) throw new Error(`an operation ended as ${other.status}`)
    let [first, last] = [Number.POSITIVE_INFINITY, 0]
    const lags = all.map(({ accepted_at: accepted, settled_at: settled = 0 }) => {
      first = Math.min(first, accepted)
      last = Math.max(last, settled)
      return settled - accepted
    })
    const { p50, p99 } = spreadOf(lags)
    return { count: all.length, perSecond: (1_000 * all.length) / (last - first), lag: { p50, p99 } }
  })
}
