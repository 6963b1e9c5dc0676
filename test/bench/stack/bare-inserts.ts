// Owns the database's own bounds: how many documents it takes in a second, one by one and many at once, as durable as ours.

import { connect } from '@lockstep/domain/store/mongo/connect'
import { type BenchContext, type Figure, repeated } from '../benchmark.ts'

/** As a full flush of the gateway's. */
const batch = 256
/** Flushes under way at once, as in the gateway's group commit. */
const batchesAtOnce = 2
/** A bound needs no minute, in which it would fill the disk (s). */
const secondsMax = 10

export interface BareInserts {
  mongoUrl: string
  /** What is inserted, again and again under another id. */
  example: object
  /** Inserts of one under way at once: the callers that would wait for theirs. */
  connections: number
}

/** Documents a second by the driver alone, into a collection of their own: by `insertOne`, and by `insertMany`. */
export async function bareInserts(
  context: BenchContext,
  { mongoUrl, example, connections }: BareInserts,
): Promise<[one: Figure, many: Figure]> {
  const { runs } = context
  const seconds = Math.min(context.seconds, secondsMax)
  const { connection, db } = await connect({ url: mongoUrl, poolSize: connections, timeoutMs: 60_000 })
  const collection = db.collection<{ _id: string }>('bare_inserts')
  let made = 0
  const document = () => ({ ...example, _id: `bare-${made++}` })

  const rate = async (atOnce: number, insert: () => Promise<number>): Promise<number> => {
    const began = performance.now()
    let inserted = 0
    const one = async () => {
      while (performance.now() - began < seconds * 1_000) {
        // Not `inserted += await …`: that would add to what it was before the others inserted.
        const count = await insert()
        inserted += count
      }
    }
    await Promise.all(Array.from({ length: atOnce }, one))
    return (inserted / (performance.now() - began)) * 1_000
  }
  const insertOne = async () => {
    await collection.insertOne(document())
    return 1
  }
  const insertMany = async () =>
    (await collection.insertMany(Array.from({ length: batch }, document))).insertedCount
  try {
    // The collection itself is made by its first document.
    await insertOne()
    return [
      {
        name: `insertOne of the same, ${connections} at once`,
        unit: '/s',
        runs: await repeated(runs, () => rate(connections, insertOne)),
      },
      {
        name: `insertMany of ${batch} of it`,
        unit: '/s',
        runs: await repeated(runs, () => rate(batchesAtOnce, insertMany)),
      },
    ]
  } finally {
    await collection.drop().catch(() => undefined)
    await connection.close()
  }
}
