// Owns how a client of Redis is made: one way for each purpose.
// Promises: a producer never waits for a Redis that is away; a worker and a subscriber wait as long as it takes, and
// are back within two seconds of it. A lost connection is no exception anywhere: `status` tells it.

import { Cluster, Redis, type RedisOptions } from 'ioredis'

/**
 * producer: commands that fail at once. worker: for BullMQ's workers, which wait. subscriber: takes in messages and
 * can send no other commands.
 */
export type RedisPurpose = 'producer' | 'worker' | 'subscriber'

/** A local Redis answers in under a millisecond; one that takes a second is as good as away (ms). */
const commandMs = 1_000
/** How long one attempt to connect may take (ms). */
const connectMs = 2_000
/** Attempts come ever later, but never more than this apart: recovery is promised within 10 s (ms). */
const retryMaxMs = 2_000
/** What each further attempt waits longer (ms). */
const retryStepMs = 50
/** Idle time after which the connection's other end is checked (ms): it may have gone without a word. */
const keepAliveMs = 10_000

const optionsFor = {
  producer: { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: commandMs },
  // BullMQ insists on null: its blocking reads outlive any outage.
  worker: { maxRetriesPerRequest: null },
  subscriber: { maxRetriesPerRequest: null, autoResubscribe: true },
} satisfies Record<RedisPurpose, RedisOptions>

/** One Redis, or the nodes of a Redis Cluster. */
export type RedisClient = Redis | Cluster

/** The addresses in a text: one of a Redis, several (separated by commas) of nodes of a Redis Cluster. Empty where one is none. */
export function redisAddresses(text: string): URL[] {
  const urls = text.split(',').map((part) => URL.parse(part.trim()))
  const good = urls.flatMap((url) => (url && /^rediss?:$/.test(url.protocol) && url.hostname ? [url] : []))
  return good.length === urls.length ? good : []
}

/** A client that connects, and connects again, by itself. Whoever opens it ends it by `disconnect()`. */
export function openRedis(addresses: string, purpose: RedisPurpose): RedisClient {
  const retry = (attempt: number) => Math.min(attempt * retryStepMs, retryMaxMs)
  const options = {
    ...optionsFor[purpose],
    connectionName: `lockstep-${purpose}`,
    connectTimeout: connectMs,
    keepAlive: keepAliveMs,
  }
  const [first, ...others] = redisAddresses(addresses)
  const redis =
    first && others.length > 0
      ? new Cluster(
          [first, ...others].map(({ hostname: host, port }) => ({ host, port: Number(port || defaultPort) })),
          {
            redisOptions: { ...options, ...credentialsOf(first) },
            enableOfflineQueue: purpose !== 'producer',
            clusterRetryStrategy: retry,
          },
        )
      : new Redis(addresses, { ...options, retryStrategy: retry })
  // Without a listener each failed attempt would be written to the console.
  redis.on('error', () => undefined)
  return redis
}

const defaultPort = 6379

/** All nodes of a cluster take the same. */
function credentialsOf({
  protocol,
  username,
  password,
}: URL): Pick<RedisOptions, 'username' | 'password' | 'tls'> {
  return {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  }
}
