// Bringing a database of an older release to this version's shape, on the real database, while others write.

import { randomUUID } from 'node:crypto'
import mongoose from 'mongoose'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import {
  collectionsOf,
  expiry,
  type StoredCustomer,
  storedCustomer,
} from '../../src/store/mongo/collections.ts'
import { migrations } from '../../src/store/mongo/migrations/all.ts'
import {
  leaseMs,
  migrate,
  type MigrateOptions,
  type SchemaRecord,
} from '../../src/store/mongo/migrations/migrate.ts'
import type { Migration } from '../../src/store/mongo/migrations/migration.ts'
import { openMongoStore } from '../../src/store/mongo/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import { pushKeptMs } from '../../src/sync/observe.ts'
import { aCustomer, aPush, at } from './records.ts'

/** `pnpm prove migrations` has a hundred thousand. */
const count = Number(process.env['MIGRATED_CUSTOMERS'] ?? 1_200)
/** One in so many has pushes that wait elsewhere. */
const keptEach = 3
const tenantId = 'default'

const url = inject('mongoUrl')
let name = ''
let store: Store
let connection: mongoose.Connection
beforeAll(async () => {
  connection = await mongoose.createConnection(url).asPromise()
})
afterAll(() => connection.close())
beforeEach(async () => {
  name = `${inject('runName')}-${randomUUID()}`
  store = await openMongoStore({ url, db: name, poolSize: 4 })
  return async () => {
    await store.close()
    await connection.useDb(name).dropDatabase()
  }
})

const database = () => connection.useDb(name).db ?? fail('no database')
const fail = (why: string): never => {
  throw new Error(why)
}
const run = (options: Partial<MigrateOptions> = {}) =>
  migrate(database(), { clock: { now: Date.now }, holder: 'this', dryRun: false, ...options })
const record = () => database().collection<SchemaRecord>('schema').findOne({ _id: 'schema' })

/** Customers as release 0.1.0 left them: no field says that older pushes wait elsewhere. */
async function fill(): Promise<StoredCustomer[]> {
  const { customers, pushes } = collectionsOf(database())
  const all = Array.from({ length: count }, () => storedCustomer(aCustomer(tenantId, { rev: 1 })))
  for (let from = 0; from < all.length; from += 1_000)
    await customers.insertMany(all.slice(from, from + 1_000))
  const kept = all
    .filter((_, index) => index % keptEach === 0)
    .map(({ _id, key }) => ({
      _id: `${tenantId}/ls:update:${key}:1.1`,
      tenant_id: tenantId,
      customer_id: _id,
      push: { ...aPush(`ls:update:${key}:1.1`), ended_at: at },
      expires_at: expiry(Date.now()),
    }))
  for (let from = 0; from < kept.length; from += 1_000)
    await pushes.insertMany(kept.slice(from, from + 1_000))
  return all
}

describe('a database of release 0.1.0', () => {
  test('is brought to this version while callers write, and loses none of what they wrote', {
    timeout: 900_000,
  }, async () => {
    const all = await fill()
    const written = new Map<string, string>()
    let migrating = true
    const writer = async () => {
      for (let turn = 0; migrating; turn++) {
        const customerId = all[(turn * 7) % all.length]?._id ?? ''
        const doc = await store.readCustomer({ tenantId, customerId })
        if (!doc) continue
        const source = `written in turn ${turn}`
        const { kind } = await store.replaceCustomer({ ...doc, source })
        if (kind === 'ok') written.set(customerId, source)
      }
    }
    const writing = writer()
    const outcome = await run().finally(() => {
      migrating = false
    })
    await writing
    const expected = Math.ceil(count / keptEach)
    expect(outcome).toMatchObject({ kind: 'done', from: 1, moves: [{ changed: expected, read: expected }] })
    expect(written.size).toBeGreaterThan(0)
    const { customers } = collectionsOf(database())
    for (const [index, { _id }] of all.entries()) {
      const now = await customers.findOne({ _id }, { projection: { source: 1, kept_pushes_until: 1 } })
      expect([now?.source ?? null, now?.kept_pushes_until]).toEqual([
        written.get(_id) ?? null,
        index % keptEach === 0 ? at + pushKeptMs : undefined,
      ])
      if (index >= 2_000) break
    }
    expect(await record()).toMatchObject({ version: migrations.at(-1)?.version, holder: null, running: null })
    expect(await run()).toMatchObject({ kind: 'done', moves: [] })
  })

  test('only says what would change where it is asked that, and writes nothing', async () => {
    await fill()
    const { customers } = collectionsOf(database())
    const before = await customers.find().sort({ _id: 1 }).toArray()
    const expected = Math.ceil(count / keptEach)
    expect(await run({ dryRun: true })).toMatchObject({
      kind: 'done',
      from: 1,
      moves: [{ changed: expected }],
    })
    expect(await customers.find().sort({ _id: 1 }).toArray()).toEqual(before)
    expect(await record()).toBeNull()
  })
})

test('a new database has this version’s shape already', async () => {
  expect(await run()).toEqual({ kind: 'done', from: 2, to: 2, moves: [] })
})

describe('of several pages', () => {
  const pages = ['a', 'b', 'c', 'd']
  /** A migration that notes its pages; `broken` dies at that one. */
  function migrationOf(seen: string[], broken?: string): Migration {
    return {
      version: 2,
      name: 'pages',
      does: 'goes page by page',
      async page(_collections, after) {
        const next = pages[after === null ? 0 : pages.indexOf(after) + 1] ?? fail('no page')
        if (next === broken) throw new Error('the process dies')
        seen.push(next)
        return { after: next === pages.at(-1) ? null : next, read: 1, changed: 1 }
      },
    }
  }
  beforeEach(async () => {
    await store.insertCustomer(aCustomer(tenantId))
  })

  test('each is done once, though the first process died in the middle; another waits for its lease', async () => {
    const seen: string[] = []
    const dying = run({ migrations: [migrationOf(seen, 'c')], holder: 'first', clock: { now: () => at } })
    await expect(dying).rejects.toThrow('the process dies')
    const second = { migrations: [migrationOf(seen)], holder: 'second' }
    expect(await run({ ...second, clock: { now: () => at + leaseMs - 1 } })).toEqual({
      kind: 'elsewhere',
      until: at + leaseMs,
    })
    expect(await run({ ...second, clock: { now: () => at + leaseMs + 1 } })).toMatchObject({
      kind: 'done',
      moves: [{ name: 'pages', read: 4, changed: 4 }],
    })
    expect(seen).toEqual(pages)
  })

  test('one that lost its turn notes nothing more', async () => {
    const seen: string[] = []
    const slow: Migration = {
      ...migrationOf(seen),
      async page(collections, after, mode) {
        if (after === 'b')
          await run({
            migrations: [migrationOf([])],
            holder: 'other',
            clock: { now: () => at + 2 * leaseMs },
          })
        return migrationOf(seen).page(collections, after, mode)
      },
    }
    expect(await run({ migrations: [slow], clock: { now: () => at } })).toMatchObject({ kind: 'elsewhere' })
    expect((await record())?.done).toHaveLength(1)
  })

  test('one that is told to stop ends after its page, and goes on later', async () => {
    const seen: string[] = []
    const stopping = new AbortController()
    const tell = ({ read }: { read: number }) => read === 2 && stopping.abort()
    expect(await run({ migrations: [migrationOf(seen)], tell, signal: stopping.signal })).toEqual({
      kind: 'stopped',
    })
    expect(seen).toEqual(['a', 'b'])
    expect(await run({ migrations: [migrationOf(seen)] })).toMatchObject({ kind: 'done' })
    expect(seen).toEqual(pages)
  })
})

test('the versions of the migrations go up by one', () => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 2))
})
