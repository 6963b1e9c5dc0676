// Owns: the question whether a MongoDB answers.
// Promises: an answer reaches the data, not only the process in front of it; nothing is written.
import { MongoClient } from 'mongodb'

/** Rejects, within about `limitMs`, unless the server at `url` lists its databases. */
export async function askMongo(url: string, limitMs: number): Promise<void> {
  const client = new MongoClient(url, {
    serverSelectionTimeoutMS: limitMs,
    connectTimeoutMS: limitMs,
    socketTimeoutMS: limitMs,
    monitorCommands: false,
  })
  try {
    await client.connect()
    await client.db('admin').command({ listDatabases: 1, nameOnly: true })
  } finally {
    await client.close()
  }
}
