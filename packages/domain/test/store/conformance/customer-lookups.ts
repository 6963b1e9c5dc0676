// Owns what a store promises of finding customers: by identity, by e-mail, in lists, and the ones that are due.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument } from '../../../src/customer/document.ts'
import type { CustomerListQuery } from '../../../src/store/store.ts'
import type { StoreUnderTest } from '../conformance.ts'
import { aCustomer, anyTenant, at } from '../records.ts'

export function customerLookups({ store }: StoreUnderTest): void {
  async function insert(tenantId: string, fields: Partial<CustomerDocument> = {}): Promise<CustomerDocument> {
    const doc = aCustomer(tenantId, fields)
    expect(await store().insertCustomer(doc)).toEqual({ kind: 'ok' })
    return { ...doc, rev: 1 }
  }
  const tombstone = { merged_into: 'other', at }

  describe('finding a customer', () => {
    test('by id, key, link and former link, in its own tenant alone', async () => {
      const tenant = anyTenant()
      const doc = await insert(tenant, { stripe_id: 'cus_now', former_stripe_ids: ['cus_1', 'cus_2'] })
      const lookups = (tenantId: string) =>
        Promise.all([
          store().readCustomer({ tenantId, customerId: doc._id }),
          store().findByKey(tenantId, doc.key),
          store().findByStripeId(tenantId, 'cus_now'),
          store().findByFormerStripeId(tenantId, 'cus_2'),
        ])
      expect(await lookups(tenant)).toEqual([doc, doc, doc, doc])
      expect(await lookups(anyTenant())).toEqual([null, null, null, null])
      expect(await store().findByStripeId(tenant, 'cus_1')).toBeNull()
      expect(await store().findByFormerStripeId(tenant, 'cus_now')).toBeNull()
    })

    test('by id, its head alone tells the version and whether it is a tombstone, in its own tenant', async () => {
      const tenant = anyTenant()
      const living = await insert(tenant, { version: 7 })
      const dead = await insert(tenant, { version: 3, tombstone })
      const head = (tenantId: string, customerId: string) =>
        store().readCustomerHead({ tenantId, customerId })
      expect(await head(tenant, living._id)).toEqual({ version: 7, tombstone: false })
      expect(await head(tenant, dead._id)).toEqual({ version: 3, tombstone: true })
      expect(await head(anyTenant(), living._id)).toBeNull()
    })

    test('an e-mail finds its claimant, in any case', async () => {
      const tenant = anyTenant()
      await insert(tenant, { email_lower: 'ada@example.com' })
      const claimant = await insert(tenant, {
        email_lower: 'ada@example.com',
        email_claim: 'ada@example.com',
      })
      expect(await store().findByEmail(tenant, 'Ada@Example.com')).toEqual(claimant)
      expect(await store().findByEmail(anyTenant(), 'ada@example.com')).toBeNull()
    })

    test('an e-mail that nobody claims finds the oldest that has it', async () => {
      const tenant = anyTenant()
      const oldest = await insert(tenant, { email_lower: 'ada@example.com' })
      await insert(tenant, { email_lower: 'ada@example.com' })
      expect(await store().findByEmail(tenant, 'ada@example.com')).toEqual(oldest)
    })

    test('an e-mail never finds a deleted customer or a tombstone, a claimant neither', async () => {
      const tenant = anyTenant()
      const email_lower = 'ada@example.com'
      await insert(tenant, { email_lower, state: 'deleted', email_claim: email_lower })
      await insert(tenant, { email_lower, tombstone })
      expect(await store().findByEmail(tenant, email_lower)).toBeNull()
      const living = await insert(tenant, { email_lower })
      expect(await store().findByEmail(tenant, email_lower)).toEqual(living)
    })

    test('unlinked customers with an e-mail are the active ones, and at most two', async () => {
      const tenant = anyTenant()
      const email_lower = 'ada@example.com'
      await insert(tenant, { email_lower, stripe_id: 'cus_1' })
      await insert(tenant, { email_lower, state: 'archived' })
      await insert(tenant, { email_lower, state: 'suspended' })
      await insert(tenant, { email_lower, tombstone })
      await insert(anyTenant(), { email_lower })
      expect(await store().findUnlinkedByEmail(tenant, 'ADA@example.com')).toEqual([])
      const first = await insert(tenant, { email_lower })
      const second = await insert(tenant, { email_lower })
      await insert(tenant, { email_lower })
      expect(await store().findUnlinkedByEmail(tenant, email_lower)).toEqual([first, second])
    })
  })

  describe('lists of customers', () => {
    test('newest first, page after page, each once, of one tenant', async () => {
      const tenant = anyTenant()
      const docs: CustomerDocument[] = []
      for (let n = 0; n < 7; n++) docs.push(await insert(tenant))
      await insert(anyTenant())
      const seen: CustomerDocument[] = []
      for (;;) {
        const after = seen.at(-1)?._id
        const page = await store().listCustomers({ tenantId: tenant, limit: 3, ...(after && { after }) })
        seen.push(...page)
        if (page.length < 3) break
      }
      expect(seen).toEqual(docs.toReversed())
    })

    test('each filter holds on every page; deleted ones and tombstones are hidden', async () => {
      const tenant = anyTenant()
      const docs = {
        plain: await insert(tenant),
        pro: await insert(tenant, { tier: 'pro', email_lower: 'pro@example.com' }),
        churned: await insert(tenant, { status: 'churned', tier: 'pro' }),
        archived: await insert(tenant, { state: 'archived' }),
        linked: await insert(tenant, { stripe_id: 'cus_1', email_lower: 'pro@example.com' }),
        deleted: await insert(tenant, { state: 'deleted', email_lower: 'pro@example.com' }),
      }
      await insert(tenant, { tombstone })
      const list = async (filter: Partial<CustomerListQuery>) => {
        const found = await store().listCustomers({ tenantId: tenant, limit: 50, ...filter })
        return found.map(({ _id }) => Object.entries(docs).find(([, doc]) => doc._id === _id)?.[0])
      }
      expect(await list({})).toEqual(['linked', 'archived', 'churned', 'pro', 'plain'])
      expect(await list({ tier: 'pro' })).toEqual(['churned', 'pro'])
      expect(await list({ tier: 'pro', status: 'churned' })).toEqual(['churned'])
      expect(await list({ tier: 'pro', after: docs.churned._id })).toEqual(['pro'])
      expect(await list({ state: 'archived' })).toEqual(['archived'])
      expect(await list({ state: 'deleted' })).toEqual(['deleted'])
      expect(await list({ email: 'Pro@example.com' })).toEqual(['linked', 'pro'])
      expect(await list({ email: 'pro@example.com', after: docs.linked._id })).toEqual(['pro'])
      expect(await list({ email: 'pro@example.com', limit: 1 })).toEqual(['linked'])
      expect(await list({ stripeCustomerId: 'cus_1' })).toEqual(['linked'])
      expect(await list({ stripeCustomerId: 'cus_none' })).toEqual([])
    })

    test('filters by tag, source, label, hands, person, company and currency; all of them must hold', async () => {
      const tenant = anyTenant()
      const eur = { balance: 0, currency: 'eur', delinquent: false }
      const docs = {
        plain: await insert(tenant),
        vip: await insert(tenant, { tags: ['vip', 'nordic'], source: 'website', currency: 'usd' }),
        sold: await insert(tenant, { tags: ['vip'], source: 'event', assigned_to: 'rep', app_id: 'shop' }),
        person: await insert(tenant, { user_id: 'u-1', currency: 'eur' }),
        company: await insert(tenant, { company_id: 'c-1', currency: 'usd', stripe: eur }),
      }
      const list = async (filter: Partial<CustomerListQuery>) => {
        const found = await store().listCustomers({ tenantId: tenant, limit: 50, ...filter })
        return found.map(({ _id }) => Object.entries(docs).find(([, doc]) => doc._id === _id)?.[0])
      }
      expect(await list({ tag: 'vip' })).toEqual(['sold', 'vip'])
      expect(await list({ tag: 'vi' })).toEqual([])
      expect(await list({ tag: 'vip', after: docs.sold._id })).toEqual(['vip'])
      expect(await list({ tag: 'vip', source: 'website' })).toEqual(['vip'])
      expect(await list({ source: 'event' })).toEqual(['sold'])
      expect(await list({ assignedTo: 'rep' })).toEqual(['sold'])
      expect(await list({ appId: 'shop' })).toEqual(['sold'])
      expect(await list({ userId: 'u-1' })).toEqual(['person'])
      expect(await list({ companyId: 'c-1' })).toEqual(['company'])
      // What Stripe fixed counts, not what a caller once asked for.
      expect(await list({ currency: 'eur' })).toEqual(['company', 'person'])
      expect(await list({ currency: 'usd' })).toEqual(['vip'])
      expect(await list({ currency: 'usd', search: 'key-' })).toEqual(['vip'])
    })

    test('a search finds what begins key, name or e-mail, in any case and any script', async () => {
      const tenant = anyTenant()
      const keyed = (key: string) => ({ key, key_lower: key.toLowerCase() })
      const docs = {
        key: await insert(tenant, keyed('ADA-1')),
        name: await insert(tenant, { ...keyed('1'), name_lower: 'ada 🗝️' }),
        email: await insert(tenant, { ...keyed('2'), email_lower: 'ada@example.com' }),
        none: await insert(tenant, { ...keyed('3'), name_lower: 'grace ada' }),
        deleted: await insert(tenant, { ...keyed('4'), name_lower: 'ada', state: 'deleted' }),
      }
      const list = async (filter: Partial<CustomerListQuery>) => {
        const found = await store().listCustomers({ tenantId: tenant, limit: 50, ...filter })
        return found.map(({ _id }) => Object.entries(docs).find(([, doc]) => doc._id === _id)?.[0])
      }
      expect(await list({ search: 'Ada' })).toEqual(['email', 'name', 'key'])
      expect(await list({ search: 'ada ' })).toEqual(['name'])
      expect(await list({ search: 'ada 🗝' })).toEqual(['name'])
      expect(await list({ search: 'a.a' })).toEqual([])
      expect(await list({ search: 'ada', state: 'deleted' })).toEqual(['deleted'])
      expect(await list({ search: 'ada', sortBy: 'name' })).toEqual(['key', 'email', 'name'])
    })

    test('sorts by age, key or name, either way, and passes over as many as asked for', async () => {
      const tenant = anyTenant()
      const rows = [
        ['b', 'Zoe'],
        ['C', null],
        ['a', 'adam'],
      ] as const
      for (const [key, name] of rows)
        await insert(tenant, {
          key,
          key_lower: key.toLowerCase(),
          name_lower: name?.toLowerCase() ?? null,
        })
      const list = async (query: Partial<CustomerListQuery>) => {
        const found = await store().listCustomers({ tenantId: tenant, limit: 50, ...query })
        return found.map(({ key }) => key).join('')
      }
      expect(await list({})).toBe('aCb')
      expect(await list({ sortBy: 'created_at', sortOrder: 'asc' })).toBe('bCa')
      expect(await list({ sortBy: 'key' })).toBe('abC')
      expect(await list({ sortBy: 'key', sortOrder: 'desc' })).toBe('Cba')
      expect(await list({ sortBy: 'name' })).toBe('Cab')
      expect(await list({ sortBy: 'name', sortOrder: 'desc' })).toBe('baC')
      expect(await list({ offset: 1 })).toBe('Cb')
      expect(await list({ sortBy: 'key', offset: 1, limit: 1 })).toBe('b')
      expect(await list({ offset: 3 })).toBe('')
      const [first] = await store().listCustomers({ tenantId: tenant, limit: 1, sortOrder: 'asc' })
      expect(await list({ sortOrder: 'asc', after: first?._id ?? '' })).toBe('Ca')
    })

    test('a scan passes every customer of a tenant once, by id', async () => {
      const tenant = anyTenant()
      const docs = [
        await insert(tenant),
        await insert(tenant, { state: 'deleted' }),
        await insert(tenant, { tombstone }),
      ]
      await insert(anyTenant())
      const first = await store().scanCustomers(tenant, null, 2)
      const rest = await store().scanCustomers(tenant, first.at(-1)?._id ?? null, 2)
      expect([...first, ...rest]).toEqual(docs)
    })
  })

  test('those linked to any of some Stripe customers are found, of one tenant', async () => {
    const tenant = anyTenant()
    const linked = [
      await insert(tenant, { stripe_id: 'cus_1' }),
      await insert(tenant, { stripe_id: 'cus_2' }),
    ]
    await insert(tenant, { stripe_id: 'cus_3' })
    await insert(tenant, { former_stripe_ids: ['cus_1'] })
    await insert(anyTenant(), { stripe_id: 'cus_1' })
    const found = await store().findByStripeIds(tenant, ['cus_2', 'cus_1', 'cus_nobody'])
    expect(found.sort((a, b) => (a._id < b._id ? -1 : 1))).toEqual(linked)
    expect(await store().findByStripeIds(tenant, [])).toEqual([])
  })

  test('links are told by when Stripe made the customer, both ends included, page after page', async () => {
    const tenant = anyTenant()
    const madeIn = (created: number, n: number) =>
      insert(tenant, {
        stripe_id: `cus_${n}`,
        stripe: { balance: 0, currency: null, delinquent: false, created },
      })
    const made = [await madeIn(5, 1), await madeIn(5, 2), await madeIn(5, 3), await madeIn(6, 4)]
    await madeIn(4, 5)
    await madeIn(7, 6)
    await insert(tenant, { stripe_id: 'cus_7', stripe: { balance: 0, currency: null, delinquent: false } })
    await insert(tenant, { stripe: { balance: 0, currency: null, delinquent: false, created: 5 } })
    await insert(anyTenant(), {
      stripe_id: 'cus_1',
      stripe: { balance: 0, currency: null, delinquent: false, created: 5 },
    })
    const query = { tenantId: tenant, from: 5, to: 6, limit: 2 }
    const first = await store().linkedBetween({ ...query, after: null })
    const rest = await store().linkedBetween({ ...query, after: first.at(-1) ?? null })
    expect([...first, ...rest]).toEqual(
      made.map(({ _id, stripe_id, stripe }) => ({
        customerId: _id,
        stripeId: stripe_id,
        created: stripe?.created,
      })),
    )
    expect(await store().linkedBetween({ ...query, after: rest.at(-1) ?? null })).toEqual([])
    expect(
      await store().linkedBetween({
        ...query,
        from: 0,
        to: Number.MAX_SAFE_INTEGER,
        after: null,
        limit: 100,
      }),
    ).toHaveLength(6)
  })

  test('customers with doubles are listed by id, page after page, of one tenant', async () => {
    const tenant = anyTenant()
    const doubled = [
      await insert(tenant, { duplicate_stripe_ids: ['cus_1', 'cus_2'] }),
      await insert(tenant, { duplicate_stripe_ids: ['cus_3'] }),
      await insert(tenant, { duplicate_stripe_ids: ['cus_4'] }),
    ]
    await insert(tenant)
    await insert(anyTenant(), { duplicate_stripe_ids: ['cus_1'] })
    const first = await store().listDoubled({ tenantId: tenant, limit: 2 })
    const rest = await store().listDoubled({ tenantId: tenant, limit: 2, after: first.at(-1)?._id ?? '' })
    expect([...first, ...rest]).toEqual(doubled)
  })

  test('e-mails that several linked customers have are told, with those, page after page', async () => {
    const tenant = anyTenant()
    const withEmail = (n: number, email_lower: string, fields: Partial<CustomerDocument> = {}) =>
      insert(tenant, { email_lower, stripe_id: `cus_${n}`, ...fields })
    const b = [await withEmail(1, 'b@x.test'), await withEmail(2, 'b@x.test'), await withEmail(3, 'b@x.test')]
    const a = [await withEmail(4, 'a@x.test'), await withEmail(5, 'a@x.test')]
    await withEmail(6, 'c@x.test')
    await withEmail(7, 'c@x.test', { state: 'deleted' })
    await insert(tenant, { email_lower: 'c@x.test' })
    await insert(anyTenant(), { email_lower: 'c@x.test', stripe_id: 'cus_8' })
    const ids = (docs: CustomerDocument[]) => docs.map(({ _id }) => _id).toSorted()
    const first = await store().sharedEmails({ tenantId: tenant, limit: 1 })
    expect(first).toEqual([{ email: 'a@x.test', customerIds: ids(a) }])
    expect(await store().sharedEmails({ tenantId: tenant, limit: 5, after: 'a@x.test' })).toEqual([
      { email: 'b@x.test', customerIds: ids(b) },
    ])
  })

  test('parked customers are listed by id, page after page, of one tenant and one code', async () => {
    const tenant = anyTenant()
    const parkedFor = (code: string) => ({ parked: { code, at } })
    const first = await insert(tenant, parkedFor('internal'))
    const other = await insert(tenant, parkedFor('duplicate'))
    await insert(tenant)
    const last = await insert(tenant, parkedFor('internal'))
    await insert(anyTenant(), parkedFor('internal'))
    const list = (query: { code?: string; after?: string; limit?: number } = {}) =>
      store().listParked({ tenantId: tenant, limit: 10, ...query })
    expect(await list()).toEqual([first, other, last])
    expect(await list({ limit: 2 })).toEqual([first, other])
    expect(await list({ after: other._id, limit: 2 })).toEqual([last])
    expect(await list({ code: 'internal' })).toEqual([first, last])
    expect(await list({ code: 'internal', after: first._id })).toEqual([last])
    expect(await list({ code: 'nothing' })).toEqual([])
    await store().replaceCustomer({ ...first, parked: null })
    expect(await list()).toEqual([other, last])
  })

  describe('customers that are due', () => {
    const dueOf = async (tenantId: string) => {
      const due = await store().dueCustomers({ now: at, limit: 10_000 })
      return due.filter((ref) => ref.tenantId === tenantId).map(({ customerId }) => customerId)
    }

    test('due date and next attempt have passed, and it is not parked', async () => {
      const tenant = anyTenant()
      const due = await insert(tenant, { sync_due_at: at - 1 })
      const backedOff = await insert(tenant, { sync_due_at: at - 9, next_attempt_at: at })
      await insert(tenant)
      await insert(tenant, { sync_due_at: at + 1 })
      await insert(tenant, { sync_due_at: at, next_attempt_at: at + 1 })
      await insert(tenant, { sync_due_at: at, parked: { code: 'bug', at } })
      expect(await dueOf(tenant)).toEqual([due._id, backedOff._id])
    })

    test('an event that waits for its append is due, also where the customer is parked or backs off', async () => {
      const tenant = anyTenant()
      const outbox = [{ id: 'e', seq: 1, type: 'customer.parked', at, data: '{}' }]
      const parked = await insert(tenant, { sync_due_at: at - 2, outbox, parked: { code: 'bug', at } })
      const backingOff = await insert(tenant, { sync_due_at: at - 1, outbox, next_attempt_at: at + 1 })
      await insert(tenant, { sync_due_at: at + 1, outbox })
      expect(await dueOf(tenant)).toEqual([parked._id, backingOff._id])
    })

    test('a tombstone is due only while it has something to relay or to mark', async () => {
      const tenant = anyTenant()
      await insert(tenant, { sync_due_at: at, tombstone })
      const marking = await insert(tenant, {
        sync_due_at: at - 1,
        tombstone,
        applied: [{ id: 'op', code: 'gone', version: 1 }],
      })
      const relaying = await insert(tenant, {
        sync_due_at: at,
        tombstone,
        outbox: [{ id: 'e', seq: 1, type: 'customer.deleted', at, data: '{}' }],
      })
      expect(await dueOf(tenant)).toEqual([marking._id, relaying._id])
    })

    test('a customer is no longer due once it was written so', async () => {
      const tenant = anyTenant()
      const doc = await insert(tenant, { sync_due_at: at })
      expect(await dueOf(tenant)).toEqual([doc._id])
      await store().replaceCustomer({ ...doc, next_attempt_at: at + 1 })
      expect(await dueOf(tenant)).toEqual([])
      const { sync_due_at: _, ...settled } = doc
      await store().replaceCustomer({ ...settled, rev: 2 })
      expect(await dueOf(tenant)).toEqual([])
    })

    test('the oldest come first and no more than asked for', async () => {
      const tenant = anyTenant()
      // Older than any other test's, so that they lead the common list.
      const late = await insert(tenant, { sync_due_at: 2 })
      const early = await insert(tenant, { sync_due_at: 1 })
      expect(await store().dueCustomers({ now: 2, limit: 1 })).toEqual([
        { tenantId: tenant, customerId: early._id },
      ])
      expect(await dueOf(tenant)).toEqual([early._id, late._id])
    })
  })
}
