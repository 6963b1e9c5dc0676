// Owns the way to the database: one pool with fixed limits in time and size, and the store on top of it.
// Promises: writes resolve when a majority has them on disk, reads come from the primary and show nothing that can be
// rolled back; nothing is buffered while the database is away; no call waits without limit.

import mongoose from 'mongoose'
import type { Store } from '../store.ts'
import { readBacklog } from './backlog.ts'
import { collectionsOf } from './collections.ts'
import { mongoCustomers } from './customers.ts'
import { mongoEventLog } from './event-log.ts'
import { told, translated } from './failures.ts'
import { ensureIndexes } from './indexes.ts'
import { mongoOperations } from './operations.ts'
import { mongoReconciliations } from './reconciliations.ts'
import { modelsOf } from './schemas.ts'
import { mongoStripeEvents } from './stripe-events.ts'
import { mongoTenants } from './tenants.ts'

export interface MongoStoreOptions {
  /** MongoDB's connection string. */
  url: string
  /** Name of the database. Default: the one in `url`, else `lockstep`. */
  db?: string
  /** Connections at most: how many calls are under way at once. */
  poolSize: number
  /** Shown in the database's own logs and connection lists. */
  appName?: string
  /** A call that got no answer for so long (ms) ends as StoreUnavailable. */
  timeoutMs?: number
}

/** Long enough for a count over a large backlog, short enough that a caller still hears a 503 (ms). */
const defaultTimeoutMs = 10_000
/** How long a call waits for a reachable primary before the database counts as away (ms). */
const selectionMs = 2_000

/**
 * A store that answered once and has its indexes.
 * @throws StoreUnavailable where the database is away now: try again.
 */
export async function openMongoStore(options: MongoStoreOptions): Promise<Store> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  const connection = mongoose.createConnection(options.url, {
    dbName: options.db ?? databaseOf(options.url) ?? 'lockstep',
    maxPoolSize: options.poolSize,
    ...(options.appName !== undefined && { appName: options.appName }),
    serverSelectionTimeoutMS: selectionMs,
    connectTimeoutMS: selectionMs,
    socketTimeoutMS: timeoutMs,
    waitQueueTimeoutMS: timeoutMs,
    readPreference: 'primary',
    readConcern: { level: 'majority' },
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: timeoutMs },
    // Absent stays absent: unique partial indexes would take a null for a value.
    ignoreUndefined: true,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
  })
  try {
    await connection.asPromise()
    const { db } = connection
    if (!db) throw new Error('bug: an open connection without a database')
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
    ...mongoTenants(collections, modelsOf(connection)),
    ...mongoReconciliations(collections),
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

/** The database that the connection string names, if any. */
function databaseOf(url: string): string | null {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]*\/([^?]*)/.exec(url)?.[1]
  return path ? decodeURIComponent(path) : null
}
