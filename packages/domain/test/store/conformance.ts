// Owns the suite that every store passes, whatever it is made of.

import { afterAll, beforeAll, describe } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { audit } from './conformance/audit.ts'
import { customerLookups } from './conformance/customer-lookups.ts'
import { customerWrites } from './conformance/customer-writes.ts'
import { deliveries } from './conformance/deliveries.ts'
import { eventLog } from './conformance/event-log.ts'
import { lists } from './conformance/lists.ts'
import { mirrors } from './conformance/mirrors.ts'
import { operations } from './conformance/operations.ts'
import { reconciliations } from './conformance/reconciliations.ts'
import { stripeEvents } from './conformance/stripe-events.ts'
import { tenants } from './conformance/tenants.ts'

/** What each part of the suite is handed. */
export interface StoreUnderTest {
  /** The one store of the suite; every test has its own tenant in it. */
  store: () => Store
  /** A store that nothing was ever written to; the suite closes it. */
  openEmpty: () => Promise<Store>
}

/** Runs the whole suite; `open` gives an empty store each time. */
export function storeConformance(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    const opened: Store[] = []
    const openEmpty = async () => {
      const store = await open()
      opened.push(store)
      return store
    }
    let store: Store
    beforeAll(async () => {
      store = await openEmpty()
    })
    afterAll(async () => {
      await Promise.all(opened.map((each) => each.close()))
    })
    const underTest: StoreUnderTest = { store: () => store, openEmpty }
    customerWrites(underTest)
    customerLookups(underTest)
    operations(underTest)
    stripeEvents(underTest)
    eventLog(underTest)
    deliveries(underTest)
    tenants(underTest)
    reconciliations(underTest)
    mirrors(underTest)
    lists(underTest)
    audit(underTest)
  })
}
