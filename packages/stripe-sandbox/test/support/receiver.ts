/**
 * Owns a webhook receiver: a real HTTP server that keeps what it got.
 * Promises: a body is kept as its raw text, with its headers; what it answers can be scripted for each delivery.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type Stripe from 'stripe'
import { afterAll } from 'vitest'

/** One delivery. */
export type Received = {
  readonly body: string
  readonly headers: IncomingHttpHeaders
  readonly event: Stripe.Event
}

/** A running receiver. */
export type Receiver = {
  readonly url: string
  readonly received: Received[]
  /** Statuses for the next deliveries; 200 afterwards. 0 cuts the connection, -1 leaves it without an answer. */
  script(...statuses: number[]): void
  clear(): void
}

/** Starts a receiver that the present test file owns. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  let statuses: number[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      // The sender is the sandbox; what it sends is what the tests look at.
      received.push({ body, headers: request.headers, event: JSON.parse(body) as Stripe.Event })
      const status = statuses.shift() ?? 200
      if (status === 0) response.destroy()
      else if (status > 0) response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    received,
    script: (...next) => {
      statuses = next
    },
    clear: () => {
      received.length = 0
      statuses = []
    },
  }
}
