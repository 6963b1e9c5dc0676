// Owns the view of the queues: bull-board over all of them, for looking only.
// Promises: nothing can be changed here; of a job only its subject (a key, no personal data) and outcome are shown.

import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { ExpressAdapter } from '@bull-board/express'
import { parseSubject, queueNames } from '@lockstep/domain/doorbell/doorbell'
import { Queue } from 'bullmq'
import type { RequestHandler } from 'express'
import type { Redis } from 'ioredis'

export interface QueueBoard {
  /** Serves the board below this path. */
  handler: RequestHandler
  close(): Promise<void>
}

/** Opens all queues on this connection, without writing to them. */
export function openQueueBoard(options: { redis: Redis; basePath: string }): QueueBoard {
  const queues = queueNames.map((name) => {
    const queue = new Queue(name, { connection: options.redis, skipMetasUpdate: true })
    queue.on('error', () => undefined) // The connection's own listener tells of it once, not five times.
    return queue
  })
  const serverAdapter = new ExpressAdapter().setBasePath(options.basePath)
  createBullBoard({
    queues: queues.map((queue) => {
      const adapter = new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false })
      adapter.setFormatter('data', shownData)
      adapter.setFormatter('returnValue', shownOutcome)
      return adapter
    }),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Lockstep queues', miscLinks: [{ text: 'Overview', url: '/ops' }] } },
  })
  return {
    handler: serverAdapter.getRouter(),
    async close() {
      await Promise.allSettled(queues.map((queue) => queue.close()))
    },
  }
}

/** A subject is a kind, a tenant and an id; whatever else a job may hold stays hidden. */
function shownData(data: unknown): unknown {
  const texts = typeof data === 'object' && data !== null ? Object.values(data) : [data]
  const subject = texts.find((text) => typeof text === 'string' && parseSubject(text) !== null)
  return subject === undefined ? 'hidden' : { subject }
}

/** Outcomes are words of a closed list and counts. */
function shownOutcome(value: unknown): unknown {
  if (typeof value === 'string' && /^[a-z_ -]{1,64}$/.test(value)) return value
  if (typeof value !== 'object' || value === null)
    return value === undefined || value === null ? value : 'hidden'
  const shown = Object.entries(value).filter(
    ([, item]) => typeof item === 'number' || (typeof item === 'string' && /^[a-z_-]{1,64}$/.test(item)),
  )
  return Object.fromEntries(shown)
}
