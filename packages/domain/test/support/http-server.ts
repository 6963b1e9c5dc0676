// Owns a small HTTP server for the tests of the Stripe client: it keeps what arrived, byte for byte, and answers as told.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Arrived {
  method: string
  /** Path and query as they came over the wire. */
  url: string
  headers: IncomingHttpHeaders
  body: string
}

export type Answering = (response: ServerResponse, socket: Socket) => void

export interface TestServer {
  base: string
  arrived: Arrived[]
  /** How the next requests are answered. */
  answer(how: Answering): void
  close(): Promise<void>
}

/** Listens on 127.0.0.1, on a free port. */
export async function openServer(): Promise<TestServer> {
  const arrived: Arrived[] = []
  let answering: Answering = (response) => response.end('{}')
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      arrived.push({ method, url, headers, body: Buffer.concat(parts).toString('utf8') })
      answering(response, request.socket)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo
  return {
    base: `http://127.0.0.1:${port}`,
    arrived,
    answer: (how) => {
      answering = how
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

/** A complete answer with a JSON body. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answering {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_1', ...headers })
    response.end(JSON.stringify(body))
  }
}
