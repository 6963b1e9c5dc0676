// Owns the store on top of a connection.
// Promises: an open one has answered once, and has its indexes; whatever the database says of its absence is StoreUnavailable.

import type mongoose from 'mongoose'
import type { Store } from '../store.ts'
import { mongoAudit } from './audit.ts'
import { readBacklog } from './backlog.ts'
import { collectionsOf } from './collections.ts'
import { connect, type MongoStoreOptions } from './connect.ts'
import { mongoCustomers } from './customers.ts'
import { mongoDeliveries } from './deliveries.ts'
import { mongoEventLog } from './event-log.ts'
import { told, translated } from './failures.ts'
import { ensureIndexes } from './indexes.ts'
import { mongoMirrors } from './mirrors.ts'
import { mongoOperations } from './operations.ts'
import { mongoPortalLinks } from './portal-links.ts'
import { mongoReconciliations } from './reconciliations.ts'
import { modelsOf } from './schemas.ts'
import { mongoStripeCalls } from './stripe-calls.ts'
import { mongoStripeEvents } from './stripe-events.ts'
import { mongoTenants } from './tenants.ts'

/**
 * A store that answered once and has its indexes.
 * @throws StoreUnavailable where the database is away now: try again.
 */
export async function openMongoStore(options: MongoStoreOptions): Promise<Store> {
  const { connection, db } = await connect(options)
  try {
    await ensureIndexes(db)
    return storeOn(connection, db)
  } catch (error) {
    await connection.close(true).catch(() => undefined)
    throw told(error)
  }
}

function storeOn(connection: mongoose.Connection, db: mongoose.mongo.Db): Store {
  const collections = collectionsOf(db)
  return translated<Store>({
    ...mongoCustomers(collections),
    ...mongoOperations(collections),
    ...mongoStripeEvents(collections),
    ...mongoEventLog(collections),
    ...mongoDeliveries(collections),
    ...mongoStripeCalls(collections),
    ...mongoAudit(collections),
    ...mongoTenants(collections, modelsOf(connection)),
    ...mongoReconciliations(collections),
    ...mongoMirrors(collections),
    ...mongoPortalLinks(collections),
    async ping() {
      // Not the `ping` command: one engine answers that while its own database is away.
      await collections.counters.findOne({ _id: 'operations' })
    },
    backlog: () => readBacklog(collections),
    async close() {
      await connection.close()
    },
  })
}
