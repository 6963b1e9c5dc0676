// Owns the first sync: every customer of the file written through the API, and the wait until all are in Stripe.
// Promises: an import that is run again makes no second customer (the key of a line is its Idempotency-Key); a line
// that the API refuses is told and stops no other.

import type { Screen } from '../../terminal/screen.ts'
import { atOnce } from '../at-once.ts'
import type { NewCustomer } from '../../import/chinook-csv.ts'
import { type ApiCustomer, ApiProblem, type CustomersApi } from '../customers-api.ts'
import { until } from '../until.ts'

export interface FirstSync {
  /** Those that were taken, as they stand after the sync. */
  customers: ApiCustomer[]
  refused: { key: string; reason: string }[]
  /** From the first request to the last acknowledgement (ms). */
  acknowledgedMs: number
  /** From the first request until all are in step with Stripe (ms). */
  syncedMs: number
}

/** As a careful upstream service would: enough to keep the gateway's group commit filled. */
const requestsAtOnce = 8
const lookEveryMs = 200
/** Far more than 59 customers take; a large file at 25 a second is given its time below (ms). */
const limitMs = 60_000
/** Per customer on top, at half of Stripe's smallest limit (ms). */
const limitPerCustomerMs = 80

/** Imports and waits. @throws Error where the sync does not come to an end */
export async function firstSync(
  api: CustomersApi,
  screen: Screen,
  customers: readonly NewCustomer[],
): Promise<FirstSync> {
  const began = performance.now()
  const bar = screen.progress('in step with Stripe', customers.length)
  const ids = new Set<string>()
  const refused: FirstSync['refused'] = []
  let acknowledgedMs: number | null = null
  const importing = atOnce(customers, requestsAtOnce, async (customer) => {
    try {
      ids.add(await api.create(customer, customer.key))
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      refused.push({ key: customer.key, reason: error.message })
    }
  }).then(() => {
    acknowledgedMs = performance.now() - began
  })
  // Waited for below; until then a failure is not unhandled.
  importing.catch(() => undefined)
  const patience = { everyMs: lookEveryMs, limitMs: limitMs + customers.length * limitPerCustomerMs }
  try {
    const synced = await until('the first sync', patience, async () => {
      const inStep = (await api.list()).filter(({ id, sync }) => ids.has(id) && sync.state === 'synced')
      bar.at(inStep.length + refused.length)
      if (acknowledgedMs === null) return null
      await importing
      return inStep.length === ids.size ? inStep : null
    })
    return {
      customers: synced.toReversed(),
      refused,
      acknowledgedMs: acknowledgedMs ?? 0,
      syncedMs: performance.now() - began,
    }
  } finally {
    bar.end()
    await importing
  }
}
