// Owns what a store promises of tenants, API keys, the brake's counts and the backlog.

import { describe, expect, test } from 'vitest'
import { newTenant } from '../../../src/store/tenant.ts'
import type { StoreUnderTest } from '../conformance.ts'
import { aCustomer, anOperation, anyTenant, aStripeEvent, at } from '../records.ts'

export function tenants({ store, openEmpty }: StoreUnderTest): void {
  const aTenant = (id: string) => newTenant({ id, livemode: false, linkByEmail: true, at })

  describe('tenants and keys', () => {
    test('a tenant is inserted once, with rev 1, and replaced only by who read it last', async () => {
      const tenant = aTenant(anyTenant())
      expect(await store().readTenant(tenant._id)).toBeNull()
      expect(await store().insertTenant(tenant)).toEqual({ kind: 'ok' })
      expect(await store().insertTenant(tenant)).toEqual({ kind: 'duplicate', rule: '_id' })
      const read = await store().readTenant(tenant._id)
      expect(read).toEqual({ ...tenant, rev: 1 })

      const paused = {
        ...tenant,
        rev: 1,
        account: 'acct_1',
        policy_by_field: [{ field: 'name', policy: 'stripe' as const }],
        paused_outbound: { reason: 'brake' as const, detail: '12 archives', at },
        caught_up_to: 1,
      }
      const results = await Promise.all(Array.from({ length: 10 }, () => store().replaceTenant(paused)))
      expect(results.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
      expect(await store().readTenant(tenant._id)).toEqual({ ...paused, rev: 2 })
      expect(await store().replaceTenant({ ...aTenant(anyTenant()), rev: 1 })).toEqual({ kind: 'stale' })
    })

    test('all tenants are listed', async () => {
      const ids = [anyTenant(), anyTenant()]
      for (const id of ids) await store().insertTenant(aTenant(id))
      const listed = (await store().listTenants()).map(({ _id }) => _id)
      expect(listed).toEqual(expect.arrayContaining(ids))
    })

    test('an API key is found by its hash alone', async () => {
      const key = {
        _id: `hash-${anyTenant()}`,
        tenant_id: anyTenant(),
        key_id: 'key_1',
        scopes: ['customers' as const],
        created_at: at,
        revoked_at: null,
      }
      expect(await store().insertApiKey(key)).toEqual({ kind: 'ok' })
      expect(await store().insertApiKey(key)).toEqual({ kind: 'duplicate', rule: '_id' })
      expect(await store().readApiKey(key._id)).toEqual(key)
      expect(await store().readApiKey('hash-of-another')).toBeNull()
    })

    test('the brake counts each of 40 at once, by tenant and hour', async () => {
      const tenant = anyTenant()
      const hour = 490_000
      const counts = await Promise.all(Array.from({ length: 40 }, () => store().countBrake(tenant, hour)))
      expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1))
      expect(await store().countBrake(tenant, hour + 1)).toBe(1)
      // Lifted by a person, it counts anew.
      expect(await store().countBrake(tenant, hour, 1)).toBe(1)
      expect(await store().countBrake(tenant, hour)).toBe(41)
      expect(await store().countBrake(anyTenant(), hour)).toBe(1)
    })

    test('linked customers are counted by tenant', async () => {
      const tenant = anyTenant()
      await store().insertCustomer(aCustomer(tenant, { stripe_id: 'cus_1' }))
      await store().insertCustomer(aCustomer(tenant, { stripe_id: 'cus_2' }))
      await store().insertCustomer(aCustomer(tenant))
      expect(await store().countLinked(tenant)).toBe(2)
      expect(await store().countLinked(anyTenant())).toBe(0)
    })
  })

  describe('the backlog', () => {
    test('counts what waits, how long, and what is parked for which reason', async () => {
      const empty = await openEmpty()
      expect(await empty.backlog()).toEqual({
        waitingOperations: 0,
        oldestWaitingOperationAt: null,
        unsyncedCustomers: 0,
        oldestUnsyncedAt: null,
        waitingStripeEvents: 0,
        parked: [],
      })
      const tenant = anyTenant()
      const settled = anOperation(tenant, { accepted_at: at - 9 })
      await empty.insertOperations([
        settled,
        anOperation(tenant),
        anOperation(tenant, { accepted_at: at - 1 }),
      ])
      await empty.settleOperations(tenant, [
        { id: settled._id, at, outcome: { code: null, version: 1, customer: '{}' } },
      ])
      await empty.insertStripeEvents([aStripeEvent(tenant), aStripeEvent(tenant, { done_at: at })])
      await empty.insertCustomer(aCustomer(tenant))
      await empty.insertCustomer(aCustomer(tenant, { sync_due_at: at - 2 }))
      for (const code of ['b', 'a', 'b']) {
        await empty.insertCustomer(aCustomer(tenant, { sync_due_at: at, parked: { code, at } }))
      }
      expect(await empty.backlog()).toEqual({
        waitingOperations: 2,
        oldestWaitingOperationAt: at - 1,
        unsyncedCustomers: 4,
        oldestUnsyncedAt: at - 2,
        waitingStripeEvents: 1,
        parked: [
          { code: 'a', count: 1 },
          { code: 'b', count: 2 },
        ],
      })
    })

    test('a store that answers can be pinged', async () => {
      await expect(store().ping()).resolves.toBeUndefined()
    })
  })
}
