// Owns: the doors of this package: a MongoDB, a Redis and a browser for development, demonstrations and tests.
// Promises: providers are asked in the order that provider-order.ts lists.
import { completeOptions, type LocalService, type LocalServiceOptions } from './local-service.ts'
import { mongoProviders, redisProviders } from './provider-order.ts'
import { firstThatServes } from './provider.ts'

export { findChromium, type Chromium } from './browser/chromium.ts'
export type { LocalService, LocalServiceOptions } from './local-service.ts'
export { freePort } from './process/free-port.ts'
export { startTestMongo, startTestRedis } from './test-services.ts'

/** A MongoDB that answers. @throws one Error that lists every provider tried, why it failed and what to install. */
export function startMongo(options?: LocalServiceOptions): Promise<LocalService> {
  return firstThatServes('MongoDB', mongoProviders, completeOptions(options))
}

/** A Redis that answers. @throws one Error that lists every provider tried, why it failed and what to install. */
export function startRedis(options?: LocalServiceOptions): Promise<LocalService> {
  return firstThatServes('Redis', redisProviders, completeOptions(options))
}
