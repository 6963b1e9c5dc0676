// Four workers share one account's limit, Redis forgets in the middle, and Stripe counts: never one call too many, and the
// backlog uses nearly all that is allowed (G8).

import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { answeredCalls } from './support/at-stripe.ts'
import { allAppliedAndEqual } from './support/both-sides.ts'
import { creates, insistAll } from './support/callers.ts'

/** Calls in any sliding second: Stripe's, for a sandbox account and for each endpoint alike. */
const limit = 25
const customers = 130
/** The stretch over which the use is measured (ms). */
const stretchMs = 3_000
/** The promise is 0.9, and it is printed; what must show on any busy machine is that slots come back. */
const leastShare = 0.3

let stack: Stack
beforeAll(async () => {
  stack = await startStack({
    workers: 4,
    sandbox: { latency: '60-120', limits: 'sandbox' },
    workerEnv: { STRIPE_LIMIT_ENDPOINT: String(limit), STRIPE_LIMIT_ACCOUNT: String(limit) },
  })
})
afterAll(() => stack.close())

test('a backlog under four workers and a flush never exceeds the limit and uses it', async () => {
  const writes = creates('backlog', customers)
  await insistAll(stack, writes)
  const made = () => answeredCalls(stack, 'POST', '/v1/customers').length
  await until('a third is done', () => made() > customers / 3)
  const redis = new Redis(stack.redis.url)
  await redis.flushall()
  redis.disconnect()
  await until('all are made', () => made() >= customers)
  const { total, accounts, endpoints } = stack.sandbox.stats()
  expect(total.rate_limited).toBe(0)
  for (const [name, seen] of Object.entries({ ...accounts, ...endpoints })) {
    expect(seen.max_per_second, name).toBeLessThanOrEqual(limit)
  }
  const creating = answeredCalls(stack, 'POST', '/v1/customers').map(({ at }) => at)
  const arrivals = stack.sandbox
    .requests()
    .map(({ at }) => at)
    .filter((at) => at >= Math.min(...creating) && at <= Math.max(...creating))
  const share = busiestShare(arrivals)
  process.stdout.write(
    `share of Stripe's limit used: ${share.toFixed(2)} in the busiest ${stretchMs} ms, ` +
      `${steadyShare(arrivals).toFixed(2)} from the first create to the last, without the pause after the flush\n`,
  )
  expect(share).toBeGreaterThanOrEqual(leastShare)
  await allAppliedAndEqual(stack, writes)
})

/** The largest share of the account's limit that any stretch used. */
function busiestShare(arrivals: readonly number[]): number {
  const counts = arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + stretchMs).length)
  return Math.max(...counts) / (limit * (stretchMs / 1_000))
}

/** The share of all the time, without the longest pause: the one in which a forgotten window is waited out. */
function steadyShare(arrivals: readonly number[]): number {
  const sorted = arrivals.toSorted((a, b) => a - b)
  const gaps = sorted.map((at, index) => at - (sorted[index - 1] ?? at))
  const ms = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0) - Math.max(...gaps)
  return sorted.length / (limit * (ms / 1_000))
}
