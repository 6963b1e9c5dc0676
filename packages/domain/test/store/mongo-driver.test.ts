// What the driver promises only with the patch in `patches/`: whoever writes to a connection that has just ended is told.
// Where a network ends all connections at once that is the watcher itself, and without it a process never sees its
// database again.

import mongoose from 'mongoose'
import { expect, inject, test, vi } from 'vitest'

/** What the driver keeps of the connection that watches a server; no door of it leads there. */
interface Watched {
  topology: {
    s: {
      servers: Map<
        string,
        { monitor: { connection: { socket: { destroy(): void } } | null; requestCheck(): void } }
      >
    }
  }
}

test('a server that is looked at just as the connection to it ends is looked at again', async () => {
  // A look is never put off, and none is due by itself.
  const client = new mongoose.mongo.MongoClient(inject('mongoUrl'), {
    minHeartbeatFrequencyMS: 1,
    heartbeatFrequencyMS: 600_000,
    serverMonitoringMode: 'poll',
  })
  try {
    await client.connect()
    // The driver's own type does not show it.
    const [server] = (client as unknown as Watched).topology.s.servers.values()
    await vi.waitFor(() => expect(server?.monitor.connection).toBeTruthy())
    const seen = vi.fn()
    client.on('serverHeartbeatSucceeded', seen)
    server?.monitor.connection?.socket.destroy()
    server?.monitor.requestCheck()
    await vi.waitFor(
      () => {
        server?.monitor.requestCheck()
        expect(seen).toHaveBeenCalled()
      },
      { timeout: 20_000 },
    )
  } finally {
    await client.close()
  }
})
