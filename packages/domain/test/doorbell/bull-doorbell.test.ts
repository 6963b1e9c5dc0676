import { type LocalService, startTestRedis } from '@lockstep/local-services'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openBullDoorbell } from '../../src/doorbell/bullmq.ts'
import type { Subject } from '../../src/doorbell/doorbell.ts'
import { openRedis } from '../../src/doorbell/redis.ts'
import { bullEars } from './bull-ears.ts'
import { doorbellConformance } from './conformance.ts'

/** A Redis of this file's own: it is flushed, frozen and killed here. */
const ownRedis = () =>
  startTestRedis({ env: { ...process.env, TEST_REDIS_URL: undefined }, announce: () => {} })

doorbellConformance('the BullMQ doorbell', async () => {
  const service = await ownRedis()
  const redis = openRedis(service.url, 'producer')
  const doorbell = openBullDoorbell({ redis })
  await vi.waitFor(() => expect(redis.status).toBe('ready'))
  return {
    doorbell,
    listen: (queue, work) => bullEars(service.url, queue, work),
    async flush() {
      await redis.flushall()
    },
    async close() {
      await doorbell.close()
      redis.disconnect()
      await service.stop()
    },
  }
})

describe('a Redis that comes and goes', () => {
  const patience = { timeout: 30_000, interval: 50 }
  const subject: Subject = { kind: 'customer', tenantId: 'default', id: 'a' }
  let service: LocalService
  beforeAll(async () => {
    service = await ownRedis()
  })
  afterAll(async () => {
    await service.stop()
  })

  async function withBell<T>(use: (ring: () => Promise<boolean>) => Promise<T>): Promise<T> {
    const redis = openRedis(service.url, 'producer')
    const doorbell = openBullDoorbell({ redis })
    try {
      return await use(() => doorbell.ring('customer-apply', [subject]))
    } finally {
      await doorbell.close()
      redis.disconnect()
    }
  }

  /** Rings until one ring is heard. */
  async function untilHeard(ring: () => Promise<boolean>): Promise<void> {
    const heard = Promise.withResolvers<void>()
    const stop = await bullEars(service.url, 'customer-apply', async () => heard.resolve())
    await vi.waitFor(async () => expect(await ring()).toBe(true), patience)
    await heard.promise
    await stop()
  }

  test('a bell that was made while Redis was away does not ring, and rings once it is there', async () => {
    await service.kill()
    await withBell(async (ring) => {
      expect(await ring()).toBe(false)
      await service.restart()
      await untilHeard(ring)
    })
  })

  test('a bell whose Redis was killed and came back empty rings again, to workers that listened all along', async () => {
    await withBell(async (ring) => {
      await untilHeard(ring)
      let heard = 0
      const stop = await bullEars(service.url, 'customer-apply', async () => {
        heard++
      })
      await service.kill()
      expect(await ring()).toBe(false)
      await service.restart()
      await vi.waitFor(async () => expect(await ring()).toBe(true), patience)
      await vi.waitFor(() => expect(heard).toBeGreaterThan(0), patience)
      await stop()
    })
  })

  test('a ring at a frozen Redis is given up, and the next one after the thaw is heard', async () => {
    const pid = service.mainPid
    if (pid === undefined) throw new Error('bug: a Redis started here has a process')
    await withBell(async (ring) => {
      await untilHeard(ring)
      process.kill(pid, 'SIGSTOP')
      try {
        expect(await ring()).toBe(false)
      } finally {
        process.kill(pid, 'SIGCONT')
      }
      await untilHeard(ring)
    })
  })

  test('many rings at a frozen Redis are all given up, none throws', async () => {
    const pid = service.mainPid
    if (pid === undefined) throw new Error('bug: a Redis started here has a process')
    await withBell(async (ring) => {
      await untilHeard(ring)
      process.kill(pid, 'SIGSTOP')
      try {
        const rung = await Promise.all(Array.from({ length: 50 }, ring))
        expect(rung).toEqual(Array.from({ length: 50 }, () => false))
      } finally {
        process.kill(pid, 'SIGCONT')
      }
    })
  })
})
