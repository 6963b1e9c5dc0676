// Four workers share one account's limit, Redis forgets in the middle, and Stripe counts: never one call too many, and the
// backlog uses nearly all that is allowed (G8).

import { fastest, shareUsed } from '@lockstep/cli/demo/measure/numbers'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { answeredCalls } from './support/at-stripe.ts'
import { openWitness } from './support/witness.ts'

/** Calls in any sliding second: Stripe's, for a sandbox account and for each endpoint alike. */
const limit = 25
const customers = 130
/** The calls in a row over which the use is measured: six seconds' worth. */
const stretch = 6 * limit
/** Per cent. The promise is 90, and it is printed; what must show on any busy machine is that slots come back. */
const leastShare = 30

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
  const witness = openWitness(stack, 'backlog')
  await witness.create(customers)
  const made = () => answeredCalls(stack, 'POST', '/v1/customers').length
  await until('a quarter is done', () => made() > customers / 4)
  const redis = new Redis(stack.redis.url)
  await redis.flushall()
  redis.disconnect()
  await until('all are made', () => made() >= customers)
  const { total, accounts, endpoints } = stack.sandbox.stats()
  expect(total.rate_limited).toBe(0)
  for (const [name, seen] of Object.entries({ ...accounts, ...endpoints })) {
    expect(seen.max_per_second, name).toBeLessThanOrEqual(limit)
  }
  const arrivals = stack.sandbox.requests().map(({ at }) => at)
  const ms = fastest(
    arrivals.toSorted((x, y) => x - y),
    stretch,
  )
  if (ms === null) throw new Error('too few calls to measure')
  const share = shareUsed({ calls: stretch, ms, perSecond: limit })
  process.stdout.write(`share of Stripe's limit used by the fastest ${stretch} calls: ${share} %\n`)
  expect(share).toBeGreaterThanOrEqual(leastShare)
  await witness.sound()
})
