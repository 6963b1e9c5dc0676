import { expect, test } from 'vitest'
import type { QueueName } from '../../src/doorbell/doorbell.ts'
import { type MemoryDoorbell, memoryDoorbell, memoryNotices } from '../../src/doorbell/memory.ts'
import { doorbellConformance } from './conformance.ts'

/** A worker of the in-process doorbell: one job at a time, as they come. */
async function ears(
  bell: MemoryDoorbell,
  queue: QueueName,
  work: (key: string) => Promise<void>,
): Promise<() => Promise<void>> {
  let open = true
  let working: Promise<void> | null = null
  const drain = async () => {
    for (let job = bell.next(queue); open && job; job = bell.next(queue)) {
      await work(job.key).catch(() => undefined)
      job.done()
    }
    working = null
  }
  const wake = () => {
    if (open) working ??= Promise.resolve().then(drain)
  }
  const stopListening = bell.onRing(wake)
  wake()
  return async () => {
    open = false
    stopListening()
    await working
  }
}

doorbellConformance('the in-process doorbell', async () => {
  const bell = memoryDoorbell()
  return {
    doorbell: bell,
    listen: (queue, work) => ears(bell, queue, work),
    flush: async () => bell.flush(),
    close: () => bell.close(),
  }
})

test('a broken in-process doorbell says so and leaves nothing', async () => {
  const bell = memoryDoorbell()
  bell.broken = true
  expect(await bell.ring('stripe-sync', [{ kind: 'customer', tenantId: 'default', id: 'c' }])).toBe(false)
  expect(bell.waiting('stripe-sync')).toEqual([])
})

test('an in-process notice is heard by every listener until it stops', async () => {
  const notices = memoryNotices()
  const heard: string[] = []
  const stop = notices.onNotice(({ id }) => heard.push(id))
  await notices.publish([{ kind: 'operation', id: 'a' }])
  notices.broken = true
  await notices.publish([{ kind: 'operation', id: 'b' }])
  notices.broken = false
  stop()
  await notices.publish([{ kind: 'synced', id: 'c' }])
  expect(heard).toEqual(['a'])
})
