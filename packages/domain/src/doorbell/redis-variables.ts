// Owns the two variables on which gateways and workers must agree: where Redis is, and of how many queues each queue is made.

import { z } from 'zod'
import { redisAddresses } from './redis.ts'

const redisUrlNeeded = 'must be a URL like redis://127.0.0.1:6379, or several for a cluster'

/** One Redis, or nodes of a Redis Cluster. */
export const redisUrlVariable = z
  .string(redisUrlNeeded)
  .refine((text) => redisAddresses(text).length > 0, redisUrlNeeded)

/** Shards of each queue (shards.ts). */
export const queueShardsVariable = z.coerce.number().int().min(1).max(256).default(1)

/** What of the two does not go together, for a message that begins with QUEUE_SHARDS; null where they do. */
export function shardsProblem(redisUrl: string | undefined, queueShards: number): string | null {
  return redisAddresses(redisUrl ?? '').length > 1 && queueShards === 1
    ? 'must be 2 or more on a Redis Cluster: one queue lives on one of its nodes'
    : null
}
