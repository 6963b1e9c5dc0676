// Owns what a store promises of a customer's writes: the fence, the unique rules, and that values come back whole.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument } from '../../../src/customer/document.ts'
import type { WriteResult } from '../../../src/store/store.ts'
import type { StoreUnderTest } from '../conformance.ts'
import { aCustomer, anyTenant, aPush, at, hostileNames } from '../records.ts'

const ok: WriteResult = { kind: 'ok' }
const stale: WriteResult = { kind: 'stale' }

export function customerWrites({ store }: StoreUnderTest): void {
  describe('writes of a customer', () => {
    const reread = (doc: CustomerDocument) =>
      store().readCustomer({ tenantId: doc.tenant_id, customerId: doc._id })

    test('a customer is inserted with rev 1, every replacement raises it', async () => {
      const doc = aCustomer(anyTenant())
      expect(await store().insertCustomer(doc)).toEqual(ok)
      expect(await reread(doc)).toEqual({ ...doc, rev: 1 })
      expect(await store().replaceCustomer({ ...doc, rev: 1, tier: 'pro' })).toEqual(ok)
      expect(await reread(doc)).toEqual({ ...doc, rev: 2, tier: 'pro' })
    })

    test('of 40 replacements of one revision one wins and 39 are stale', async () => {
      for (let round = 0; round < 5; round++) {
        const doc = aCustomer(anyTenant())
        await store().insertCustomer(doc)
        const results = await Promise.all(
          Array.from({ length: 40 }, (_, n) =>
            store().replaceCustomer({ ...doc, rev: 1, source: `writer ${n}` }),
          ),
        )
        const winners = results.flatMap(({ kind }, n) => (kind === 'ok' ? [`writer ${n}`] : []))
        expect(winners).toHaveLength(1)
        expect(results.filter(({ kind }) => kind === 'stale')).toHaveLength(39)
        expect(await reread(doc)).toMatchObject({ rev: 2, source: winners[0] })
      }
    })

    test('of 40 inserts of one customer one wins', async () => {
      const doc = aCustomer(anyTenant())
      const results = await Promise.all(Array.from({ length: 40 }, () => store().insertCustomer(doc)))
      expect(results.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
      expect(await reread(doc)).toMatchObject({ rev: 1 })
    })

    test('of many replacements at one moment each is answered by itself', async () => {
      for (let round = 0; round < 3; round++) {
        const tenant = anyTenant()
        const docs = Array.from({ length: 40 }, (_, n) =>
          aCustomer(tenant, { email_claim: `${round}-${n}@example.com` }),
        )
        await Promise.all(docs.map((doc) => store().insertCustomer(doc)))
        const moved = docs.filter((_, n) => n % 4 === 0)
        await Promise.all(moved.map((doc) => store().replaceCustomer({ ...doc, rev: 1, source: 'moved on' })))
        const expected = (n: number) => {
          if (n % 4 === 0) return stale
          return n % 4 === 1 ? { kind: 'duplicate', rule: 'email_claim' } : ok
        }
        const results = await Promise.all(
          docs.map((doc, n) =>
            store().replaceCustomer({
              ...doc,
              rev: 1,
              source: 'written',
              // One in four wants what another one has.
              ...(n % 4 === 1 && { email_claim: `${round}-${n + 1}@example.com` }),
            }),
          ),
        )
        expect(results).toEqual(docs.map((_, n) => expected(n)))
        const read = await Promise.all(docs.map(reread))
        expect(read.map((doc) => [doc?.rev, doc?.source])).toEqual(
          docs.map(({ source }, n) =>
            expected(n) === ok ? [2, 'written'] : n % 4 === 0 ? [2, 'moved on'] : [1, source],
          ),
        )
      }
    })

    test('of many readings at one moment each gets its own customer, and no other tenant’s', async () => {
      const docs = Array.from({ length: 30 }, () => aCustomer(anyTenant()))
      await Promise.all(docs.map((doc) => store().insertCustomer(doc)))
      const strangers = docs.map((doc, n) => ({
        tenantId: docs[(n + 1) % docs.length]?.tenant_id ?? '',
        customerId: doc._id,
      }))
      const read = await Promise.all([
        ...docs.map(reread),
        ...strangers.map((ref) => store().readCustomer(ref)),
      ])
      expect(read).toEqual([...docs.map((doc) => ({ ...doc, rev: 1 })), ...strangers.map(() => null)])
    })

    test('a customer that does not exist, or is another tenant’s, cannot be replaced', async () => {
      const doc = aCustomer(anyTenant())
      expect(await store().replaceCustomer({ ...doc, rev: 1 })).toEqual(stale)
      await store().insertCustomer(doc)
      expect(await store().replaceCustomer({ ...doc, rev: 1, tenant_id: anyTenant() })).toEqual(stale)
    })

    test('what was read is a copy: changing it changes nothing stored', async () => {
      const doc = aCustomer(anyTenant(), { tags: ['a'] })
      await store().insertCustomer(doc)
      doc.tags.push('b')
      const read = await reread(doc)
      read?.tags.push('c')
      expect(await reread(doc)).toMatchObject({ tags: ['a'] })
    })

    const rules = [
      { rule: 'key', fields: { key: 'K-1' } },
      { rule: 'email_claim', fields: { email_claim: 'ada@example.com' } },
      { rule: 'stripe_id', fields: { stripe_id: 'cus_1' } },
    ] as const
    for (const { rule, fields } of rules) {
      test(`${rule} is unique within a tenant, and the breach is named by insert and by replace`, async () => {
        const tenant = anyTenant()
        expect(await store().insertCustomer(aCustomer(tenant, fields))).toEqual(ok)
        const second = aCustomer(tenant, fields)
        expect(await store().insertCustomer(second)).toEqual({ kind: 'duplicate', rule })

        const free = aCustomer(tenant)
        await store().insertCustomer(free)
        expect(await store().replaceCustomer({ ...free, ...fields, rev: 1 })).toEqual({
          kind: 'duplicate',
          rule,
        })
        expect(await reread(free)).toEqual({ ...free, rev: 1 })

        expect(await store().insertCustomer(aCustomer(anyTenant(), fields))).toEqual(ok)
      })
    }

    test('of three customers that take one link at once one has it, by insert and by replace', async () => {
      const tenant = anyTenant()
      const docs = Array.from({ length: 3 }, () => aCustomer(tenant))
      await Promise.all(docs.map((doc) => store().insertCustomer(doc)))
      const replaced = await Promise.all(
        docs.map((doc) => store().replaceCustomer({ ...doc, rev: 1, stripe_id: 'cus_1' })),
      )
      const inserted = await Promise.all(
        docs.map(() => store().insertCustomer(aCustomer(tenant, { stripe_id: 'cus_2' }))),
      )
      for (const results of [replaced, inserted]) {
        expect(results.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
        const lost = results.filter(({ kind }) => kind !== 'ok')
        expect(lost).toEqual(lost.map(() => ({ kind: 'duplicate', rule: 'stripe_id' })))
      }
    })

    test('any number of customers have no claim and no link', async () => {
      const tenant = anyTenant()
      for (let n = 0; n < 3; n++) expect(await store().insertCustomer(aCustomer(tenant))).toEqual(ok)
    })

    test('a dropped claim and link are absent and free for another', async () => {
      const tenant = anyTenant()
      const doc = aCustomer(tenant, { email_claim: 'ada@example.com', stripe_id: 'cus_1' })
      await store().insertCustomer(doc)
      const { email_claim: _, stripe_id: __, ...bare } = doc
      await store().replaceCustomer({ ...bare, rev: 1 })
      const read = await reread(doc)
      expect(read).not.toHaveProperty('email_claim')
      expect(read).not.toHaveProperty('stripe_id')
      const next = aCustomer(tenant, { email_claim: 'ada@example.com', stripe_id: 'cus_1' })
      expect(await store().insertCustomer(next)).toEqual(ok)
    })

    test('a duplicate is named by its index even if the offending value reads like another', async () => {
      const tenant = anyTenant()
      const key = "x index: customers_stripe_id dup key: Index 'customers_stripe_id'"
      await store().insertCustomer(aCustomer(tenant, { key }))
      const second = aCustomer(tenant, { key })
      expect(await store().insertCustomer(second)).toEqual({ kind: 'duplicate', rule: 'key' })
    })

    test('hostile names and values of any shape come back as they went in', async () => {
      // From text, so that `__proto__` is a key of its own and no prototype.
      const nested = hostileNames.reduce<string>(
        (inner, name) => `{${JSON.stringify(name)}:${inner},"n":[1.5,null,true,{"__proto__":"x"}]}`,
        '"core"',
      )
      const doc = aCustomer(anyTenant(), {
        desired: [
          ...hostileNames.map((name) => ({ k: `metadata.${name}`, v: name })),
          { k: 'metadata.nested', v: JSON.parse(nested) },
          { k: 'metadata.deep', v: JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`) },
          { k: 'metadata.number', v: 9_007_199_254_740_991 },
          { k: 'metadata.fraction', v: -0.1 },
          { k: 'metadata.flag', v: false },
          { k: 'preferred_locales', v: ['en', 'de'] },
        ],
        observed: [{ k: 'metadata.$where', v: 'x' }],
        base: [{ k: 'metadata.a.b', v: 'x' }],
      })
      await store().insertCustomer(doc)
      const read = await reread(doc)
      expect(JSON.stringify(read?.desired)).toBe(JSON.stringify(doc.desired))
      expect(read).toEqual({ ...doc, rev: 1 })
      await store().replaceCustomer({ ...doc, rev: 1 })
      expect(JSON.stringify((await reread(doc))?.desired)).toBe(JSON.stringify(doc.desired))
    })

    test('a document with every part filled comes back whole', async () => {
      const sent = [
        { k: 'name', v: 'Ada' },
        { k: 'phone', v: null },
      ]
      const doc = aCustomer(anyTenant(), {
        stripe: { balance: -500, currency: 'usd', delinquent: false, default_payment_method: 'pm_1' },
        intent: {
          kind: 'create',
          key: 'ls:create:x:1.1',
          form: [
            ['name', 'Ada'],
            ['metadata[__proto__]', ''],
          ],
          sent,
          expect: sent,
          since: at,
          first_since: at,
          keys: ['ls:create:x:1.1'],
          doubt_since: null,
          echoed: false,
        },
        pushes: [aPush('ls:update:x:1.2', { ok: false, echo_wanted: 3 })],
        refused: [{ k: 'phone', v: '1', code: 'parameter_invalid', param: null, at }],
        applied: [{ id: 'op', code: null, version: 2 }],
        outbox: [{ id: 'event', seq: 1, type: 'customer.created', at, data: '{"$where":1}' }],
        conflicts: [{ id: 'c', k: 'name', lost: null, won: 'Ada', winner: 'ours', by: 'merge', at }],
        sync_due_at: at,
        parked: { code: 'idempotency_error', at },
        last_error: { code: 'rate_limited', at },
        tombstone: { merged_into: 'other', at },
      })
      await store().insertCustomer(doc)
      expect(await reread(doc)).toEqual({ ...doc, rev: 1 })
    })

    test('a push is kept once by its key, within its tenant', async () => {
      const doc = aCustomer(anyTenant())
      const ref = { tenantId: doc.tenant_id, customerId: doc._id }
      const push = aPush('ls:update:x:1.1')
      await store().keepPush(ref, push)
      await store().keepPush(ref, { ...push, ok: false })
      expect(await store().findKeptPush(doc.tenant_id, push.key)).toEqual(push)
      expect(await store().findKeptPush(anyTenant(), push.key)).toBeNull()
      expect(await store().findKeptPush(doc.tenant_id, 'ls:update:x:1.2')).toBeNull()
      await store().eraseKeptPushes({ ...ref, customerId: 'another' })
      expect(await store().findKeptPush(doc.tenant_id, push.key)).toEqual(push)
      await store().eraseKeptPushes(ref)
      expect(await store().findKeptPush(doc.tenant_id, push.key)).toBeNull()
    })
  })
}
