import { v7 } from 'uuid'
import { inject } from 'vitest'
import { openMongoStore } from '../../src/store/mongo/open-store.ts'
import { storeConformance } from './conformance.ts'

storeConformance('the MongoDB store', () =>
  openMongoStore({
    url: inject('mongoUrl'),
    db: `${inject('runName')}-${v7()}`,
    poolSize: 20,
    timeoutMs: 30_000,
  }),
)
