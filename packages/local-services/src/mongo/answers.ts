// Owns: the question whether a MongoDB answers, and the making of a replica set of one.
// Promises: an answer reaches the data, not only the process in front of it; nothing of the user's is written.
import { type Document, MongoClient } from 'mongodb'

/** One command on `admin`, on a connection of its own; rejects within about `limitMs` where there is no answer. */
export async function askMongo(
  url: string,
  limitMs: number,
  command: Document = { listDatabases: 1, nameOnly: true },
): Promise<Document> {
  const client = new MongoClient(url, {
    serverSelectionTimeoutMS: limitMs,
    connectTimeoutMS: limitMs,
    socketTimeoutMS: limitMs,
  })
  try {
    return await client.db('admin').command(command)
  } finally {
    await client.close()
  }
}

/** The name of the replica set of one that is made here. */
export const replicaSetName = 'lockstep'

/**
 * Resolves when the mongod at `url` (with `directConnection`) is the writable primary of a replica set of
 * one, made here where it is not yet; rejects while it is not. `member` is its address as it knows itself.
 */
export async function askReplicaSetOfOne(url: string, member: string, limitMs: number): Promise<void> {
  const members = [{ _id: 0, host: member }]
  const failure = await askMongo(url, limitMs, { replSetGetStatus: 1 }).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (codeOf(failure) === notYetInitialized) {
    await askMongo(url, limitMs, { replSetInitiate: { _id: replicaSetName, members } })
  } else if (codeOf(failure) === notInItsOwnSet) {
    // A data folder of an earlier run on another port: its set names an address that is not ours.
    const { config } = await askMongo(url, limitMs, { replSetGetConfig: 1 })
    const next: Document = { ...config, version: config.version + 1, members }
    await askMongo(url, limitMs, { replSetReconfig: next, force: true })
  }
  const { isWritablePrimary } = await askMongo(url, limitMs, { hello: 1 })
  if (isWritablePrimary !== true) throw new Error('not yet the primary of its replica set')
}

/** MongoDB's error numbers NotYetInitialized and InvalidReplicaSetConfig, as replSetGetStatus answers them. */
const notYetInitialized = 94
const notInItsOwnSet = 93

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
