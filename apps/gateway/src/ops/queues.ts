// Owns the view of the queues: bull-board over all of them, for looking only.
// Promises: nothing can be changed here; of a job only its subject (a key, no personal data) and outcome are shown.

import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { ExpressAdapter } from '@bull-board/express'
import { parseSubject, queueNames } from '@lockstep/domain/doorbell/doorbell'
import { Queue } from 'bullmq'
import type { Express, RequestHandler } from 'express'
import type { RedisClient } from '@lockstep/domain/doorbell/redis'
import { shardPrefixes } from '@lockstep/domain/doorbell/shards'

export interface QueueBoard {
  /** Serves the board below this path. */
  handler: RequestHandler
  close: () => Promise<void>
}

/**
 * A board over all queues. They are opened at the first look, which must only come while Redis is there: a queue that
 * is opened without it never becomes ready.
 */
export function openQueueBoard(options: {
  redis: RedisClient
  shards: number
  basePath: string
}): QueueBoard {
  let queues: Queue[] = []
  let router: RequestHandler | null = null
  return {
    handler: (req, res, next) => {
      if (!router) {
        queues = shardPrefixes(options.shards).flatMap((prefix) =>
          queueNames.map((name) => openQueue(name, { prefix, connection: options.redis })),
        )
        router = boardOver(queues, options.basePath)
      }
      router(req, res, next)
    },
    async close() {
      await Promise.allSettled(queues.map((queue) => queue.close()))
    },
  }
}

function openQueue(name: string, at: { prefix: string; connection: RedisClient }): Queue {
  const queue = new Queue(name, { ...at, skipMetasUpdate: true })
  queue.on('error', () => undefined) // The connection's status tells of it; unheard it would end the process.
  return queue
}

function boardOver(queues: Queue[], basePath: string): RequestHandler {
  const serverAdapter = new ExpressAdapter().setBasePath(basePath)
  createBullBoard({
    queues: queues.map((queue) => {
      const shard = /^\{(.*)\}$/.exec(queue.opts.prefix ?? '')?.[1]
      const prefix = shard === undefined ? '' : `${shard} `
      const adapter = new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false, prefix })
      adapter.setFormatter('data', shownData)
      adapter.setFormatter('returnValue', shownOutcome)
      return adapter
    }),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Lockstep queues', miscLinks: [{ text: 'Overview', url: '/ops' }] } },
  })
  const board: Express = serverAdapter.getRouter() // An express app of its own; the adapter types it as any.
  board.disable('x-powered-by')
  return board
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
