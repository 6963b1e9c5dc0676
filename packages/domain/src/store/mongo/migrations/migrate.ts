// Owns the running of migrations: which are due, one process at a time, page by page.
// Promises: whatever dies, the next run goes on at the page that was not noted as done, and a page done twice changes nothing
// more; customers are written by the fence, so readers and writers of this version may go on meanwhile.

import type { mongo } from 'mongoose'
import type { Clock } from '../../../clock/clock.ts'
import { type Collections, collectionsOf } from '../collections.ts'
import { connect, type MongoStoreOptions } from '../connect.ts'
import { told } from '../failures.ts'
import { insertOne } from '../writes.ts'
import { firstVersion, migrations as all } from './all.ts'
import type { Migration } from './migration.ts'

/** What stands in the database about itself. One document. */
export interface SchemaRecord {
  _id: 'schema'
  version: number
  /** The process that migrates; anybody may where `leased_until` has passed (ms). */
  holder: string | null
  leased_until: number
  /** The migration under way, and the page that was done last. */
  running: { version: number; after: string | null; read: number; changed: number } | null
  done: { version: number; name: string; at: number; changed: number }[]
}

export interface MigrateOptions {
  clock: Pick<Clock, 'now'>
  /** Unlike any other process's. */
  holder: string
  /** Counts what would change, and writes nothing. */
  dryRun: boolean
  /** Hears of every page. */
  tell?: (progress: Progress) => void
  /** Aborted: it ends after the page that it has begun. */
  signal?: AbortSignal
  /** For tests; by default those of this version. */
  migrations?: readonly Migration[]
}

export interface Progress {
  name: string
  read: number
  changed: number
}

/** elsewhere: another process is at it until its lease ends, if it does not go on. stopped: by `signal`, to be run again. */
export type MigrateOutcome =
  | { kind: 'done'; from: number; to: number; moves: Progress[] }
  | { kind: 'elsewhere'; until: number }
  | { kind: 'stopped' }

/** Longer than any page takes; a process that stalled for longer finds that it lost its turn (ms). */
export const leaseMs = 60_000

/** Opens the database, brings it to this version's shape, and closes it. @throws StoreUnavailable */
export async function migrateDatabase(
  { url, db: name }: Pick<MongoStoreOptions, 'url' | 'db'>,
  options: MigrateOptions,
): Promise<MigrateOutcome> {
  const { connection, db } = await connect({
    url,
    poolSize: 2,
    appName: 'lockstep-migrate',
    ...(name !== undefined && { db: name }),
  })
  try {
    return await migrate(db, options)
  } catch (error) {
    throw told(error)
  } finally {
    await connection.close()
  }
}

/** Runs what is due. */
export async function migrate(db: mongo.Db, options: MigrateOptions): Promise<MigrateOutcome> {
  const records = db.collection<SchemaRecord>('schema')
  const collections = collectionsOf(db)
  const list = options.migrations ?? all
  const newest = list.at(-1)?.version ?? firstVersion
  const known = await readRecord(records, collections, { newest, dryRun: options.dryRun })
  const due = list.filter(({ version }) => version > known.version)
  if (options.dryRun) {
    const moves: Progress[] = []
    for (const each of due) moves.push(await counted(each, collections, options))
    return { kind: 'done', from: known.version, to: newest, moves }
  }
  if (due.length === 0) return { kind: 'done', from: known.version, to: newest, moves: [] }
  const turn = await takeTurn(records, known, options)
  if (!turn) return { kind: 'elsewhere', until: known.leased_until }
  const moves: Progress[] = []
  for (const each of due) {
    const moved = await run(each, { collections, records, turn, options })
    if (typeof moved === 'string') return moved === 'lost' ? elsewhere(records) : { kind: 'stopped' }
    moves.push(moved)
  }
  await records.updateOne(
    { _id: 'schema', holder: options.holder },
    { $set: { holder: null, leased_until: 0 } },
  )
  return { kind: 'done', from: known.version, to: newest, moves }
}

/** An empty database has this version's shape already; one with customers and no record is release 0.1.0's. */
async function readRecord(
  records: mongo.Collection<SchemaRecord>,
  { customers }: Collections,
  { newest, dryRun }: { newest: number; dryRun: boolean },
): Promise<SchemaRecord> {
  const found = await records.findOne({ _id: 'schema' })
  if (found) return found
  const version = (await customers.findOne({}, { projection: { _id: 1 } })) ? firstVersion : newest
  const first: SchemaRecord = {
    _id: 'schema',
    version,
    holder: null,
    leased_until: 0,
    running: null,
    done: [],
  }
  if (dryRun) return first
  await insertOne(records, first)
  return (await records.findOne({ _id: 'schema' })) ?? first
}

async function takeTurn(
  records: mongo.Collection<SchemaRecord>,
  { holder, leased_until, running }: SchemaRecord,
  options: MigrateOptions,
): Promise<Pick<SchemaRecord, 'running'> | null> {
  const now = options.clock.now()
  if (holder !== null && holder !== options.holder && leased_until > now) return null
  const { matchedCount } = await records.updateOne(
    { _id: 'schema', holder, leased_until },
    { $set: { holder: options.holder, leased_until: now + leaseMs } },
  )
  return matchedCount === 0 ? null : { running }
}

async function run(
  migration: Migration,
  around: {
    collections: Collections
    records: mongo.Collection<SchemaRecord>
    turn: Pick<SchemaRecord, 'running'>
    options: MigrateOptions
  },
): Promise<Progress | 'lost' | 'stopped'> {
  const { collections, records, turn, options } = around
  const { version, name } = migration
  let at = turn.running?.version === version ? turn.running : { version, after: null, read: 0, changed: 0 }
  for (;;) {
    if (options.signal?.aborted) return 'stopped'
    const page = await migration.page(collections, at.after, 'change')
    at = { version, after: page.after, read: at.read + page.read, changed: at.changed + page.changed }
    const now = options.clock.now()
    const ended = page.after === null
    const note = ended
      ? {
          $set: { version, running: null, leased_until: now + leaseMs },
          $push: { done: { version, name, at: now, changed: at.changed } },
        }
      : { $set: { running: at, leased_until: now + leaseMs } }
    const { matchedCount } = await records.updateOne({ _id: 'schema', holder: options.holder }, note)
    const progress = { name, read: at.read, changed: at.changed }
    options.tell?.(progress)
    if (matchedCount === 0) return 'lost'
    if (ended) return progress
  }
}

async function counted(
  { name, page }: Migration,
  collections: Collections,
  { tell }: MigrateOptions,
): Promise<Progress> {
  const progress: Progress = { name, read: 0, changed: 0 }
  for (let after: string | null = null; ; ) {
    const done = await page(collections, after, 'count')
    progress.read += done.read
    progress.changed += done.changed
    tell?.({ ...progress })
    if (done.after === null) return progress
    after = done.after
  }
}

async function elsewhere(records: mongo.Collection<SchemaRecord>): Promise<MigrateOutcome> {
  const found = await records.findOne({ _id: 'schema' })
  return { kind: 'elsewhere', until: found?.leased_until ?? 0 }
}
