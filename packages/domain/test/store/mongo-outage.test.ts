import { type LocalService, startTestMongo } from '@lockstep/local-services'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openMongoStore } from '../../src/store/mongo/open-store.ts'
import { type Store, StoreUnavailable } from '../../src/store/store.ts'
import { aCustomer, anOperation, anyTenant } from './records.ts'

const patience = { timeout: 50_000, interval: 100 }

describe('a database that comes and goes', () => {
  let service: LocalService
  let store: Store
  beforeAll(async () => {
    // Of this file's own: it is killed here.
    service = await startTestMongo({ env: { ...process.env, TEST_MONGO_URL: undefined }, announce: () => {} })
    store = await openMongoStore({ url: service.url, db: 'outage', poolSize: 10, timeoutMs: 3_000 })
  })
  afterAll(async () => {
    await store.close()
    await service.stop()
  })

  /** Every kind of access fails in the one way that callers know. */
  async function expectUnavailable(): Promise<void> {
    const tenant = anyTenant()
    const accesses = [
      () => store.ping(),
      () => store.readTenant(tenant),
      () => store.insertCustomer(aCustomer(tenant)),
      () => store.replaceCustomer(aCustomer(tenant)),
      () => store.insertOperations([anOperation(tenant), anOperation(tenant)]),
      () => store.takeNumbers(1),
      () => store.backlog(),
    ]
    for (const access of accesses) await expect(access()).rejects.toBeInstanceOf(StoreUnavailable)
  }

  test('while the process that holds the data is dead every access is StoreUnavailable; later it works again', async () => {
    await service.kill()
    try {
      await expectUnavailable()
    } finally {
      await service.restart()
    }
    await vi.waitFor(() => store.ping(), patience)
  })

  test('writers through a kill see StoreUnavailable or an answer, and no answered write is lost', async () => {
    const tenant = anyTenant()
    const answered = new Set<string>()
    const attempted = new Set<string>()
    const errors: unknown[] = []
    const stopping = { now: false }
    const writers = Array.from({ length: 8 }, async () => {
      while (!stopping.now) {
        const operation = anOperation(tenant)
        attempted.add(operation._id)
        try {
          const [result] = await store.insertOperations([operation])
          if (result?.kind === 'ok') answered.add(operation._id)
          else errors.push(new Error(`an operation written once was answered ${JSON.stringify(result)}`))
        } catch (error) {
          if (!(error instanceof StoreUnavailable)) errors.push(error)
        }
      }
    })
    try {
      await vi.waitFor(() => expect(answered.size).toBeGreaterThan(200), patience)
      await service.kill()
      await service.restart()
      const before = answered.size
      await vi.waitFor(() => expect(answered.size).toBeGreaterThan(before + 200), patience)
    } finally {
      stopping.now = true
      await Promise.all(writers)
    }
    expect(errors).toEqual([])
    expect(await store.stillWaiting(tenant, [...answered])).toEqual(answered)
    expect(attempted.size).toBeGreaterThanOrEqual(answered.size)
  })

  test('while the process in front of the data is dead every access is StoreUnavailable; later it works again', async ({
    skip,
  }) => {
    const pid = service.gatewayPid
    if (pid === undefined) return skip('one process both speaks and holds the data here')
    const died = new Promise<void>((resolve) => {
      const stopListening = service.onDeath(() => {
        stopListening()
        resolve()
      })
    })
    process.kill(pid, 'SIGKILL')
    await died
    try {
      await expectUnavailable()
    } finally {
      await service.restart()
    }
    await vi.waitFor(() => store.ping(), patience)
  })
})
