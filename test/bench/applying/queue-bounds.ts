// Owns what bounds the doorbells on this machine: BullMQ itself on the stack's Redis, adding jobs that hold nothing and working
// them off with a handler that does nothing, in one process as the worker is.

import { randomBytes } from 'node:crypto'
import { type Job, Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { type BenchContext, type Figure, repeated } from '../benchmark.ts'

/** Jobs in one `addBulk`: a burst. */
const batch = 500
/** As many as the worker applies at once unless APPLY_CONCURRENCY says otherwise. */
const concurrency = 128
/** A bound needs no minute (s). */
const secondsMax = 10

/** Jobs a second that are added, and that are worked off. @throws where one was not worked, or twice */
export async function bareQueue(
  context: BenchContext,
  redisUrl: string,
): Promise<[added: Figure, worked: Figure]> {
  // A worker's connection waits for jobs without limit: BullMQ asks for that.
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
  const queue = new Queue(`bare-${randomBytes(4).toString('hex')}`, { connection })
  const seconds = Math.min(context.seconds, secondsMax)
  try {
    context.tell('the bounds: BullMQ alone')
    await addedFor(queue, 1)
    await workedOff(queue, connection)
    const runs = await repeated(context.runs, async () => {
      const added = await addedFor(queue, seconds)
      return { added, worked: await workedOff(queue, connection) }
    })
    return [
      { name: `BullMQ, addBulk of ${batch}`, unit: '/s', runs: runs.map(({ added }) => added) },
      {
        name: `BullMQ, no-op jobs, ${concurrency} at once`,
        unit: '/s',
        runs: runs.map(({ worked }) => worked),
      },
    ]
  } finally {
    await queue.obliterate({ force: true })
    await queue.close()
    connection.disconnect()
  }
}

async function addedFor(queue: Queue, seconds: number): Promise<number> {
  const began = performance.now()
  let added = 0
  while (performance.now() - began < seconds * 1_000) {
    const jobs = Array.from({ length: batch }, () => ({
      name: 'bare',
      data: {},
      opts: { removeOnComplete: true },
    }))
    added += (await queue.addBulk(jobs)).length
  }
  return (added / (performance.now() - began)) * 1_000
}

/** Works off all that waits; jobs a second. */
async function workedOff(queue: Queue, connection: Redis): Promise<number> {
  const waiting = await queue.getWaitingCount()
  const done = Promise.withResolvers<void>()
  const met = new Set<string>()
  let runs = 0
  const work = async ({ id }: Job) => {
    met.add(id ?? '')
    runs++
  }
  const worker = new Worker(queue.name, work, { connection, concurrency, autorun: false })
  worker.on('error', done.reject)
  worker.on('completed', () => {
    if (met.size === waiting) done.resolve()
  })
  try {
    const began = performance.now()
    worker.run().catch(done.reject)
    await done.promise
    const perSecond = (waiting / (performance.now() - began)) * 1_000
    if (runs !== waiting) throw new Error(`${waiting} jobs were worked ${runs} times`)
    return perSecond
  } finally {
    await worker.close()
  }
}
