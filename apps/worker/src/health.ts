// Owns the worker's own door: /livez, /readyz and /metrics for probes and Prometheus, nothing else.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

export interface HealthOptions {
  host: string
  port: number
  registry: Registry
  /** Null: ready. Else what is missing, without addresses or secrets. */
  notReady(): Promise<string | null>
}

export interface Health {
  /** The port that it listens on. */
  port: number
  close(): Promise<void>
}

export async function openHealth(options: HealthOptions): Promise<Health> {
  const server = createServer((request, response) => {
    void answer(options, request.url ?? '/').then(({ status, type, body }) => {
      response.writeHead(status, { 'content-type': type }).end(body)
    })
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(options.port, options.host, listening)
  })
  return { port: portOf(server), close: () => closed(server) }
}

async function answer(options: HealthOptions, path: string) {
  if (path === '/livez') return json(200, { status: 'ok' })
  if (path === '/metrics') {
    return { status: 200, type: options.registry.contentType, body: await options.registry.metrics() }
  }
  if (path !== '/readyz') return json(404, { status: 'no such path' })
  const missing = await options.notReady()
  return missing === null ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', missing })
}

function json(status: number, body: object) {
  return { status, type: 'application/json', body: JSON.stringify(body) }
}

function portOf(server: Server): number {
  // A server that listens on TCP has an AddressInfo.
  return (server.address() as AddressInfo).port
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((done) => server.close(() => done()))
}
