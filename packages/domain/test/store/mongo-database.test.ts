import mongoose from 'mongoose'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { defaultTenantId, newTenant } from '../../src/store/tenant.ts'
import type { CollectionName } from '../../src/store/mongo/collections.ts'
import { openMongoStore } from '../../src/store/mongo/open-store.ts'
import { asked, newAsks } from '../../src/mirror/asks.ts'
import { modelsOf } from '../../src/store/mongo/schemas.ts'
import { type Store, StoreUnavailable } from '../../src/store/store.ts'
import {
  aCustomer,
  aDelivery,
  aLoggedEvent,
  aMirrored,
  aPush,
  aReconciliation,
  aStripeCall,
  anAuditEntry,
  aStripeEvent,
  anAttempt,
  anEndpoint,
  anOperation,
  at,
} from './records.ts'

const url = inject('mongoUrl')
const db = `${inject('runName')}-database`
let connection: mongoose.Connection
beforeAll(async () => {
  connection = await mongoose.createConnection(url, { dbName: db }).asPromise()
})
afterAll(async () => {
  await connection.close()
})

async function withStore(use: (store: Store) => Promise<void>): Promise<void> {
  const store = await openMongoStore({ url, db, poolSize: 5 })
  try {
    await use(store)
  } finally {
    await store.close()
  }
}

describe('opening', () => {
  test('eight processes may open one new database at once, and again', async () => {
    const fresh = `${inject('runName')}-fresh`
    for (let round = 0; round < 2; round++) {
      const stores = await Promise.all(
        Array.from({ length: 8 }, () => openMongoStore({ url, db: fresh, poolSize: 2 })),
      )
      await Promise.all(stores.map((store) => store.ping()))
      await Promise.all(stores.map((store) => store.close()))
    }
  })

  test('an index that another one has replaced is gone, however many processes start at once', async () => {
    const older = `${inject('runName')}-older`
    const connection = await mongoose.createConnection(url, { dbName: older }).asPromise()
    const events = connection.collection('events')
    try {
      await events.createIndex({ tenant_id: 1, customer_id: 1, seq: 1 }, { name: 'events_customer' })
      const opening = Array.from({ length: 4 }, () => openMongoStore({ url, db: older, poolSize: 2 }))
      const stores = await Promise.all(opening)
      await Promise.all(stores.map((store) => store.close()))
      const names = (await events.indexes()).map(({ name }) => name)
      expect(names).toContain('events_customer_pos')
      expect(names).not.toContain('events_customer')
    } finally {
      await connection.close()
    }
  })

  test('a database that is not there is StoreUnavailable', async () => {
    // Port 1 of this machine: nothing listens there.
    const opening = openMongoStore({ url: 'mongodb://127.0.0.1:1/', poolSize: 1 })
    await expect(opening).rejects.toBeInstanceOf(StoreUnavailable)
  })

  test('a closed store is unavailable, not broken', async () => {
    const store = await openMongoStore({ url, db, poolSize: 1 })
    await store.close()
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable)
  })
})

describe('what is stored', () => {
  test('every stored field of every collection is declared in its schema', async () => {
    await withStore(async (store) => {
      const tenant = defaultTenantId
      const ref = { tenantId: tenant, customerId: 'c' }
      const operation = anOperation(tenant, { idempotency_key: 'k' })
      const event = aStripeEvent(tenant)
      await store.insertCustomer(
        aCustomer(tenant, {
          email_claim: 'a@example.com',
          stripe_id: 'cus_1',
          duplicate_stripe_ids: ['cus_2'],
          desired: [
            { k: 'name', v: 'Ada' },
            { k: 'metadata.x', v: { $where: 1 } },
          ],
          stripe: { balance: 0, currency: null, delinquent: false, created: 1 },
          live_subscriptions: ['sub_1'],
          usage: [{ event_name: 'api_calls', month: '2026-11', value: 3, reports: 1 }],
          pushes: [aPush('p')],
          applied: [{ id: 'o', code: null, version: 1 }],
          outbox: [{ id: 'e', seq: 1, type: 'customer.created', at, data: '{}' }],
          conflicts: [{ id: 'c', k: 'name', lost: null, won: null, winner: 'ours', by: 'merge', at }],
          refused: [{ k: 'name', v: null, code: 'x', param: null, at }],
          sync_due_at: at,
          parked: { code: 'bug', at },
          tombstone: { merged_into: 'o', at },
        }),
      )
      await store.takeNumbers(1)
      await store.insertOperations([operation])
      await store.settleOperations(tenant, [
        { id: operation._id, at, outcome: { code: null, version: 1, customer: '{}' } },
      ])
      await store.insertStripeEvents([event, aStripeEvent(tenant)])
      await store.markStripeEvents([{ id: event._id, at, outcome: 'looked' }])
      await store.appendEvents([aLoggedEvent(tenant, 1)])
      const endpoint = anEndpoint(tenant, { disabled: { reason: 'failing', at } })
      await store.insertEndpoint(endpoint)
      await store.putDelivery(aDelivery(endpoint, 'event-1'))
      await store.insertAttempts([anAttempt(endpoint, 'event-1')])
      await store.publishSealingKey({ _id: 'key', public_key: 'public', published_at: at })
      await store.keepPush(ref, aPush('kept'))
      await store.countBrake(tenant, 1)
      await store.insertReconciliation(aReconciliation(tenant))
      await store.insertMirrorAsks(asked(newAsks(tenant, 'cus_1'), [{ kind: 'invoice', id: 'in_1' }], at))
      await store.keepPortalLink({ tenantId: tenant, operationId: 'o', url: 'https://x', expiresAt: at })
      await store.insertMirrored({
        ...aMirrored(tenant),
        gone: true,
        untold: [{ id: 'e', type: 'invoice.created', at, data: '{}' }],
      })
      await store.insertStripeCall(aStripeCall(tenant))
      await store.appendAudit(anAuditEntry(tenant))
      await store.insertTenant(newTenant({ id: tenant, livemode: false, linkByEmail: true, at }))
      await store.insertApiKey({
        _id: 'hash',
        tenant_id: tenant,
        key_id: 'key_1',
        scopes: ['operator'],
        created_at: at,
        revoked_at: null,
      })

      const models = Object.entries(modelsOf(connection))
      for (const [name, model] of models) {
        const stored = await connection.collection(name).find({}).toArray()
        expect(stored, name).not.toHaveLength(0)
        // `strict: throw` refuses an undeclared field here, `validate` a missing one.
        for (const document of stored) await new model(document).validate()
      }
      const names: CollectionName[] = [
        'customers',
        'operations',
        'stripe_events',
        'events',
        'tenants',
        'pushes',
      ]
      expect(models.map(([name]) => name)).toEqual(expect.arrayContaining(names))
    })
  })

  test('what has ended carries the date after which it may go; what waits carries none', async () => {
    await withStore(async (store) => {
      const [settled, waiting] = [anOperation('ttl'), anOperation('ttl')]
      const [done, undone] = [aStripeEvent('ttl'), aStripeEvent('ttl')]
      await store.insertOperations([settled, waiting])
      await store.insertStripeEvents([done, undone])
      const outcome = { code: null, version: 1, customer: '{}' }
      await store.settleOperations('ttl', [{ id: settled._id, at, outcome }])
      await store.markStripeEvents([{ id: done._id, at, outcome: 'looked' }])
      const expiries = async (name: string) => {
        const found = await connection.collection(name).find({ tenant_id: 'ttl' }).toArray()
        return new Map(found.map((document) => [String(document._id), document.expires_at]))
      }
      const inThirtyDays = new Date(at + 30 * 24 * 60 * 60 * 1000)
      expect(await expiries('operations')).toEqual(
        new Map([
          [settled._id, inThirtyDays],
          [waiting._id, undefined],
        ]),
      )
      expect(await expiries('stripe_events')).toEqual(
        new Map([
          [done._id, inThirtyDays],
          [undone._id, undefined],
        ]),
      )
    })
  })

  test('a tenant with an undeclared field is refused', async () => {
    await withStore(async (store) => {
      const tenant = { ...newTenant({ id: 'odd', livemode: false, linkByEmail: true, at }), surprise: 1 }
      await expect(store.insertTenant(tenant)).rejects.toThrow(/surprise/)
    })
  })
})
