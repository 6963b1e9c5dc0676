// Owns a receiver of our events for tests: an HTTP server that keeps what came and answers as it is told.

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'

const event = z.looseObject({
  id: z.string(),
  type: z.string(),
  customer_id: z.string().nullable(),
  sequence: z.number().nullable(),
})

export interface Received {
  headers: IncomingHttpHeaders
  text: string
  event: z.infer<typeof event>
}

export interface WebhookReceiver {
  url: string
  received: Received[]
  /** How it answers from now on: a status, or never. */
  answer: (how: number | 'never') => void
  close(): Promise<void>
}

/** Starts one on a free port; it answers 204. */
export async function startReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = []
  const open = new Set<ServerResponse>()
  let how: number | 'never' = 204
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (part) => (text += String(part)))
    request.on('end', () => {
      received.push({ headers: request.headers, text, event: event.parse(JSON.parse(text)) })
      open.add(response)
      if (how !== 'never') response.writeHead(how).end()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('it does not listen on TCP')
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    received,
    answer: (next) => {
      how = next
      // Who waits for an answer gets this one.
      if (next !== 'never')
        for (const response of open) if (!response.writableEnded) response.writeHead(next).end()
    },
    async close() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

/** Throws unless this secret signed it (Standard Webhooks' own library says so). */
export function verified(secret: string, { text, headers }: Received): unknown {
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  return new Webhook(secret).verify(text, given)
}
