// Owns the suite that every doorbell passes, whatever it rings on.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Doorbell, QueueName, Subject } from '../../src/doorbell/doorbell.ts'
import { subjectKey } from '../../src/doorbell/doorbell.ts'

/** A doorbell and the ears on its other side. */
export interface BellUnderTest {
  doorbell: Doorbell
  /** Answers each job of the queue, one at a time; resolves to the way to stop, once it listens. */
  listen(queue: QueueName, work: (key: string) => Promise<void>): Promise<() => Promise<void>>
  /** Forgets everything. */
  flush(): Promise<void>
  close(): Promise<void>
}

const customer = (id: string): Subject => ({ kind: 'customer', tenantId: 'default', id })
/** Rung last: once it is heard, whatever had to come before it has come. */
const last = customer('last')

/** Runs the whole suite. */
export function doorbellConformance(name: string, open: () => Promise<BellUnderTest>): void {
  describe(name, () => {
    let bell: BellUnderTest
    beforeAll(async () => {
      bell = await open()
    })
    afterAll(async () => {
      await bell.close()
    })

    /** What the queue hears, up to and without the last bell; `work` sees each key. */
    async function heard(
      queue: QueueName,
      work: (key: string) => Promise<void> = async () => {},
    ): Promise<string[]> {
      const keys: string[] = []
      const ended = Promise.withResolvers<void>()
      const stop = await bell.listen(queue, async (key) => {
        if (key === subjectKey(last)) return ended.resolve()
        keys.push(key)
        await work(key)
      })
      await ended.promise
      await stop()
      return keys
    }

    test('a calm bell is heard after all others, and a subject may have one of each', async () => {
      const calm = { calm: true }
      await bell.doorbell.ring('stripe-sync', [customer('a'), customer('b'), last], calm)
      await bell.doorbell.ring('stripe-sync', [customer('a')], calm)
      await bell.doorbell.ring('stripe-sync', [customer('c'), customer('a')])
      expect(await heard('stripe-sync')).toEqual(['c/default/c', 'c/default/a', 'c/default/a', 'c/default/b'])
    })

    test('a rung bell is heard in its own queue alone, with the subject’s key', async () => {
      const subjects: Subject[] = [
        { kind: 'customer', tenantId: 'default', id: 'a' },
        { kind: 'stripe_customer', tenantId: 'default', id: 'cus_1' },
        { kind: 'endpoint', tenantId: 'default', id: 'we_1' },
      ]
      expect(await bell.doorbell.ring('customer-apply', subjects)).toBe(true)
      expect(await bell.doorbell.ring('stripe-sync', [customer('b'), last])).toBe(true)
      expect(await heard('stripe-sync')).toEqual(['c/default/b'])
      await bell.doorbell.ring('customer-apply', [last])
      expect(await heard('customer-apply')).toEqual(['c/default/a', 's/default/cus_1', 'w/default/we_1'])
    })

    test('any number of rings for a waiting subject are one job', async () => {
      const ring = () => bell.doorbell.ring('stripe-sync', [customer('a'), customer('a')])
      expect(await Promise.all(Array.from({ length: 20 }, ring))).not.toContain(false)
      await bell.doorbell.ring('stripe-sync', [customer('b'), customer('a'), last])
      expect(await heard('stripe-sync')).toEqual(['c/default/a', 'c/default/b'])
    })

    test('rings while the job is active make exactly one more run', async () => {
      await bell.doorbell.ring('stripe-sync', [customer('a')])
      let runs = 0
      const keys = await heard('stripe-sync', async () => {
        if (++runs === 1) {
          for (let n = 0; n < 3; n++) await bell.doorbell.ring('stripe-sync', [customer('a')])
        } else await bell.doorbell.ring('stripe-sync', [last])
      })
      expect(keys).toEqual(['c/default/a', 'c/default/a'])
    })

    test('after a job has ended, well or not, its subject rings again', async () => {
      for (const fails of [true, false, true]) {
        await bell.doorbell.ring('isolation', [customer('a'), last])
        const keys = await heard('isolation', async () => {
          if (fails) throw new Error('this run fails')
        })
        expect(keys).toEqual(['c/default/a'])
      }
    })

    test('a ring while a job is active is not lost if that job fails', async () => {
      await bell.doorbell.ring('isolation', [customer('a')])
      let runs = 0
      const keys = await heard('isolation', async () => {
        if (++runs > 1) {
          await bell.doorbell.ring('isolation', [last])
          return
        }
        await bell.doorbell.ring('isolation', [customer('a')])
        throw new Error('this run fails')
      })
      expect(keys).toEqual(['c/default/a', 'c/default/a'])
    })

    test('many subjects ring at once, each is heard once', async () => {
      const subjects = Array.from({ length: 1_200 }, (_, n) => customer(String(n)))
      expect(await bell.doorbell.ring('customer-apply', [...subjects, ...subjects.slice(0, 50)])).toBe(true)
      await bell.doorbell.ring('customer-apply', [last])
      expect((await heard('customer-apply')).toSorted()).toEqual(subjects.map(subjectKey).toSorted())
    })

    test('a ring for nobody rings', async () => {
      expect(await bell.doorbell.ring('customer-apply', [])).toBe(true)
    })

    test('after everything was forgotten the next ring is heard', async () => {
      await bell.doorbell.ring('event-deliveries', [customer('a'), customer('b')])
      await bell.flush()
      expect(await bell.doorbell.ring('event-deliveries', [customer('a'), last])).toBe(true)
      expect(await heard('event-deliveries')).toEqual(['c/default/a'])
    })

    test('a subject that was forgotten while its job was active rings again', async () => {
      await bell.doorbell.ring('event-deliveries', [customer('a')])
      let runs = 0
      const keys = await heard('event-deliveries', async () => {
        if (++runs > 1) return
        await bell.flush()
        await bell.doorbell.ring('event-deliveries', [customer('a'), last])
      })
      expect(keys).toEqual(['c/default/a', 'c/default/a'])
    })
  })
}
