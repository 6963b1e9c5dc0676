// Owns: the doors of this package: a MongoDB and a Redis for development, demonstrations and tests.
// Promises: see README.md; the order of providers is the order of the two lists below.
import { completeOptions, type LocalService, type LocalServiceOptions } from './local-service.ts'
import { mongoStandIn } from './mongo/stand-in/mongo-stand-in.ts'
import { firstThatServes } from './provider.ts'
import { redisBinary } from './redis/redis-binary.ts'
import { redisPackage } from './redis/redis-package.ts'

export type { LocalService, LocalServiceOptions } from './local-service.ts'

/** A MongoDB that answers. @throws one Error that lists every provider tried, why it failed and what to install. */
export function startMongo(options?: LocalServiceOptions): Promise<LocalService> {
  return firstThatServes('MongoDB', [mongoStandIn], completeOptions(options))
}

/** A Redis that answers. @throws one Error that lists every provider tried, why it failed and what to install. */
export function startRedis(options?: LocalServiceOptions): Promise<LocalService> {
  return firstThatServes('Redis', [redisBinary, redisPackage], completeOptions(options))
}
