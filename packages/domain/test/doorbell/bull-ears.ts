// Owns the listening side of BullMQ doorbells in tests.

import { type Job, Worker } from 'bullmq'
import { type QueueName } from '../../src/doorbell/doorbell.ts'
import { openRedis } from '../../src/doorbell/redis.ts'

/** One worker on the queue; resolves once it listens. Closing it leaves nothing open. */
export async function bullEars(
  url: string,
  queue: QueueName,
  work: (key: string) => Promise<void>,
): Promise<() => Promise<void>> {
  const redis = openRedis(url, 'worker')
  const worker = new Worker(queue, (job: Job<{ subject: string }>) => work(job.data.subject), {
    connection: redis,
    // Tests that lose a lock wait for this (ms).
    lockDuration: 2_000,
    stalledInterval: 500,
  })
  worker.on('error', () => undefined)
  await worker.waitUntilReady()
  return async () => {
    await worker.close()
    redis.disconnect()
  }
}
