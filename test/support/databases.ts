// Owns the one MongoDB and the one Redis of a test run.
// Promises: they are started here and gone afterwards, or they are the ones that TEST_MONGO_URL and TEST_REDIS_URL
// name and whose marker allows it. Each test file takes a database and a Redis prefix of its own name.

import { randomBytes } from 'node:crypto'
import { type LocalService, startTestMongo, startTestRedis } from '@lockstep/local-services'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The MongoDB of this run. */
    mongoUrl: string
    /** The Redis of this run. Never flush it: other files use it; start one of your own for that. */
    redisUrl: string
    /** Unlike any other run's, nine letters and digits: databases and Redis prefixes start with it. */
    runName: string
  }
}

/** Starts both; resolves to the way to stop them. */
export default async function startServices(project: TestProject): Promise<() => Promise<void>> {
  const started: LocalService[] = []
  const stop = async () => {
    await Promise.all(started.map((service) => service.stop()))
  }
  const urlOf = async (starting: Promise<LocalService>) => {
    const service = await starting
    started.push(service)
    return service.url
  }
  const urls = await Promise.allSettled([urlOf(startTestMongo()), urlOf(startTestRedis())])
  const [mongo, redis] = urls
  if (mongo.status === 'rejected' || redis.status === 'rejected') {
    await stop()
    throw new AggregateError(urls.flatMap((url) => (url.status === 'rejected' ? [url.reason] : [])))
  }
  project.provide('mongoUrl', mongo.value)
  project.provide('redisUrl', redis.value)
  project.provide('runName', `t${randomBytes(4).toString('hex')}`)
  return stop
}
