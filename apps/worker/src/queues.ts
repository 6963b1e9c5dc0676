// Owns the worker's ears: one BullMQ worker per queue, each job a doorbell that names its subject and nothing else.
// Promises: every job's return value carries its outcome of the closed list; a job that was started and never finished is
// rung in `isolation` (one at a time) from its third stall on, and is never failed for that alone (G11).

import { oneAtATime } from '@lockstep/domain/clock/one-at-a-time'
import {
  keptJobs,
  parseSubject,
  type QueueName,
  queueNames,
  type Subject,
} from '@lockstep/domain/doorbell/doorbell'
import { type Job, Queue, Worker } from 'bullmq'
import type { RedisClient } from '@lockstep/domain/doorbell/redis'
import { shardPrefixes } from '@lockstep/domain/doorbell/shards'
import { type DeliveryPorts, deliverToEndpoint } from './deliveries/deliver-endpoint.ts'
import type { JobOutcome } from './log-events.ts'
import { applyLane, syncLane } from './lanes.ts'
import { catchUp } from './maintain/catch-up.ts'
import type { Ports } from './ports.ts'
import { madeFor } from './record-calls.ts'

/** A dead worker's job is free after this without a sign of life (ms); renewed at half. Recovery stays under 10 s. */
const lockMs = 4_000
/** How often dead workers' jobs are looked for (ms). */
const stalledMs = 1_500
/** Starts without an end after which a job is suspected of killing its worker. */
const stallsMax = 3
/** Customers whose mirrors are read at once: reads wait for what writes leave of the budget, and hold no write's place. */
const mirrorsAtOnce = 8
/** A stall alone never fails a job: the isolation queue takes the suspects. */
const stallsNeverFail = 1_000_000

export interface QueueOptions {
  ports: Ports
  redis: RedisClient
  /** Each queue is made of so many (shards.ts); their places are shared out among them. */
  shards: number
  deliveries: DeliveryPorts
  concurrency: { apply: number; sync: number; deliver: number }
  catchUpEveryMs: number
  /** After each job: for metrics. */
  onJob(job: { queue: QueueName; outcome: JobOutcome | 'failed'; ms: number }): void
}

export interface Queues {
  /** Writes the maintenance schedule again: Redis may have forgotten it. */
  schedule(): Promise<void>
  /** Takes no new job and waits for the running ones. */
  close(): Promise<void>
}

export function openQueues(options: QueueOptions): Queues {
  const { ports, redis } = options
  const away = (error: Error) => ports.log({ event: 'away', what: 'redis', detail: error.name })
  // A calm bell and a live one of a customer are two jobs: side by side, both would make the same call. Other processes may
  // still; the protocol allows for that.
  const inTurn = oneAtATime()
  const prefixes = shardPrefixes(options.shards)
  const maintenance = new Queue('maintenance', { connection: redis, prefix: prefixes[0] })
  // Without a listener BullMQ writes each lost connection, stack and all, to the console.
  maintenance.on('error', away)
  const places = prefixes.flatMap((prefix) => queueNames.map((name) => ({ name, prefix })))
  const workers = places.map(({ name, prefix }) => {
    const worker = new Worker(
      name,
      (job: Job) => inTurn(`${name} ${subjectOf(job)}`, () => runJob(options, name, job)),
      {
        connection: redis,
        prefix,
        concurrency: Math.ceil(concurrencyOf(options, name) / prefixes.length),
        lockDuration: lockMs,
        stalledInterval: stalledMs,
        maxStalledCount: stallsNeverFail,
        removeOnComplete: keptJobs,
        removeOnFail: keptJobs,
      },
    )
    worker.on('error', away)
    return worker
  })
  return {
    async schedule() {
      const { every, name, data } = { every: options.catchUpEveryMs, name: 'catch-up', data: {} }
      await maintenance.upsertJobScheduler('catch-up', { every }, { name, data })
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()))
      await maintenance.close()
    },
  }
}

function concurrencyOf(options: QueueOptions, name: QueueName): number {
  if (name === 'customer-apply') return options.concurrency.apply
  if (name === 'stripe-sync') return options.concurrency.sync
  if (name === 'stripe-mirror') return mirrorsAtOnce
  if (name === 'event-deliveries') return options.concurrency.deliver
  return 1
}

async function runJob(options: QueueOptions, queue: QueueName, job: Job): Promise<{ outcome: JobOutcome }> {
  const { ports } = options
  const key = queue === 'maintenance' ? job.name : subjectOf(job)
  const began = ports.clock.now()
  const subject = parseSubject(key)
  if (subject && queue !== 'isolation' && job.stalledCounter >= stallsMax) {
    ports.log({ event: 'job_isolated', queue, subject: key })
    if (await ports.doorbell.ring('isolation', [subject])) return { outcome: 'isolated' }
  }
  try {
    const outcome = await handle(options, queue, subject)
    const ms = ports.clock.now() - began
    ports.log({ event: 'job_done', queue, subject: key, outcome, ms })
    options.onJob({ queue, outcome, ms })
    return { outcome }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'unknown', message: 'not an error' }
    ports.log({ event: 'job_failed', queue, subject: key, code: name, detail: message })
    options.onJob({ queue, outcome: 'failed', ms: ports.clock.now() - began })
    // The sweeper rings again; the failure kept in Redis names its kind alone.
    throw new Error(name)
  }
}

async function handle(options: QueueOptions, queue: QueueName, subject: Subject | null): Promise<JobOutcome> {
  const { ports } = options
  if (queue === 'maintenance') {
    for (const { _id } of await ports.store.listTenants()) await catchUp(ports, _id)
    return 'maintained'
  }
  if (!subject) return 'ignored_key'
  if (subject.kind === 'endpoint')
    return deliverToEndpoint(options.deliveries, { tenantId: subject.tenantId, endpointId: subject.id })
  if (queue === 'customer-apply') return applyLane(ports, subject)
  if (queue === 'isolation' && subject.kind !== 'mirror') await applyLane(ports, subject)
  return madeFor(subject, () => syncLane(ports, subject))
}

function subjectOf(job: Job): string {
  const data: unknown = job.data
  const key = typeof data === 'object' && data !== null && 'subject' in data ? data.subject : null
  return typeof key === 'string' ? key : ''
}
