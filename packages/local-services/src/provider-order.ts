// Owns: which providers there are, and their order.
// Promises: what somebody set comes first, what costs least follows, what has to be fetched or built is last.
import { mongoGiven } from './mongo/mongo-given.ts'
import { mongoInDocker } from './mongo/mongo-in-docker.ts'
import { mongodBinary } from './mongo/mongod.ts'
import { mongoStandIn } from './mongo/stand-in/mongo-stand-in.ts'
import type { Provider } from './provider.ts'
import { redisBinary } from './redis/redis-binary.ts'
import { redisGiven } from './redis/redis-given.ts'
import { redisInDocker } from './redis/redis-in-docker.ts'
import { redisPackage } from './redis/redis-package.ts'

/** Ways to a MongoDB. */
export const mongoProviders: Provider[] = [mongoGiven, mongoInDocker, mongodBinary, mongoStandIn]

/** Ways to a Redis. */
export const redisProviders: Provider[] = [redisGiven, redisInDocker, redisBinary, redisPackage]
