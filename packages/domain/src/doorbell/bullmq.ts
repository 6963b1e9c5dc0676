// Owns the doorbells as BullMQ jobs: the job's data is the subject's key and nothing else.
// Promises: of many rings for one subject one job waits, and a ring while its job is active makes another run
// afterwards (`keepLastIfActive`). A ring never throws, never outlives its time limit, and answers false where Redis is
// away; it may have landed all the same, which costs one look. Redis may be away at the start, go, come back empty.

import { Queue, type JobsOptions } from 'bullmq'
import { type Clock, systemClock } from '../clock/clock.ts'
import { type Doorbell, keptJobs, type QueueName, type Subject, subjectKey } from './doorbell.ts'
import type { RedisClient } from './redis.ts'
import { shardOf, shardPrefixes } from './shards.ts'

export interface BullDoorbellOptions {
  /** Of purpose `producer`; whoever opened it ends it, after `close`. */
  redis: RedisClient
  /** Each queue is made of so many (shards.ts). Default: one. */
  shards?: number
  clock?: Clock
}

/** The whole ring, however many subjects, takes no longer (ms): the sweeper makes up for a lost one. */
const ringMs = 1_000
/** Jobs to one transaction: Redis serves nobody else meanwhile, and 500 take it about 20 ms. */
const bulkMax = 500

/** The doorbell over this client. */
export function openBullDoorbell(options: BullDoorbellOptions): Doorbell & { close(): Promise<void> } {
  const { redis, shards = 1, clock = systemClock } = options
  const prefixes = shardPrefixes(shards)
  const queues = new Map<string, Promise<Queue>>()

  /** A Queue that was built while Redis is away waits for ever, so it is built once the client is ready. */
  function queueOf(name: QueueName, shard: number): Promise<Queue> {
    const place = `${name} ${shard}`
    const known = queues.get(place)
    if (known) return known
    const queue = new Queue(name, { connection: redis, prefix: prefixes[shard] ?? prefixes[0] })
    // The client's status tells of a lost connection; an `error` without a listener would end the process.
    queue.on('error', () => undefined)
    const built = queue.waitUntilReady().then(() => queue)
    queues.set(place, built)
    built.catch(() => {
      // Broken while it was built: the next ring builds another.
      queues.delete(place)
      queue.close().catch(() => undefined)
    })
    return built
  }

  async function add(name: QueueName, subjects: Subject[], calm: boolean): Promise<true> {
    const keys = new Set(subjects.map(subjectKey))
    const parted = Map.groupBy(keys, (key) => shardOf(key, shards))
    await Promise.all([...parted].map(([shard, ofShard]) => addTo(name, shard, ofShard, calm)))
    return true
  }

  async function addTo(name: QueueName, shard: number, keys: string[], calm: boolean): Promise<void> {
    const queue = await queueOf(name, shard)
    const jobs = keys.map((key) => ({ name, data: { subject: key }, opts: jobOptions(key, calm) }))
    for (let from = 0; from < jobs.length; from += bulkMax)
      await queue.addBulk(jobs.slice(from, from + bulkMax))
  }

  return {
    async ring(name, subjects, { calm = false } = {}) {
      if (subjects.length === 0) return true
      if (redis.status !== 'ready') return false
      const over = new AbortController()
      const late = clock.sleep(ringMs, over.signal).then(() => false)
      try {
        return await Promise.race([add(name, subjects, calm), late])
      } catch {
        return false
      } finally {
        over.abort()
      }
    },
    async close() {
      const closing = [...queues.values()].map((queue) => queue.then((built) => built.close()))
      // A queue whose Redis went while it was built is never ready; it holds nothing but the client.
      const over = new AbortController()
      await Promise.race([Promise.allSettled(closing), clock.sleep(ringMs, over.signal)])
      over.abort()
    },
  }
}

/** BullMQ takes jobs of no priority first, then those of one. */
const calmPriority = 1

function jobOptions(key: string, calm: boolean): JobsOptions {
  return {
    // Retries and back-off are kept in the database; a delay held here would make new work wait behind old.
    attempts: 1,
    deduplication: { id: calm ? `calm/${key}` : key, keepLastIfActive: true },
    ...(calm && { priority: calmPriority }),
    removeOnComplete: keptJobs,
    removeOnFail: keptJobs,
  }
}
