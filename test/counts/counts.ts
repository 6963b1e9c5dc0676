// Owns the counting of what something costs: the commands that gateway and worker send to MongoDB and Redis, and the calls that
// Stripe gets, from one moment of rest to the next.

import { queueNames } from '@lockstep/domain/doorbell/doorbell'
import { Redis } from 'ioredis'
import { atRest, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { mongoReader } from './mongo-commands.ts'
import { redisReader } from './redis-commands.ts'
import { openTap, type Tap } from './tap.ts'

/** How often each was sent, by what it was. */
export type Counted = Readonly<Record<string, number>>

export interface Cost {
  mongo: Counted
  redis: Counted
  /** By method and path. */
  stripe: Counted
}

export interface Counts {
  stack: Stack
  /** What the work costs until all that it led to has come to rest. */
  costOf: (work: () => Promise<unknown>) => Promise<Cost>
  close: () => Promise<void>
}

/** What comes by the clock, and is not what is counted, comes once an hour here. */
const seldom = { SWEEP_EVERY_MS: '3600000', CATCH_UP_EVERY_MS: '3600000' }

/** Remembered for a second or more: how often they are read depends on the time that passes, not on what is done. */
const remembered = new Set(['find tenants', 'find api_keys'])

/** A stack of one gateway and one worker, counted from outside. */
export async function openCounts(): Promise<Counts> {
  const taps: Record<'mongo' | 'redis', Tap | null> = { mongo: null, redis: null }
  const stack = await startStack({
    workerEnv: seldom,
    async via(places) {
      taps.mongo = await openTap(places.mongoUrl, mongoReader)
      taps.redis = await openTap(places.redisUrl, redisReader)
      return { ...places, mongoUrl: taps.mongo.url, redisUrl: taps.redis.url }
    },
  })
  const watching = new Redis(stack.redis.url)
  return {
    stack,
    async costOf(work) {
      taps.mongo?.clear()
      taps.redis?.clear()
      const seen = stack.sandbox.requests().length
      await work()
      await quiet(stack, watching)
      const calls = stack.sandbox.requests().slice(seen)
      return {
        mongo: tally((taps.mongo?.commands() ?? []).filter((name) => !remembered.has(name))),
        redis: tally(taps.redis?.commands() ?? []),
        stripe: tally(calls.map(({ method, path }) => `${method} ${path.replace(/cus_\w+/, '{id}')}`)),
      }
    },
    async close() {
      watching.disconnect()
      await stack.close()
      await taps.mongo?.close()
      await taps.redis?.close()
    },
  }
}

/** Stripe has told all that it has to tell, nothing waits in MongoDB, and no bell hangs. */
async function quiet(stack: Stack, redis: Redis): Promise<void> {
  await atRest(stack)
  await stack.sandbox.settled()
  await atRest(stack)
  await until('no bell hangs', async () => {
    const lists = await Promise.all(
      queueNames.flatMap((name) => [
        redis.llen(`bull:${name}:wait`),
        redis.llen(`bull:${name}:active`),
        redis.zcard(`bull:${name}:prioritized`),
      ]),
    )
    return lists.every((length) => length === 0)
  })
}

/** What is more than it may be, in words; empty where nothing is. What is not named may not be at all. */
export function beyond(cost: Cost, allowed: Cost): string[] {
  return (['mongo', 'redis', 'stripe'] as const).flatMap((where) =>
    Object.entries(cost[where]).flatMap(([name, count]) => {
      const most = allowed[where][name] ?? 0
      return count > most ? [`${where}: ${name} ${count} times, ${most} allowed`] : []
    }),
  )
}

/** All of them together. */
export function sum(counted: Counted): number {
  return Object.values(counted).reduce((total, count) => total + count, 0)
}

function tally(names: readonly string[]): Counted {
  const counted: Record<string, number> = {}
  for (const name of names) counted[name] = (counted[name] ?? 0) + 1
  return counted
}
