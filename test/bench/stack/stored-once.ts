// Owns the second phase of a benchmark: everything that was acknowledged is in the database, once.

import { collectionsOf, type Collections } from '@lockstep/domain/store/mongo/collections'
import { connect } from '@lockstep/domain/store/mongo/connect'

/** A record that a load left behind. */
export interface StoredRecord {
  /** What its sender calls it: the event's id, the Idempotency-Key. */
  name: string
  /** The record's own id. */
  id: string
}

/** Everything of a load that was acknowledged: the sender's name → the id that stood in the answer. */
export type Acknowledged = ReadonlyMap<string, string>

/**
 * What went wrong of a load that was stored, in words; empty where nothing did. One record that was read twice is one record:
 * a cursor may meet it again where it was changed meanwhile. Pure.
 */
export function faultsOf(acknowledged: Acknowledged, stored: Iterable<StoredRecord>): string[] {
  const records = new Map<string, Set<string>>()
  for (const { name, id } of stored) records.set(name, (records.get(name) ?? new Set()).add(id))
  const faults: string[] = []
  for (const [name, id] of acknowledged) {
    const found = records.get(name) ?? new Set()
    if (found.size === 0) faults.push(`${name} was acknowledged and is lost`)
    else if (found.size > 1) faults.push(`${name} is stored ${found.size} times`)
    else if (!found.has(id)) faults.push(`${name} was acknowledged as ${id} and stands as another record`)
  }
  for (const name of records.keys())
    if (!acknowledged.has(name)) faults.push(`${name} is stored unacknowledged`)
  return faults
}

/** Enough to see what kind of fault it is. */
const shownMax = 5

/**
 * Compares what was acknowledged with what `read` finds in the database. @throws where one is lost, doubled or unknown: a run
 * that loses something fails, whatever its speed.
 */
export async function proveStoredOnce(
  mongoUrl: string,
  acknowledged: Acknowledged,
  read: (collections: Collections) => AsyncIterable<StoredRecord>,
): Promise<void> {
  await withCollections(mongoUrl, async (collections) => {
    const stored: StoredRecord[] = []
    for await (const record of read(collections)) stored.push(record)
    const faults = faultsOf(acknowledged, stored)
    if (faults.length === 0) return
    throw new Error(`${faults.length} faults, such as: ${faults.slice(0, shownMax).join('; ')}`)
  })
}

/** A record of a minute's load may take as long as that to be read or removed (ms). */
const patienceMs = 120_000

/** The database's own collections, past the product, for as long as the work lasts. */
export async function withCollections<T>(
  mongoUrl: string,
  work: (collections: Collections) => Promise<T>,
): Promise<T> {
  const { connection, db } = await connect({ url: mongoUrl, poolSize: 1, timeoutMs: patienceMs })
  try {
    return await work(collectionsOf(db))
  } finally {
    await connection.close()
  }
}
