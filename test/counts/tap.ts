// Owns a wire on which commands are counted: what a process sends to a server is passed on byte by byte, and read on the way.
// Promises: whatever process is behind it, driver and pool as shipped, and nothing of it knows that it is counted.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Reads the bytes of one connection, piece by piece; answers the commands that they complete. */
export type CommandReader = (piece: Buffer) => string[]

export interface Tap {
  /** The target's URL, by way of this tap. */
  url: string
  /** Commands since the last `clear`, in the order of their coming. */
  commands: () => readonly string[]
  clear: () => void
  close: () => Promise<void>
}

/** Starts it in front of what the URL names; `reader` makes a reader for each connection. */
export async function openTap(target: string, reader: () => CommandReader): Promise<Tap> {
  const { hostname: host, port } = new URL(target)
  let commands: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (caller) => {
    const callee = connect({ host, port: Number(port), noDelay: true })
    const read = reader()
    caller.on('data', (piece) => commands.push(...read(piece)))
    caller.pipe(callee).pipe(caller)
    for (const socket of [caller, callee]) {
      sockets.add(socket)
      // A reset on one side is an end on the other.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        caller.destroy()
        callee.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  // A server that listens on TCP has an AddressInfo.
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    commands: () => commands,
    clear: () => {
      commands = []
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
