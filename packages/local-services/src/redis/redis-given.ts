// Owns: the provider for a Redis that somebody named in REDIS_URL.
// Promises: it is used or it is an error; nothing in it is changed, started or stopped here; no password is shown.
import { Redis } from 'ioredis'
import { givenService, placeOf } from '../given.ts'
import type { Provider } from '../provider.ts'
import { Unavailable } from '../provider.ts'

/** A server that was named answers within this or is not there. */
const answerMs = 3_000

/** The Redis of REDIS_URL. */
export const redisGiven: Provider = {
  name: 'REDIS_URL',
  start: async (request) => {
    const url = request.env.REDIS_URL
    if (!url) throw new Unavailable('not set', 'set it to a Redis you have')
    await askRedis(url, (client) => client.ping()).catch((error: unknown) => {
      throw new Error(`REDIS_URL names ${placeOf(url)}, which does not answer: start it or unset REDIS_URL`, {
        cause: error,
      })
    })
    request.announce(`Redis at ${placeOf(url)} (REDIS_URL)`)
    return givenService(url, 'REDIS_URL')
  },
}

/** One question to the Redis at `url`, on a connection of its own. @throws where it does not answer within 3 s. */
export async function askRedis<T>(url: string, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: answerMs,
    commandTimeout: answerMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  // Without a listener each refused connection would be printed; the caller hears of it anyway.
  client.on('error', () => {})
  try {
    await client.connect()
    return await question(client)
  } finally {
    client.disconnect()
  }
}
