// Owns how long a request's body may take to arrive.
// Promises: a body that is not here in time costs its sender the connection, whether anybody reads it or not; a body of
// lines may go on for hours, as long as something comes (read-lines.ts).

import type { IncomingMessage } from 'node:http'

/** A whole body must have arrived by then (ms): a megabyte over a slow line takes seconds. */
const wholeBodyMs = 30_000

const unbounded = new WeakSet<IncomingMessage>()

/** Starts the clock of this request's body. */
export function boundBody(req: IncomingMessage, ms = wholeBodyMs): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = req.headers
  if (encoding === undefined && (length === undefined || length === '0')) return
  const cut = setTimeout(() => {
    if (!req.complete && !unbounded.has(req)) req.socket.destroy()
  }, ms)
  req.once('close', () => clearTimeout(cut))
}

/** From now on this body may take as long as it likes. */
export function takeTime(req: IncomingMessage): void {
  unbounded.add(req)
}
