// Owns a reader of the event stream for tests: Server-Sent Events as they came, parsed.

import { z } from 'zod'
import type { Stack } from './stack.ts'

const json = z.record(z.string(), z.unknown())

export interface StreamedEvent {
  id: string
  type: string
  data: z.infer<typeof json>
}

export interface EventStream {
  /** What came so far; greetings and heartbeats aside. */
  events(): StreamedEvent[]
  close(): void
}

/** Opens one and resolves once it greets: what happens from then on is told. */
export async function openEventStream(
  stack: Stack,
  options: { gateway?: number; query?: string; lastEventId?: string } = {},
): Promise<EventStream> {
  const leaving = new AbortController()
  const gateway = stack.gateways[options.gateway ?? 0]
  if (!gateway) throw new Error('no such gateway')
  const response = await fetch(`${gateway.url}/v1/events/stream?${options.query ?? ''}`, {
    headers: {
      authorization: `Bearer ${stack.apiKey}`,
      ...(options.lastEventId !== undefined && { 'last-event-id': options.lastEventId }),
    },
    signal: leaving.signal,
  })
  const { body } = response
  if (response.status !== 200 || !body) throw new Error(`the stream answered ${response.status}`)
  const events: StreamedEvent[] = []
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  const take = (text: string): void => {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    events.push(...blocks.flatMap(eventOf))
  }
  take((await reader.read()).value ?? '')
  const reading = (async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      take(value)
    }
  })()
  // It ends by being closed.
  reading.catch(() => undefined)
  return { events: () => events, close: () => leaving.abort() }
}

function eventOf(block: string): StreamedEvent[] {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  const data = fields.get('data')
  if (data === undefined) return []
  return [{ id: fields.get('id') ?? '', type: fields.get('event') ?? '', data: json.parse(JSON.parse(data)) }]
}
