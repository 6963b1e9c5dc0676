// Owns the words of the demo: what each step says when it is done. Measures nothing.

import type { Screen } from '../terminal/screen.ts'
import type { BothWays } from './measure/both-ways.ts'
import type { CustomerFile } from '../import/chinook-csv.ts'
import type { ApiCustomer } from './customers-api.ts'
import type { FirstSync } from './import/first-sync.ts'
import { duration, spreadOf } from './measure/numbers.ts'
import type { DemoResult } from './run-demo.ts'
import type { WorkerDeath } from './measure/worker-death.ts'

/** Rows of the sample of customers. */
const sampleSize = 6

/** What was read, and what of it has no normal form. */
export function tellFile(screen: Screen, file: CustomerFile, path: string): void {
  screen.section('Customers')
  screen.done(`${file.customers.length} customers read`, path)
  const { unnormalised } = file
  if (unnormalised.length === 0) return
  const what = unnormalised.length === 1 ? '1 value has' : `${unnormalised.length} values have`
  screen.note(`${what} no normal form: kept as text in the customer's metadata`)
  screen.table({
    columns: [
      { header: 'customer', shrinks: true },
      { header: 'as written', shrinks: true },
      { header: 'why' },
    ],
    rows: unnormalised.map(({ name, text, reason }) => [name, text, reason]),
  })
}

/** How long the import and the sync took, and some of the customers. */
export function tellSync(screen: Screen, sync: FirstSync): void {
  const { customers, refused } = sync
  screen.done(`${customers.length} customers written through the API`, duration(sync.acknowledgedMs))
  screen.done('all of them in Stripe', duration(sync.syncedMs))
  for (const { key, reason } of refused) screen.failed(`${key} was refused`, reason)
  screen.line()
  screen.table({
    columns: [
      { header: 'name', shrinks: true },
      { header: 'country' },
      { header: 'phone' },
      { header: 'Stripe' },
    ],
    rows: evenly(customers, sampleSize).map((customer) => [
      customer.name ?? '',
      customer.billing_address?.country ?? '',
      customer.phone ?? '–',
      customer.stripe_customer_id ?? '',
    ]),
  })
}

/** How long a change travels. */
export function tellBothWays(screen: Screen, measured: BothWays): void {
  const ways: [string, number[]][] = [
    ['acknowledged here → visible in Stripe', measured.toStripe],
    ['webhook received → visible in our API', measured.fromStripeKnown],
    ['the same, for a customer new to us', measured.fromStripeNew],
  ]
  const [there] = measured.toStripe
  const [back] = measured.fromStripeKnown
  screen.done(
    'a change made here is visible in Stripe',
    there === undefined ? '' : `after ${duration(there)}`,
  )
  screen.done('a change made at Stripe is visible here', back === undefined ? '' : `after ${duration(back)}`)
  screen.line()
  screen.table({
    columns: [
      { header: 'from → to' },
      { header: 'changes', align: 'right' },
      { header: 'p50', align: 'right' },
      { header: 'p99', align: 'right' },
    ],
    rows: ways.flatMap(([way, durations]) => {
      if (durations.length === 0) return []
      const { count, p50, p99 } = spreadOf(durations)
      return [[way, String(count), duration(p50), duration(p99)]]
    }),
  })
}

/** What the death of the worker cost. */
export function tellDeath(screen: Screen, death: WorkerDeath): void {
  screen.done(
    `${death.changes} customers changed, worker killed`,
    `with ${death.inStepAtDeath} of them in step`,
  )
  screen.done('the next change arrived', `${duration(death.nextMs)} after the kill`)
  screen.done('every customer in step again', `${duration(death.allMs)} after the kill`)
}

/** Memory, and Stripe's limits. */
export function tellNumbers(screen: Screen, result: DemoResult): void {
  const { memory, load } = result
  screen.section('Numbers')
  screen.table({
    columns: [
      { header: 'memory (RSS)' },
      { header: 'idle', align: 'right' },
      { header: 'highest', align: 'right' },
    ],
    rows: Object.keys(memory.idle).map((name) => [
      name,
      `${memory.idle[name] ?? 0} MB`,
      `${memory.highest[name] ?? 0} MB`,
    ]),
  })
  screen.line()
  const { total, endpoints } = load.stats
  const rows = Object.entries(endpoints).map(([endpoint, seen]) => [
    endpoint,
    String(seen.calls),
    String(seen.max_per_second),
    String(load.limits.perEndpoint),
  ])
  screen.table({
    columns: [
      { header: 'Stripe calls', shrinks: true },
      { header: 'calls', align: 'right' },
      { header: 'most in a second', align: 'right' },
      { header: 'limit', align: 'right' },
    ],
    rows: [
      ...rows,
      ['the account', String(total.calls), String(total.max_per_second), String(load.limits.perAccount)],
    ],
  })
  screen.line()
  const { busiest } = load
  if (busiest) {
    screen.note(
      `busiest ${busiest.calls} calls: in ${duration(busiest.ms)}, ${busiest.percent} % of the limit`,
    )
  }
  screen.note(`${total.rate_limited} calls refused (429)`)
}

/** Some items, spread over the whole list. */
function evenly(customers: readonly ApiCustomer[], count: number): ApiCustomer[] {
  const step = Math.max(1, customers.length / count)
  return Array.from(
    { length: Math.min(count, customers.length) },
    (_, at) => customers[Math.floor(at * step)],
  ).filter((customer) => customer !== undefined)
}
