// Owns what the gateway opens to the outside: the database, and Redis for bells, notices and the board.
// Promises: waits for the database as long as it takes (nothing can be accepted without it), never for Redis.

import { type Clock, systemClock } from '@lockstep/domain/clock/clock'
import { openBullDoorbell } from '@lockstep/domain/doorbell/bullmq'
import type { Doorbell, Notice, Notices } from '@lockstep/domain/doorbell/doorbell'
import { openNotices, openNoticeSubscriber } from '@lockstep/domain/doorbell/notices'
import { openRedis } from '@lockstep/domain/doorbell/redis'
import { openMongoStore } from '@lockstep/domain/store/mongo/open-store'
import { type Store, StoreUnavailable } from '@lockstep/domain/store/store'
import { type BudgetUse, readBudget } from '@lockstep/domain/stripe/redis-slots'
import type { RequestHandler } from 'express'
import type { GatewayConfig } from './config.ts'
import type { Log } from './log-events.ts'
import { openQueueBoard } from './ops/queues.ts'

/** Connections: four flushes that write, and a few dozen readers beside them. */
const poolSize = 32
/** Between two tries to reach a database that is away at the start (ms). */
const reopenMs = 1_000

export interface Ports {
  store: Store
  doorbell: Doorbell
  notices: Notices
  redisUp: () => boolean
  readBudget: (accounts: string[]) => Promise<BudgetUse[]>
  queueBoard: RequestHandler
  onNotice: (listener: (notice: Notice) => void) => void
  close: () => Promise<void>
}

/** Everything open, or null where `stop` aborted before the database was there. */
export async function openPorts(config: GatewayConfig, log: Log, stop: AbortSignal): Promise<Ports | null> {
  const store = await openStore(config, { log, stop, clock: systemClock })
  if (!store) return null
  const producer = openRedis(config.redisUrl, 'producer')
  const subscriber = openRedis(config.redisUrl, 'subscriber')
  const doorbell = openBullDoorbell({ redis: producer, shards: config.queueShards })
  const heard = openNoticeSubscriber({ redis: subscriber })
  const board = openQueueBoard({ redis: producer, shards: config.queueShards, basePath: '/ops/queues' })
  return {
    store,
    doorbell,
    notices: openNotices({ redis: producer }),
    redisUp: () => producer.status === 'ready',
    readBudget: (accounts) => readBudget(producer, accounts),
    queueBoard: board.handler,
    onNotice: (listener) => void heard.onNotice(listener),
    async close() {
      await board.close()
      await heard.close()
      await doorbell.close()
      subscriber.disconnect()
      producer.disconnect()
      await store.close()
    },
  }
}

async function openStore(
  config: GatewayConfig,
  { log, stop, clock }: { log: Log; stop: AbortSignal; clock: Clock },
): Promise<Store | null> {
  while (!stop.aborted) {
    try {
      return await openMongoStore({ url: config.mongoUrl, poolSize, appName: 'lockstep-gateway' })
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
      log.storeAway()
      await clock.sleep(reopenMs, stop)
    }
  }
  return null
}
