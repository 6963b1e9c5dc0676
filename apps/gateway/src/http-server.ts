// Owns the listening socket and how it ends: no new work, open requests answered, what is left cut.
// Promises: the end is over within 25 s; nothing acknowledged depends on it, since all of that is durable already.

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { boundBody } from './http/body-time.ts'

/** The headers must have arrived by then (ms); body-time.ts has the body's clock, which knows of imports. */
const headersMs = 30_000
/** Idle connections stay this long (ms): longer than the minute that load balancers keep theirs. */
const keepAliveMs = 65_000
/** For open requests at the end (ms): supervisors kill after 30 s. */
const drainMs = 25_000
/** How often idle connections are shown the door (ms): one that was busy at first becomes idle later. */
const idleCheckMs = 100

/** A server that listens, and the port it got. Rejects where it cannot listen. */
export async function listen(
  handler: RequestListener,
  place: { host: string; port: number },
): Promise<{ server: Server; port: number }> {
  const times = { requestTimeout: 0, headersTimeout: headersMs, keepAliveTimeout: keepAliveMs }
  const server = createServer(times, (req, res) => {
    boundBody(req)
    handler(req, res)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(place.port, place.host, resolve)
  })
  return { server, port: (server.address() as AddressInfo).port } // It listens on TCP.
}

/** Takes no new connection, lets open requests end, cuts what is left at the deadline. */
export async function drain(server: Server): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs)
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clearInterval(idle)
  clearTimeout(deadline)
}

/** Resolves at the first SIGTERM or SIGINT with its name. A second one ends the process at once, as usual. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
}
