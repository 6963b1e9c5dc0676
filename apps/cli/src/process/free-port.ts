// Owns the choice of ports that the stack's processes keep for its whole life.
// Promises: free a moment ago on 127.0.0.1, each given out once by this process, and outside the range from which
// systems take ports for outgoing connections: otherwise a client that tries again while its server is down could be
// given the server's own port and keep it from coming back.

import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Linux takes 32768 and up for outgoing connections, macOS 49152 and up. */
const [lowest, highest] = [20_000, 32_000]
const given = new Set<number>()

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer()
    server.once('error', () => answer(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => answer(true)))
  })
}
