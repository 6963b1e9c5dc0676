// Owns: the choice of TCP ports for servers that start here.
// Promises: a port on 127.0.0.1 that was free a moment ago, that the kernel gives to no outgoing connection, and
// that no other process using this file picks (on Linux) until it is released or this process ends.
import { randomInt } from 'node:crypto'
import { createServer, type ListenOptions, type Server } from 'node:net'

/**
 * Below every system's range for outgoing connections (Linux 32768 up, macOS 49152 up). Inside that range a
 * client that retries while the server is down can be given the server's own port, connect to itself, and
 * keep the server from coming back.
 */
const lowest = 20_000
const highest = 32_000

/** Claims held by this process: abstract sockets, which the kernel drops when the process ends. */
const claims = new Map<number, Server>()

/** A free port, picked at random so that processes starting side by side rarely meet. Held until released. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest)
    if (claims.has(port)) continue
    const claim = await listen({ path: `\0lockstep-port-${port}` })
    if (process.platform === 'linux' && claim === undefined) continue
    if (!(await isFree(port))) {
      claim?.close()
      continue
    }
    if (claim !== undefined) claims.set(port, claim.unref())
    return port
  }
}

/** Whether a server could listen on 127.0.0.1:`port` now. */
export async function isFree(port: number): Promise<boolean> {
  const probe = await listen({ port, host: '127.0.0.1', exclusive: true })
  if (probe === undefined) return false
  await new Promise((closed) => probe.close(closed))
  return true
}

/** Lets others pick the port again; a port that was not picked here is passed over. */
export function releasePort(port: number): void {
  claims.get(port)?.close()
  claims.delete(port)
}

/** A listening server, or undefined where that place is taken (or there is no such kind of place). */
function listen(place: ListenOptions): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(place, () => resolve(server))
  })
}
