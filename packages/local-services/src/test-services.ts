// Owns: the services that tests may flush, kill and drop.
// Promises: MONGO_URL and REDIS_URL are never used. A service is either started here, or named by
// TEST_MONGO_URL / TEST_REDIS_URL and marked, inside itself, as one that may be destroyed.
import { type Document, MongoClient } from 'mongodb'
import { givenService, placeOf } from './given.ts'
import {
  completeOptions,
  type LocalService,
  type LocalServiceOptions,
  type Request,
} from './local-service.ts'
import { mongoProviders, redisProviders } from './provider-order.ts'
import { firstThatServes } from './provider.ts'
import { askRedis } from './redis/redis-given.ts'

/** The Redis key that allows tests, and the value of both markers. */
const redisMarker = 'lockstep:test-marker'
const allowed = 'may-be-destroyed'
/** A named server answers within this or is not there. */
const answerMs = 3_000

/** A MongoDB for tests. @throws Error where TEST_MONGO_URL names one without the marker, with the way to set it. */
export async function startTestMongo(options?: LocalServiceOptions): Promise<LocalService> {
  const request = completeOptions(options)
  const url = request.env.TEST_MONGO_URL
  if (!url) return firstThatServes('MongoDB', mongoProviders, withoutRealOnes(request))
  refuseTheRealOne('MONGO_URL', request.env)
  if ((await mongoMarker(url)) !== allowed) {
    throw new Error(
      `TEST_MONGO_URL names ${placeOf(url)}, which is not marked for tests: they would drop what is in it. To allow that:\n` +
        `  mongosh "$TEST_MONGO_URL" --eval 'db.getSiblingDB("lockstep_test_marker").marker.insertOne({ _id: "${allowed}" })'`,
    )
  }
  request.announce(`MongoDB at ${placeOf(url)} (TEST_MONGO_URL, marked for tests)`)
  return givenService(url, 'TEST_MONGO_URL')
}

/** A Redis for tests. @throws Error where TEST_REDIS_URL names one without the marker, with the way to set it. */
export async function startTestRedis(options?: LocalServiceOptions): Promise<LocalService> {
  const request = completeOptions(options)
  const url = request.env.TEST_REDIS_URL
  if (!url) return firstThatServes('Redis', redisProviders, withoutRealOnes(request))
  refuseTheRealOne('REDIS_URL', request.env)
  if ((await askRedis(url, (client) => client.get(redisMarker))) !== allowed) {
    throw new Error(
      `TEST_REDIS_URL names ${placeOf(url)}, which is not marked for tests: they would flush it. To allow that:\n` +
        `  redis-cli -u "$TEST_REDIS_URL" set ${redisMarker} ${allowed}`,
    )
  }
  request.announce(`Redis at ${placeOf(url)} (TEST_REDIS_URL, marked for tests)`)
  return {
    ...givenService(url, 'TEST_REDIS_URL'),
    // FLUSHALL, the tests' own tool, takes the marker along: the next run finds it again.
    stop: async () => {
      await askRedis(url, (client) => client.set(redisMarker, allowed))
    },
  }
}

/** The request without the two URLs, so that the first provider has nothing to offer. */
function withoutRealOnes(request: Request): Request {
  const { MONGO_URL: _mongo, REDIS_URL: _redis, ...env } = request.env
  return { ...request, env }
}

/** A marker set by mistake on the real one must not cost the data. */
function refuseTheRealOne(variable: 'MONGO_URL' | 'REDIS_URL', env: NodeJS.ProcessEnv): void {
  const hosts = (url: string | undefined) => (url ? placeOf(url).split(',') : [])
  const real = new Set(hosts(env[variable]))
  const common = hosts(env[`TEST_${variable}`]).find((host) => real.has(host))
  if (common === undefined) return
  throw new Error(`TEST_${variable} and ${variable} both name ${common}: tests never touch it`)
}

/** The marker document's id, or undefined. */
async function mongoMarker(url: string): Promise<unknown> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: answerMs })
  try {
    const marker = client.db('lockstep_test_marker').collection<Document & { _id: string }>('marker')
    return (await marker.findOne({ _id: allowed }))?._id
  } finally {
    await client.close()
  }
}
