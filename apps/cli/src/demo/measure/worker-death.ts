// Owns the burst in whose middle a worker dies: one change to every customer, SIGKILL after a third of them arrived.
// Promises: the worker is killed while calls to Stripe are under way; what is measured counts from that moment.

import type { Screen } from '../../terminal/screen.ts'
import { atOnce } from '../at-once.ts'
import type { ApiCustomer, CustomersApi } from '../customers-api.ts'
import { until } from '../until.ts'

export interface WorkerDeath {
  /** Customers changed in the burst. */
  changes: number
  /** Customers in step when the worker died. */
  inStepAtDeath: number
  /** From the kill until another change arrived at Stripe (ms). */
  nextMs: number
  /** From the kill until every customer was in step (ms). */
  allMs: number
}

export interface WorkerDeathOptions {
  api: CustomersApi
  screen: Screen
  customers: readonly ApiCustomer[]
  /** The process to kill. */
  workerPid(): number
}

/** As in the import. */
const requestsAtOnce = 8
const lookEveryMs = 50
/** G11 promises recovery within 10 s; a minute is a failure (ms). */
const limitMs = 60_000

/** Changes, kills, waits. @throws Error where not everybody is in step in the end */
export async function killWorkerInBurst(options: WorkerDeathOptions): Promise<WorkerDeath> {
  const { api, screen, customers } = options
  const ids = new Set(customers.map(({ id }) => id))
  const description = 'Changed in the burst in which a worker died'
  const bar = screen.progress('in step with Stripe', ids.size)
  const inStep = async () => {
    const all = await api.list()
    const there = all.filter(
      (customer) =>
        ids.has(customer.id) && customer.description === description && customer.sync.state === 'synced',
    )
    bar.at(there.length)
    return there.length
  }
  const waitFor = (count: number) =>
    until(`${count} customers in step`, { everyMs: lookEveryMs, limitMs }, async () => {
      const now = await inStep()
      return now >= count ? now : null
    })
  try {
    await atOnce(customers, requestsAtOnce, ({ id }) => api.update(id, { description }))
    const inStepAtDeath = await waitFor(Math.ceil(ids.size / 3))
    process.kill(options.workerPid(), 'SIGKILL')
    const killed = performance.now()
    const before = await inStep()
    await waitFor(Math.min(before + 1, ids.size))
    const nextMs = performance.now() - killed
    await waitFor(ids.size)
    return { changes: ids.size, inStepAtDeath, nextMs, allMs: performance.now() - killed }
  } finally {
    bar.end()
  }
}
