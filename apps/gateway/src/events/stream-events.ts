// Owns the stream of events: Server-Sent Events (WHATWG HTML, section 9.2) with the log's position as id.
// Promises: after a lost connection `Last-Event-ID` goes on where it was, with nothing skipped; who reads slowly is
// waited for and keeps nothing in memory; a process that shuts down ends its streams at once, and the client's own
// retry finds another. What wakes a stream is a notice from whichever process wrote the log, and a poll behind it.

import type { Clock } from '@lockstep/domain/clock/clock'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { LoggedEvent } from '@lockstep/domain/event/event'
import { eventView } from '@lockstep/domain/event/view'
import { type EventLogStore, StoreUnavailable } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { answersAs } from '../http/answer-shape.ts'
import { apiRoute, type Outlet, type Route } from '../http/route.ts'
import type { OutcomeWaiters } from '../operations/wait-outcome.ts'
import { type EventFilter, eventStreamQuery, isWanted, position, readBehind } from './event-query.ts'

/** Streams of one process: each costs a socket and a read for each burst of events. */
const streamsMax = 500
/** Streams of one tenant in one process: one tenant must not take all. */
const tenantStreamsMax = 50
/** Seconds until another try is worth it. */
const tooManyRetryAfter = 10
/** Events in one read. */
const batchMax = 200
/** Without a notice the log is looked at so often (ms): what Redis lost comes this much later. */
const pollMs = 2_000
/** Between two reads of one stream (ms): notices of a busy log come by the hundred. */
const paceMs = 50
/** Without an event something is written so often (ms): proxies cut what is silent for a minute. */
const heartbeatMs = 15_000
/** A stream ends after so long (ms) and the client comes again: so a revoked key reads no longer than this. */
const longestMs = 15 * 60_000
/** How long the client should wait before it comes again (ms). */
const retryMs = 1_000

/** What a client sends by itself when it comes again; it goes before `after`. */
const streamHeaders = z.object({ 'Last-Event-ID': position.optional() })

export interface StreamDeps {
  store: Pick<EventLogStore, 'readEvents' | 'readCustomerEvents' | 'highestPosition'>
  waiters: OutcomeWaiters
  clock: Clock
}

/** GET of the stream. */
export function streamEventsRoute(deps: StreamDeps): Route {
  const open = new Map<string, number>()
  return apiRoute({
    method: 'GET',
    path: '/v1/events/stream',
    name: 'stream_events',
    does: 'Streams events as they happen, as Server-Sent Events with the position as id.',
    group: 'events',
    scope: 'customers',
    accepts: { query: eventStreamQuery, headers: streamHeaders },
    answers: {
      200: answersAs('text/event-stream', 'The stream.', z.string().optional(), ['X-Accel-Buffering']),
    },
    refuses: ['too_many_streams'],
    async handle({ caller: { tenantId }, query, headers, signal }) {
      const { after, ...filter } = query
      const last = headers['Last-Event-ID']
      const from = last ?? after ?? (await deps.store.highestPosition(tenantId))
      const all = [...open.values()].reduce((sum, count) => sum + count, 0)
      const own = open.get(tenantId) ?? 0
      if (all >= streamsMax || own >= tenantStreamsMax)
        throw new LockstepError('too_many_streams', { retryAfter: tooManyRetryAfter })
      return {
        status: 200,
        headers: {
          'Content-Type': 'text/event-stream; charset=utf-8',
          // Asks the proxies that know it (nginx) not to hold lines back.
          'X-Accel-Buffering': 'no',
        },
        async stream(out) {
          open.set(tenantId, (open.get(tenantId) ?? 0) + 1)
          try {
            await follow(deps, { tenantId, filter, from, signal, out })
          } finally {
            const left = (open.get(tenantId) ?? 1) - 1
            if (left === 0) open.delete(tenantId)
            else open.set(tenantId, left)
          }
        },
      }
    },
  })
}

interface Following {
  tenantId: string
  filter: EventFilter
  from: number
  signal: AbortSignal
  out: Outlet
}

async function follow({ store, waiters, clock }: StreamDeps, following: Following): Promise<void> {
  const { tenantId, filter, signal, out } = following
  const watch = waiters.watch({ kind: 'events', id: tenantId })
  const deadline = clock.now() + longestMs
  let reached = following.from
  try {
    let lively = await out.write(`retry: ${retryMs}\nid: ${reached}\n\n`)
    let wroteAt = clock.now()
    while (lively && clock.now() < deadline) {
      const read = await readBehind(store, { tenantId, filter, after: reached, limit: batchMax }).catch(
        (error: unknown): LoggedEvent[] => {
          // The database is away: the stream stands still, and goes on where it was.
          if (error instanceof StoreUnavailable) return []
          throw error
        },
      )
      const wanted = read.filter((event) => isWanted(filter, event))
      reached = read.at(-1)?.pos ?? reached
      // An id without data moves `Last-Event-ID` and wakes nobody (section 9.2.6).
      const silent = clock.now() - wroteAt >= heartbeatMs ? `id: ${reached}\n\n` : ''
      const text = wanted.length > 0 ? wanted.map(messageOf).join('') : silent
      if (text !== '') {
        lively = await out.write(text)
        wroteAt = clock.now()
      }
      if (read.length === batchMax) continue
      if ((await watch.next(pollMs, signal)) === 'over') return
      await clock.sleep(paceMs, signal)
    }
  } finally {
    watch.close()
  }
}

function messageOf(event: LoggedEvent): string {
  return `id: ${event.pos}\nevent: ${event.type}\ndata: ${JSON.stringify(eventView(event))}\n\n`
}
