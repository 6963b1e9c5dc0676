// Owns: the choice of a TCP port for a server that is about to start.
// Promises: a port on 127.0.0.1 that was free a moment ago and that the kernel gives to no outgoing connection.
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below every system's range for outgoing connections (Linux 32768 up, macOS 49152 up). Inside that range a
 * client that retries while the server is down can be given the server's own port, connect to itself, and
 * keep the server from coming back.
 */
const lowest = 20_000
const highest = 32_000

/** A free port, picked at random so that processes starting side by side rarely meet. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
