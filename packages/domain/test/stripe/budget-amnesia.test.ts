// The budget on a Redis that forgets: what was called before is not known, so it counts as spent. A Redis of its own, as
// it is flushed.

import { Redis } from 'ioredis'
import { setTimeout as wait } from 'node:timers/promises'
import { type LocalService, startRedis } from '@lockstep/local-services'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock, systemRandom } from '../../src/clock/clock.ts'
import { type Budget, openBudget } from '../../src/stripe/budget.ts'
import { readBudget, redisSlots } from '../../src/stripe/redis-slots.ts'
import { mostInASecond, recordedCall, type RecordedCall } from '../support/timeline.ts'

let service: LocalService
const opened: Redis[] = []
beforeAll(async () => {
  const { REDIS_URL: _given, ...env } = process.env
  service = await startRedis({ env: { ...env, REDIS_URL: '' }, announce: () => undefined })
})
afterAll(async () => {
  for (const redis of opened) redis.disconnect()
  await service.stop()
})

function connect(): Redis {
  const redis = new Redis(service.url)
  redis.on('error', () => undefined)
  opened.push(redis)
  return redis
}

const limit = 8
const aProcess = (account: string): Budget =>
  openBudget({
    slots: redisSlots(connect()),
    clock: systemClock,
    random: systemRandom,
    limits: { perEndpoint: limit, perAccount: limit },
    account,
  })
const endpoint = 'POST /v1/customers'

/** As many calls at once as one window holds, by a process that was not there before: it waits for nothing it knows of. */
function crowd(account: string, calls: RecordedCall[]): Promise<unknown> {
  const budget = aProcess(account)
  return Promise.all(
    Array.from({ length: limit }, (_, n) => recordedCall(budget, calls, { endpoint, lastsMs: 2 + n * 5 })),
  )
}

describe('after it forgot', () => {
  test('FLUSHALL in the middle of a backlog lets no more through', async () => {
    const calls: RecordedCall[] = []
    const redis = connect()
    const crowds: Promise<unknown>[] = []
    // Each time at once after a whole window was used, when forgetting it would cost most, and with others still waiting.
    for (let round = 1; round <= 3; round++) {
      crowds.push(crowd('flushed', calls), crowd('flushed', calls))
      while (calls.length < round * limit) await wait(5)
      await redis.flushall()
    }
    await Promise.all(crowds)
    expect(calls).toHaveLength(6 * limit)
    expect(mostInASecond(calls)).toBeLessThanOrEqual(limit)
  })

  test('a restart with its data has another run’s id, and is treated so', async () => {
    const calls: RecordedCall[] = []
    const before = aProcess('restarted')
    await Promise.all(
      Array.from({ length: limit }, () => recordedCall(before, calls, { endpoint, lastsMs: 2 })),
    )
    await service.kill('SIGKILL')
    await service.restart()
    await Promise.all(
      Array.from({ length: limit }, () =>
        recordedCall(aProcess('restarted'), calls, { endpoint, lastsMs: 2 }),
      ),
    )
    expect(mostInASecond(calls)).toBeLessThanOrEqual(limit)
  })
})

test('what is used can be read beside thousands of other keys', async () => {
  const redis = connect()
  await (await aProcess('crowded').take(endpoint)).release(true)
  const others = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`bull:x:${n}`, '1']))
  await redis.mset(others)
  const uses = await readBudget(redis, ['crowded'])
  expect(uses.map(({ scope }) => scope)).toEqual(['account', endpoint])
})
