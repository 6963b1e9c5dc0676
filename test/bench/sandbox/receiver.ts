// Owns a webhook receiver that checks what it gets: each delivery is one event, signed with the secret.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'

export interface Receiver {
  url: string
  /** Resolves with the moment (ms) at which so many different events had come; rejects at a delivery that is wrong. */
  received: (count: number) => Promise<number>
  close: () => Promise<void>
}

/** Every so many deliveries one is verified whole: the check must not be what is measured. */
const verifyEach = 50

export async function startReceiver(secret: string): Promise<Receiver> {
  const ids = new Set<string>()
  let wanted: { count: number; done: (at: number) => void; failed: (error: unknown) => void } | null = null
  const take = (body: Buffer, signature: string) => {
    const id = /"id":"(evt_\w+)"/.exec(body.toString('utf8'))?.[1]
    if (id === undefined) throw new Error('a delivery without an event')
    if (ids.size % verifyEach === 0) Stripe.webhooks.constructEvent(body, signature, secret)
    ids.add(id)
    if (wanted && ids.size >= wanted.count) wanted.done(performance.now())
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      try {
        take(Buffer.concat(chunks), String(request.headers['stripe-signature']))
      } catch (error) {
        wanted?.failed(error)
      }
      response.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    received: (count) =>
      new Promise((done, failed) => {
        if (ids.size >= count) done(performance.now())
        wanted = { count, done, failed }
      }),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
