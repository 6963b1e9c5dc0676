import { type LocalService, startTestRedis } from '@lockstep/local-services'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Notice } from '../../src/doorbell/doorbell.ts'
import { openNotices, openNoticeSubscriber } from '../../src/doorbell/notices.ts'
import { openRedis } from '../../src/doorbell/redis.ts'

const patience = { timeout: 30_000, interval: 50 }
let service: LocalService
beforeAll(async () => {
  // Of this file's own: it is killed here.
  service = await startTestRedis({ env: { ...process.env, TEST_REDIS_URL: undefined }, announce: () => {} })
})
afterAll(async () => {
  await service.stop()
})

/** Both sides, and everything that was heard; all of it closed afterwards. */
async function withNotices(
  use: (sides: {
    publish: (notices: Notice[]) => Promise<void>
    raw: (text: string) => Promise<unknown>
    heard: Notice[]
    ready: Promise<void>
  }) => Promise<void>,
): Promise<void> {
  const producer = openRedis(service.url, 'producer')
  const listening = openRedis(service.url, 'subscriber')
  const notices = openNotices({ redis: producer })
  const subscriber = openNoticeSubscriber({ redis: listening })
  const heard: Notice[] = []
  subscriber.onNotice((notice) => heard.push(notice))
  try {
    await use({
      publish: (published) => notices.publish(published),
      raw: (text) => producer.publish('lockstep:notices', text),
      heard,
      ready: subscriber.ready,
    })
  } finally {
    await subscriber.close()
    producer.disconnect()
    listening.disconnect()
  }
}

const operation: Notice = { kind: 'operation', id: 'op-1' }
const synced: Notice = { kind: 'synced', id: 'customer-1' }

test('published notices are heard, in order', async () => {
  await withNotices(async ({ publish, heard, ready }) => {
    await ready
    await vi.waitFor(async () => {
      await publish([operation, synced])
      expect(heard.slice(0, 2)).toEqual([operation, synced])
    }, patience)
  })
})

test('what is no notice is passed over', async () => {
  await withNotices(async ({ raw, heard, ready }) => {
    await ready
    for (const text of [
      '{',
      'null',
      '[1,null]',
      '[{"kind":"x","id":"1"}]',
      '[{"kind":"operation","id":1}]',
    ]) {
      await vi.waitFor(() => raw(text), patience)
    }
    await raw(JSON.stringify([operation]))
    await vi.waitFor(() => expect(heard).toEqual([operation]), patience)
  })
})

test('after an outage the subscription is there again, and publishing meanwhile neither throws nor waits', async () => {
  await withNotices(async ({ publish, heard, ready }) => {
    await ready
    await service.kill()
    await publish([operation])
    await service.restart()
    await vi.waitFor(async () => {
      await publish([synced])
      expect(heard).toContainEqual(synced)
    }, patience)
    expect(heard).not.toContainEqual(operation)
  })
})

test('a subscriber that was opened while Redis was away hears once it is there', async () => {
  await service.kill()
  await withNotices(async ({ publish, heard, ready }) => {
    await service.restart()
    await ready
    await vi.waitFor(async () => {
      await publish([operation])
      expect(heard).toContainEqual(operation)
    }, patience)
  })
})
