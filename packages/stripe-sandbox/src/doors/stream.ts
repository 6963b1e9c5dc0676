/**
 * Owns answers that go on: server-sent events.
 * Promises: something is sent only when there is something to say; the timer ends with the connection, whoever closes it.
 */
import type { ServerResponse } from 'node:http'

/** An answer that goes on: `news` is asked again and again, and each member of what it gives is sent as one event of that name. */
export type Stream = { readonly news: () => { readonly [name: string]: unknown } }

/** How soon a watcher sees what happened (ms): at once for a person, and rarely enough that looking costs nothing. */
const lookMs = 200

/** True for a stream. */
export function isStream(value: unknown): value is Stream {
  return typeof value === 'object' && value !== null && 'news' in value && typeof value.news === 'function'
}

/** Sends news until the connection ends. */
export function sendStream(response: ServerResponse, { news }: Stream): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  const look = () => {
    const text = Object.entries(news())
      .map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
      .join('')
    if (text !== '') response.write(text)
  }
  look()
  const timer = setInterval(look, lookMs)
  timer.unref()
  response.on('close', () => clearInterval(timer))
}
