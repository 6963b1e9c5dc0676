// Owns the connection to the database: one pool with fixed limits in time and size.
// Promises: writes resolve when a majority has them on disk, reads come from the primary and show nothing that can be
// rolled back; nothing is buffered while the database is away; no call waits without limit.

import mongoose from 'mongoose'
import { told } from './failures.ts'

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

/** A connection that is open, and its database. @throws StoreUnavailable where it is away now: try again. */
export async function connect(
  options: MongoStoreOptions,
): Promise<{ connection: mongoose.Connection; db: mongoose.mongo.Db }> {
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
    return { connection, db }
  } catch (error) {
    await connection.close(true).catch(() => undefined)
    throw told(error)
  }
}

/** The database that the connection string names, if any. */
function databaseOf(url: string): string | null {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]*\/([^?]*)/.exec(url)?.[1]
  return path ? decodeURIComponent(path) : null
}
