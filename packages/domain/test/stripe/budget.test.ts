// The budget (G8), on slots in a real Redis and on the fake ones of the simulation: no sliding second ever holds more calls
// than the limit. Only counts within windows of recorded times, and orders, are asserted, never how long something took.

import { Redis } from 'ioredis'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { systemClock, systemRandom } from '../../src/clock/clock.ts'
import { type Budget, openBudget } from '../../src/stripe/budget.ts'
import { readBudget, redisSlots } from '../../src/stripe/redis-slots.ts'
import { memorySlots } from '../../src/stripe/memory-slots.ts'
import type { Slots, StripeLimits } from '../../src/stripe/slots.ts'
import { mostInASecond, mostSlotsAtOnce, of, recordedCall, type RecordedCall } from '../support/timeline.ts'

const opened: Redis[] = []
afterAll(() => {
  for (const redis of opened) redis.disconnect()
})

function connected(): Redis {
  const redis = new Redis(inject('redisUrl'))
  opened.push(redis)
  return redis
}

/** Shared by all processes, as the one Redis is. */
const inMemory = memorySlots(systemClock)
const kinds: { name: string; slots: () => Slots }[] = [
  { name: 'Redis', slots: () => redisSlots(connected()) },
  { name: 'memory', slots: () => inMemory },
]

const accountOf = (name: string) => `${inject('runName')}-${name}`
const many = <T>(count: number, make: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)))
/** Calls of different length, as Stripe's are. */
const lastsMs = (n: number) => 2 + ((n * 7) % 40)
const get = 'GET /v1/customers/{id}'
const post = 'POST /v1/customers'

describe.concurrent.each(kinds)('the budget on slots in $name', ({ name: kind, slots }) => {
  const accountOf = (name: string) => `${inject('runName')}-${kind}-${name}`
  /** A process of its own: its own connection, its own waiting lines. */
  function aProcess(account: string, limits: StripeLimits): Budget {
    return openBudget({ slots: slots(), clock: systemClock, random: systemRandom, limits, account })
  }

  test('of an endpoint is one for all processes', async () => {
    const account = accountOf('endpoint')
    const limits = { perEndpoint: 10, perAccount: 1000 }
    const processes = [aProcess(account, limits), aProcess(account, limits)]
    const calls: RecordedCall[] = []
    await many(34, async (n) => {
      const budget = processes[n % 2]
      if (budget) await recordedCall(budget, calls, { endpoint: post, lastsMs: lastsMs(n) })
    })
    expect(calls).toHaveLength(34)
    expect(mostInASecond(calls)).toBeLessThanOrEqual(10)
    // A slot is free again one second after the answer, so a stall on the way cannot crowd two calls together.
    expect(mostSlotsAtOnce(calls)).toBeLessThanOrEqual(10)
    // The limit is used, too, not only kept.
    expect(mostInASecond(calls)).toBeGreaterThan(5)
  })

  test('of the account holds across its endpoints', async () => {
    const account = accountOf('account')
    const limits = { perEndpoint: 8, perAccount: 12 }
    const processes = [aProcess(account, limits), aProcess(account, limits)]
    const calls: RecordedCall[] = []
    const endpoints = [get, post, 'GET /v1/events']
    await many(40, async (n) => {
      const budget = processes[n % 2]
      const endpoint = endpoints[n % 3] ?? get
      if (budget) await recordedCall(budget, calls, { endpoint, lastsMs: lastsMs(n) })
    })
    expect(mostInASecond(calls)).toBeLessThanOrEqual(12)
    for (const endpoint of endpoints) expect(mostInASecond(of(endpoint, calls))).toBeLessThanOrEqual(8)
    expect(mostInASecond(calls)).toBeGreaterThan(8)
  })

  test('of one account is no other’s', async () => {
    const limits = { perEndpoint: 4, perAccount: 4 }
    const calls: RecordedCall[] = []
    const processes = ['one', 'two', 'three'].map((name) => aProcess(accountOf(name), limits))
    await many(24, async (n) => {
      const budget = processes[n % 3]
      if (budget) await recordedCall(budget, calls, { endpoint: `${n % 3}`, lastsMs: 5 })
    })
    expect(mostInASecond(calls)).toBeGreaterThan(4)
    for (const n of [0, 1, 2]) expect(mostInASecond(of(`${n}`, calls))).toBeLessThanOrEqual(4)
  })

  test('holds a slot for as long as the call lasts, and for a second after', async () => {
    const budget = aProcess(accountOf('long'), { perEndpoint: 2, perAccount: 100 })
    const calls: RecordedCall[] = []
    await many(5, (n) => recordedCall(budget, calls, { endpoint: get, lastsMs: n < 2 ? 700 : 5 }))
    expect(mostSlotsAtOnce(calls)).toBeLessThanOrEqual(2)
  })

  test('keeps the slot of a process that died in mid-call', async () => {
    const account = accountOf('dead')
    const limits = { perEndpoint: 3, perAccount: 100 }
    await aProcess(account, limits).take(get)
    const calls: RecordedCall[] = []
    await many(6, () => recordedCall(aProcess(account, limits), calls, { endpoint: get, lastsMs: 5 }))
    expect(mostInASecond(calls)).toBeLessThanOrEqual(2)
  })

  test('costs nothing where no call was made', async () => {
    const budget = aProcess(accountOf('unused'), { perEndpoint: 3, perAccount: 3 })
    const taken: RecordedCall[] = []
    for (let n = 0; n < 30; n++) {
      const slot = await budget.take(get)
      taken.push({ endpoint: get, start: performance.now(), end: 0 })
      await slot.release(false)
    }
    expect(mostInASecond(taken)).toBeGreaterThan(3)
    const calls: RecordedCall[] = []
    await many(7, () => recordedCall(budget, calls, { endpoint: get, lastsMs: 5 }))
    expect(mostInASecond(calls)).toBeLessThanOrEqual(3)
  })

  test('is given first come, first served within a process, and says who had to wait', async () => {
    const budget = aProcess(accountOf('order'), { perEndpoint: 3, perAccount: 100 })
    // The first line of a new account waits: what was called before it is not known.
    await (await budget.take('GET /v1/account')).release(true)
    const order: number[] = []
    const waited = await many(7, async (n) => {
      const slot = await budget.take(get)
      order.push(n)
      await slot.release(true)
      return slot.waited
    })
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(waited[0]).toBe(false)
    expect(waited.slice(3)).toEqual([true, true, true, true])
  })

  test('of one endpoint does not hold up another’s line', async () => {
    const budget = aProcess(accountOf('lines'), { perEndpoint: 1, perAccount: 100 })
    const first = await budget.take(post)
    const order: string[] = []
    const second = budget.take(post).then(async (slot) => {
      order.push('the same')
      await slot.release(true)
    })
    const other = await budget.take(get)
    order.push('the other')
    await Promise.all([other.release(true), first.release(true), second])
    expect(order).toEqual(['the other', 'the same'])
  })

  test('lets what can wait take all of it while nobody else is there', async () => {
    const budget = aProcess(accountOf('alone'), { perEndpoint: 6, perAccount: 6 })
    const calls: RecordedCall[] = []
    await many(20, () => recordedCall(budget, calls, { endpoint: get, lastsMs: 5, priority: 'backfill' }))
    expect(mostInASecond(calls)).toBe(6)
  })

  test('gives the next slots to writes, then to reads, and only what is left to what can wait', async () => {
    const account = accountOf('priority')
    const limits = { perEndpoint: 100, perAccount: 4 }
    const processes = [aProcess(account, limits), aProcess(account, limits)] as const
    const order: string[] = []
    const take = async (budget: Budget, priority: 'live' | 'read' | 'backfill') => {
      const slot = await budget.take(`${priority} of ${order.length}`, priority)
      order.push(priority)
      await slot.release(true)
    }
    // Everything is taken, so that all of them wait; what can wait was there first, in the other process.
    await many(4, () => take(processes[0], 'live'))
    const waiting = [
      ...Array.from({ length: 6 }, () => take(processes[1], 'backfill')),
      ...Array.from({ length: 6 }, () => take(processes[0], 'read')),
      ...Array.from({ length: 6 }, () => take(processes[1], 'live')),
    ]
    await Promise.all(waiting)
    const after = order.slice(4)
    // One may slip in before those of a higher priority have asked for the first time.
    expect(after.slice(0, 8).filter((priority) => priority === 'live').length).toBeGreaterThanOrEqual(5)
    expect(after.slice(-4)).toEqual(['backfill', 'backfill', 'backfill', 'backfill'])
  })
})

describe.concurrent('the budget on slots in Redis', () => {
  const aProcess = (account: string, limits: StripeLimits) =>
    openBudget({ slots: redisSlots(connected()), clock: systemClock, random: systemRandom, limits, account })

  test('counts an old copy of itself, brought back by another process of Redis, as no memory', async () => {
    const account = accountOf('copied')
    const limits = { perEndpoint: 8, perAccount: 8 }
    const redis = connected()
    const calls: RecordedCall[] = []
    const crowd = () => {
      const budget = aProcess(account, limits)
      return many(8, () => recordedCall(budget, calls, { endpoint: post, lastsMs: 2 }))
    }
    await crowd()
    // As restored: the marker is there, with another run's id and long past; the slots are not.
    await redis.del(`lockstep:budget:{${account}}:account`, `lockstep:budget:{${account}}:${post}`)
    await redis.hset(`lockstep:budget:{${account}}:marker`, { run: 'f'.repeat(40), until: 1 })
    await crowd()
    expect(calls).toHaveLength(16)
    expect(mostInASecond(calls)).toBeLessThanOrEqual(8)
  })

  test('can be read, by account and endpoint', async () => {
    const account = accountOf('read')
    const budget = aProcess(account, { perEndpoint: 5, perAccount: 9 })
    await many(3, () => budget.take(get))
    await budget.take(post)
    const redis = connected()
    const uses = await readBudget(redis, [account])
    expect(uses).toEqual([
      { account, scope: 'account', used: 4, limit: 9 },
      { account, scope: get, used: 3, limit: 5 },
      { account, scope: post, used: 1, limit: 5 },
    ])
  })
})

describe('without Redis', () => {
  const gone = () => {
    // Port 9 (discard) has no listener here; no retry, no queue: the failure is told at once.
    const redis = new Redis({
      port: 9,
      lazyConnect: true,
      retryStrategy: () => null,
      enableOfflineQueue: false,
    })
    redis.on('error', () => undefined)
    opened.push(redis)
    return openBudget({
      slots: redisSlots(redis),
      clock: systemClock,
      random: systemRandom,
      limits: { perEndpoint: 5, perAccount: 5 },
      account: accountOf('gone'),
    })
  }

  test('no slot is given, one after another', async () => {
    const budget = gone()
    await expect(budget.take(get)).rejects.toThrow()
    await expect(Promise.all([budget.take(get), budget.take(get)])).rejects.toThrow()
  })

  test('giving a slot back is no failure: it ends as a dead process’s would', async () => {
    const redis = connected()
    const budget = openBudget({
      slots: redisSlots(redis),
      clock: systemClock,
      random: systemRandom,
      limits: { perEndpoint: 5, perAccount: 5 },
      account: accountOf('lost'),
    })
    const slot = await budget.take(get)
    redis.disconnect()
    await expect(slot.release(true)).resolves.toBeUndefined()
  })
})
