// How the database finds customers: the very commands that the store sends are explained, among enough customers that a
// planner has a choice. The plans are read on MongoDB and on its stand-in, which tell them in words of their own.

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { CustomerListQuery, Store } from '../../src/store/store.ts'
import { openPlannedStore, type PlannedStore } from './plans.ts'
import { aCustomer, anyTenant, at } from './records.ts'

const db = `${inject('runName')}-plans`
const tenantId = anyTenant()
const customers = 1500
let store: Store
let plansOf: PlannedStore['plansOf']
/** The newest customer: all others follow. */
let cursor: string

beforeAll(async () => {
  ;({ store, plansOf } = await openPlannedStore(inject('mongoUrl'), db))
  const rare = { tags: ['vip'], assigned_to: 'rep', user_id: 'person', company_id: 'company' }
  for (let first = 0; first < customers; first += 50) {
    const batch = Array.from({ length: 50 }, (_, index) => first + index)
    await Promise.all(
      batch.map((n) =>
        store.insertCustomer(
          aCustomer(n % 5 === 0 ? 'another' : tenantId, {
            key: `key-${n}`,
            key_lower: `key-${n}`,
            name_lower: `name ${n}`,
            email_lower: `mail-${n}@example.com`,
            ...(n % 2 === 0 && { email_claim: `mail-${n}@example.com` }),
            stripe_id: `cus_${n}`,
            ...(n % 100 === 1 && rare),
            ...(n % 100 === 2 && { status: 'churned' as const }),
          }),
        ),
      ),
    )
  }
})
beforeAll(async () => {
  cursor = (await list({ limit: 1 }))[0]?._id ?? ''
})
afterAll(() => store.close())

const list = (query: Partial<CustomerListQuery> = {}) =>
  store.listCustomers({ tenantId, limit: 50, ...query })

describe('a look-up reads the index that is made for it', () => {
  const byEmail = ['customers_email_lower']
  test.each<[string, string[], () => Promise<unknown>]>([
    ['by key', ['customers_key'], () => store.findByKey(tenantId, 'key-7')],
    ['by an e-mail that is claimed', byEmail, () => store.findByEmail(tenantId, 'mail-8@example.com')],
    ['by an e-mail that nobody claims', byEmail, () => store.findByEmail(tenantId, 'mail-7@example.com')],
    ['by Stripe id', ['customers_stripe_id'], () => store.findByStripeId(tenantId, 'cus_7')],
    [
      'by a former Stripe id',
      ['customers_former_stripe_ids'],
      () => store.findByFormerStripeId(tenantId, 'cus_7'),
    ],
    ['unlinked ones by e-mail', byEmail, () => store.findUnlinkedByEmail(tenantId, 'mail-7@example.com')],
    ['a list by e-mail', byEmail, () => list({ email: 'mail-7@example.com' })],
    ['a list by Stripe id', ['customers_stripe_id'], () => list({ stripeCustomerId: 'cus_7' })],
    ['a list by tag', ['customers_tags'], () => list({ tag: 'vip' })],
    ['a list by hands', ['customers_assigned_to'], () => list({ assignedTo: 'rep' })],
    ['a list by person', ['customers_user_id'], () => list({ userId: 'person' })],
    ['a list by company', ['customers_company_id'], () => list({ companyId: 'company' })],
  ])('%s', async (_, allowed, run) => {
    const plans = await plansOf(run)
    expect(plans).not.toEqual([])
    for (const { scans, indexes } of plans) {
      expect(scans).toBe(false)
      expect(indexes).not.toEqual([])
      expect(allowed).toEqual(expect.arrayContaining(indexes))
    }
  })

  test('by id', async () => {
    const [newest] = await list({ limit: 1 })
    const [plan] = await plansOf(() => store.readCustomer({ tenantId, customerId: newest?._id ?? '' }))
    // Of one document MongoDB tells no index: it has a way of its own by `_id`.
    expect(plan).toMatchObject({ scans: false, sorts: false })
    expect(plan?.indexes.filter((name) => name !== '_id_')).toEqual([])
  })
})

describe('a list is read from an index, in order, as far as its page goes', () => {
  test.each<[string, string, () => Promise<unknown>]>([
    ['newest first', 'customers_tenant_id', () => list()],
    ['oldest first', 'customers_tenant_id', () => list({ sortOrder: 'asc' })],
    ['from a cursor on', 'customers_tenant_id', () => list({ after: cursor })],
    ['with few behind its cursor', 'customers_tenant_id', () => list({ after: cursor, sortOrder: 'asc' })],
    ['of one tier and source', 'customers_tenant_id', () => list({ tier: 'free', source: 'website' })],
    ['of the deleted', 'customers_tenant_id', () => list({ state: 'deleted' })],
    ['of a status that all have', 'customers_status', () => list({ status: 'lead' })],
    ['of a status that few have', 'customers_status', () => list({ status: 'churned' })],
    ['for a scan', 'customers_tenant_id', () => store.scanCustomers(tenantId, null, 50)],
    ['for the last page of a scan', 'customers_tenant_id', () => store.scanCustomers(tenantId, cursor, 50)],
    ['of what is due', 'customers_due', () => store.dueCustomers({ now: at, limit: 50 })],
    ['by key', 'customers_key_lower', () => list({ sortBy: 'key' })],
    ['by name, the last first', 'customers_name', () => list({ sortBy: 'name', sortOrder: 'desc' })],
  ])('%s', async (_, index, run) => {
    expect(await plansOf(run)).toEqual([{ indexes: [index], scans: false, sorts: false }])
  })
})
