// Owns how the process ends: no new work, open requests answered, then everything closed, last opened first.
// Promises: it is over within 25 s; nothing acknowledged depends on it, since all of that is durable already.

import type { Server } from 'node:http'

/** Milliseconds for open requests: supervisors kill after 30 s. */
const drainMs = 25_000
/** How often idle keep-alive connections are shown the door (ms): one that was busy at first becomes idle later. */
const idleCheckMs = 100

/** Resolves at the first SIGTERM or SIGINT with its name. A second one ends the process at once, as usual. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
}

/** Takes no new connection, lets open requests end, cuts what is left at the deadline. */
export async function drain(server: Server): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs)
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clearInterval(idle)
  clearTimeout(deadline)
}
