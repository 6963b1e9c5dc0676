// Owns what a store promises of operations: numbers, idempotency keys, the waiting ones, and that settling is final.

import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import type { Operation } from '../../../src/operation/operation.ts'
import type { StoreUnderTest } from '../conformance.ts'
import { anOperation, anyTenant, at, hostileNames } from '../records.ts'

export function operations({ store }: StoreUnderTest): void {
  const applied = { code: null, version: 2, customer: '{"name":"Ada"}' }
  const rejected = { code: 'not_allowed_in_state', version: null, customer: null }

  describe('operations', () => {
    test('one that waits for Stripe is drained no more, has no outcome yet, and is settled like any other', async () => {
      const tenant = anyTenant()
      const held = anOperation(tenant)
      const ref = { tenantId: tenant, customerId: held.customer_id }
      await store().insertOperations([held])
      await store().holdOperations(tenant, [held._id])
      await store().holdOperations(tenant, [])
      expect(await store().waitingOperations(ref, 10)).toEqual([])
      expect(await store().customersWaiting({ acceptedBefore: at + 1, limit: 1000 })).not.toContainEqual(ref)
      expect(await store().stillWaiting(tenant, [held._id])).toEqual(new Set([held._id]))
      expect(await store().readOperation(tenant, held._id)).toEqual({ ...held, status: 'waiting' })
      const outcome = { code: null, version: 1, customer: null, result: '{"id":"cbtxn_1"}' }
      await store().settleOperations(tenant, [{ id: held._id, at: at + 1, outcome }])
      await store().holdOperations(tenant, [held._id])
      expect(await store().readOperation(tenant, held._id)).toEqual({
        ...held,
        status: 'applied',
        settled_at: at + 1,
        outcome,
      })
    })

    test('of many questions at one moment each gets its own customer’s, and one with a long line hides no other’s', async () => {
      const tenant = anyTenant()
      const long = Array.from({ length: 1_100 }, (_, n) => anOperation(tenant, { number: n }))
      const busy = long[0]?.customer_id ?? ''
      const others = Array.from({ length: 20 }, (_, n) => anOperation(tenant, { number: 5_000 + n }))
      await store().insertOperations(long.map((each) => ({ ...each, customer_id: busy })))
      await store().insertOperations(others)
      const ask = (customerId: string) => store().waitingOperations({ tenantId: tenant, customerId }, 100)
      const found = await Promise.all([ask(busy), ...others.map(({ customer_id: id }) => ask(id)), ask(v7())])
      expect(found.map((each) => each.map(({ _id }) => _id))).toEqual([
        long.slice(0, 100).map(({ _id }) => _id),
        ...others.map(({ _id }) => [_id]),
        [],
      ])
    })

    test('one that needs an operator is parked, with what Stripe said', async () => {
      const tenant = anyTenant()
      const operation = anOperation(tenant)
      await store().insertOperations([operation])
      const stripe = { code: 'card_declined', param: null }
      const outcome = { code: 'link_lost', version: 1, customer: null, stripe, parked: true as const }
      await store().settleOperations(tenant, [{ id: operation._id, at, outcome }])
      expect(await store().readOperation(tenant, operation._id)).toMatchObject({ status: 'parked', outcome })
    })

    test('an erasure removes what was written in settled ones of this customer alone', async () => {
      const tenant = anyTenant()
      const person = { kind: 'update', input: { name: 'Ada' } } as const
      const settled = anOperation(tenant, { body: person })
      const mine = { tenant_id: tenant, customer_id: settled.customer_id }
      const open = anOperation(tenant, { ...mine, body: person })
      const other = anOperation(tenant, { body: person })
      await store().insertOperations([settled, open, other])
      const outcome = { code: null, version: 1, customer: '{"name":"Ada"}' }
      await store().settleOperations(
        tenant,
        [settled, other].map(({ _id: id }) => ({ id, at, outcome })),
      )
      const ref = { tenantId: tenant, customerId: settled.customer_id }
      await store().eraseOperations(ref)
      await store().eraseOperations(ref)
      expect(await store().readOperation(tenant, settled._id)).toMatchObject({
        body: { kind: 'update', input: {} },
        outcome: { code: null, version: 1, customer: null },
      })
      expect(await store().readOperation(tenant, open._id)).toMatchObject({ body: person })
      expect(await store().readOperation(tenant, other._id)).toMatchObject({ body: person, outcome })
    })

    test('numbers taken at once from 40 sides are all different, and rise', async () => {
      const taken = await Promise.all(Array.from({ length: 40 }, () => store().takeNumbers(3)))
      const numbers = taken.flatMap((first) => [first, first + 1, first + 2])
      expect(new Set(numbers).size).toBe(120)
      expect(await store().takeNumbers(1)).toBeGreaterThan(Math.max(...numbers))
    })

    test('a batch answers each item by itself: one duplicate stops no other', async () => {
      const tenant = anyTenant()
      const first = anOperation(tenant, { idempotency_key: 'k1' })
      const batch = [
        first,
        anOperation(tenant),
        anOperation(tenant, { idempotency_key: 'k1' }),
        { ...anOperation(tenant), _id: first._id },
        anOperation(tenant, { idempotency_key: 'k2' }),
      ]
      expect(await store().insertOperations(batch)).toEqual([
        { kind: 'ok' },
        { kind: 'ok' },
        { kind: 'duplicate', rule: 'idempotency_key' },
        { kind: 'duplicate', rule: '_id' },
        { kind: 'ok' },
      ])
      for (const { _id } of [batch[1], batch[4]].flatMap((operation) => operation ?? [])) {
        expect(await store().readOperation(tenant, _id)).not.toBeNull()
      }
      expect(await store().insertOperations([])).toEqual([])
    })

    test('of three concurrent operations under one Idempotency-Key one is taken, every time', async () => {
      const tenant = anyTenant()
      for (const idempotency_key of ['k1', 'k2', 'k3', 'k4', 'k5']) {
        const batch = Array.from({ length: 3 }, () => anOperation(tenant, { idempotency_key }))
        const results = await Promise.all(batch.map((operation) => store().insertOperations([operation])))
        const winners = batch.filter((_, n) => results[n]?.[0]?.kind === 'ok')
        expect(winners).toHaveLength(1)
        expect(results.flat().filter(({ kind }) => kind === 'duplicate')).toHaveLength(2)
        expect(await store().findByIdempotencyKey(tenant, 'key_1', idempotency_key)).toEqual(winners[0])
      }
    })

    test('an Idempotency-Key is its tenant’s and API key’s own', async () => {
      const [tenant, other] = [anyTenant(), anyTenant()]
      const ours = anOperation(tenant, { idempotency_key: 'k' })
      const results = await store().insertOperations([
        ours,
        anOperation(tenant, { idempotency_key: 'k', api_key_id: 'key_2' }),
        anOperation(other, { idempotency_key: 'k' }),
      ])
      expect(results.map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok'])
      expect(await store().findByIdempotencyKey(tenant, 'key_1', 'k')).toEqual(ours)
      expect(await store().findByIdempotencyKey(tenant, 'key_3', 'k')).toBeNull()
    })

    test('a body with hostile names, nulls and nested values comes back as it went in', async () => {
      const tenant = anyTenant()
      const metadata = [
        ...hostileNames.map((name) => ({ k: name, v: name })),
        { k: 'nested', v: JSON.parse('{"__proto__":{"$where":[{"a.b":null}]},"":1}') },
      ]
      const operation = anOperation(tenant, {
        body: {
          kind: 'create',
          key: '$where',
          input: { metadata, email: null, billing_address: { city: null } },
        },
        if_match: 3,
      })
      await store().insertOperations([operation])
      const read = await store().readOperation(tenant, operation._id)
      expect(read).toEqual(operation)
      expect(JSON.stringify(read?.body)).toBe(JSON.stringify(operation.body))
      expect(await store().readOperation(anyTenant(), operation._id)).toBeNull()
    })

    test('the waiting ones of a customer come by number, however they were inserted', async () => {
      const tenant = anyTenant()
      const customer_id = v7()
      const batch = [11, 2, 30, 4].map((number) => anOperation(tenant, { customer_id, number }))
      await store().insertOperations([
        ...batch,
        anOperation(tenant),
        anOperation(anyTenant(), { customer_id }),
      ])
      const ref = { tenantId: tenant, customerId: customer_id }
      const numbers = async (limit: number) =>
        (await store().waitingOperations(ref, limit)).map(({ number }) => number)
      expect(await numbers(10)).toEqual([2, 4, 11, 30])
      expect(await numbers(2)).toEqual([2, 4])
      expect(await store().countWaiting(ref, 10)).toBe(4)
      expect(await store().countWaiting(ref, 3)).toBe(3)
      expect(await store().countWaiting({ ...ref, tenantId: anyTenant() }, 3)).toBe(0)
    })

    test('settling is final: a second outcome changes nothing', async () => {
      const tenant = anyTenant()
      const customer_id = v7()
      const [one, two, three] = [1, 2, 3].map((number) => anOperation(tenant, { customer_id, number }))
      if (!one || !two || !three) throw new Error('bug: three were made')
      await store().insertOperations([one, two, three])
      await store().settleOperations(tenant, [
        { id: one._id, at: at + 1, outcome: applied },
        { id: two._id, at: at + 2, outcome: rejected },
        { id: v7(), at: at + 2, outcome: rejected },
      ])
      await store().settleOperations(tenant, [{ id: one._id, at: at + 9, outcome: rejected }])
      await store().settleOperations(tenant, [])
      expect(await store().readOperation(tenant, one._id)).toEqual({
        ...one,
        status: 'applied',
        settled_at: at + 1,
        outcome: applied,
      })
      expect(await store().readOperation(tenant, two._id)).toMatchObject({
        status: 'rejected',
        outcome: rejected,
      })
      const ids = [one._id, two._id, three._id, v7()]
      expect(await store().stillWaiting(tenant, ids)).toEqual(new Set([three._id]))
      expect(await store().stillWaiting(tenant, [])).toEqual(new Set())
      const left = await store().waitingOperations({ tenantId: tenant, customerId: customer_id }, 10)
      expect(left).toEqual([three])
    })

    test('no tenant settles or sees another’s', async () => {
      const [tenant, other] = [anyTenant(), anyTenant()]
      const operation = anOperation(tenant)
      await store().insertOperations([operation])
      await store().settleOperations(other, [{ id: operation._id, at, outcome: applied }])
      expect(await store().stillWaiting(tenant, [operation._id])).toEqual(new Set([operation._id]))
      expect(await store().stillWaiting(other, [operation._id])).toEqual(new Set())
    })

    /** Of all tenants, so a test leaves none behind that another would find. */
    const whileWaiting = async (operations: Operation[], look: () => Promise<void>) => {
      await store().insertOperations(operations)
      await look()
      for (const { tenant_id, _id: id } of operations)
        await store().settleOperations(tenant_id, [{ id, at, outcome: applied }])
    }

    test('customers that wait too long are found once each, the longest wait first', async () => {
      const tenant = anyTenant()
      const [busy, old, fresh, settled] = [v7(), v7(), v7(), v7()]
      const done = anOperation(tenant, { customer_id: settled, accepted_at: 10 })
      const waiting = [
        ...Array.from({ length: 5 }, (_, n) =>
          anOperation(tenant, { customer_id: busy, accepted_at: 30 + n }),
        ),
        anOperation(tenant, { customer_id: old, accepted_at: 20 }),
        anOperation(tenant, { customer_id: fresh, accepted_at: 50 }),
        done,
      ]
      await whileWaiting(waiting, async () => {
        await store().settleOperations(tenant, [{ id: done._id, at, outcome: applied }])
        const found = await store().customersWaiting({ acceptedBefore: 50, limit: 2 })
        expect(found).toEqual([
          { tenantId: tenant, customerId: old },
          { tenantId: tenant, customerId: busy },
        ])
        expect(await store().customersWaiting({ acceptedBefore: 50, limit: 1 })).toHaveLength(1)
      })
    })

    test('of a long backlog the oldest ten operations for each customer asked for are looked at', async () => {
      const tenant = anyTenant()
      const [busy, later] = [v7(), v7()]
      const many = Array.from({ length: 20 }, (_, n) =>
        anOperation(tenant, { customer_id: busy, accepted_at: 1 + n }),
      )
      const asked = (limit: number) => store().customersWaiting({ acceptedBefore: 31, limit })
      const ref = (customerId: string) => ({ tenantId: tenant, customerId })
      await whileWaiting(
        [...many, anOperation(tenant, { customer_id: later, accepted_at: 30 })],
        async () => {
          expect(await asked(2)).toEqual([ref(busy)])
          expect(await asked(3)).toEqual([ref(busy), ref(later)])
        },
      )
    })
  })
}
