/**
 * Owns the HTTP server: bodies, dispatch to the API, the doors, and the answer on the wire.
 * Promises: a body above the limit is refused and never held; a request that cannot be parsed is answered 400; closing leaves no socket.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Core } from '../core.ts'
import { answerDoor } from '../doors/answer-door.ts'
import type { Reply } from './execute.ts'
import { handleRequest } from './handle-request.ts'

/** Stripe does not publish a limit; the largest legal request (50 metadata entries, long addresses) is far below. */
const bodyMaxBytes = 1_048_576
/** Fixtures come in at a door: this many customers are more than anybody waits for. */
const doorBodyMaxBytes = 64 * bodyMaxBytes
/** Longer than clients keep idle connections, so that it is never the server that closes one under a request. */
const keepAliveMs = 75_000

/** Starts to listen; `port` 0 takes a free one. Rejects if the port is taken. */
export function listen(core: Core, port: number, host: string): Promise<Server> {
  const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) =>
    receive(core, request, response),
  )
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    else socket.destroy()
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(server))
  })
}

function receive(core: Core, request: IncomingMessage, response: ServerResponse): void {
  request.on('error', () => response.destroy())
  const { path, query } = splitTarget(request.url ?? '/')
  const method = request.method ?? 'GET'
  const isDoor = path === '/_sandbox' || path.startsWith('/_sandbox/')
  const handle = (body: string) => {
    if (isDoor) {
      const isForeign = request.headers['sec-fetch-site'] === 'cross-site' && method !== 'GET'
      void answerDoor(core, { method, path, query, body, isForeign }, response)
      return
    }
    handleRequest(core, { method, path, query, body, headers: request.headers }, (reply) =>
      send(response, reply),
    )
  }
  if (
    method === 'GET' &&
    request.headers['content-length'] === undefined &&
    !request.headers['transfer-encoding']
  ) {
    return handle('')
  }
  readBody(core, { request, response, handle, most: isDoor ? doorBodyMaxBytes : bodyMaxBytes })
}

/** The path and the query of a request's target. */
export function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf('?')
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

type Reading = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly handle: (body: string) => void
  /** Bytes of the largest body that is read. */
  readonly most: number
}

function readBody(core: Core, { request, response, handle, most }: Reading): void {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= most) chunks.push(chunk)
    else chunks.length = 0
  })
  request.on('end', () => {
    if (size > most) {
      const message = `The request body is too large: at most ${most} bytes.`
      send(response, {
        status: 413,
        body: { error: { message, type: 'invalid_request_error' } },
        headers: { 'Request-Id': core.newId('req_', 14) },
      })
      return
    }
    const first = chunks[0]
    handle(first && chunks.length === 1 ? first.toString('utf8') : Buffer.concat(chunks).toString('utf8'))
  })
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply.cut || response.destroyed) {
    response.destroy()
    return
  }
  const text = JSON.stringify(reply.body)
  response.writeHead(reply.status, {
    'Content-Type': 'application/json',
    ...reply.headers,
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}
