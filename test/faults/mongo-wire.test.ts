// A database that goes without a word: no call waits for ever on a connection that is over. The driver promises that only
// with the patch in `patches/`.

import { openMongoStore } from '@lockstep/domain/store/mongo/open-store'
import { StoreUnavailable } from '@lockstep/domain/store/store'
import { expect, inject, test } from 'vitest'
import { anOperation, anyTenant } from '../../packages/domain/test/store/records.ts'
import { until } from '../support/until.ts'
import { openWire } from '../support/tcp-proxy.ts'

test('a write larger than the wire holds ends as unavailable where nobody reads it', async () => {
  const wire = await openWire(inject('mongoUrl'))
  const store = await openMongoStore({
    url: wire.url,
    db: `${inject('runName')}-wire`,
    poolSize: 1,
    timeoutMs: 1_000,
  })
  try {
    await store.ping()
    await wire.set({ kind: 'black_hole' })
    // More than the kernel's buffers of both ends take, in one command.
    const name = 'n'.repeat(200_000)
    const tenant = anyTenant()
    const many = Array.from({ length: 60 }, () => ({
      ...anOperation(tenant),
      body: { kind: 'update' as const, input: { name } },
    }))
    await expect(store.insertOperations(many)).rejects.toBeInstanceOf(StoreUnavailable)
    await wire.set({ kind: 'pass' })
    await until('the database is there again', () =>
      store.ping().then(
        () => true,
        () => false,
      ),
    )
  } finally {
    await store.close()
    await wire.close()
  }
})
