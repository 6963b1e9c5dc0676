// How the database finds customers: the very commands that the store sends are explained, among enough customers that a
// planner has a choice. The plans are read on MongoDB and on its stand-in, which tell them in words of their own.

import mongoose from 'mongoose'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openMongoStore } from '../../src/store/mongo/open-store.ts'
import type { CustomerListQuery, Store } from '../../src/store/store.ts'
import { aCustomer, anyTenant } from './records.ts'

const db = `${inject('runName')}-plans`
const tenantId = anyTenant()
const customers = 1500
let store: Store
let connection: mongoose.Connection
/** The newest customer: all others follow. */
let cursor: string
const sent: mongoose.mongo.Document[] = []

beforeAll(async () => {
  const url = new URL(inject('mongoUrl'))
  url.searchParams.set('monitorCommands', 'true')
  store = await openMongoStore({ url: url.href, db, poolSize: 8, timeoutMs: 30_000 })
  const opened = mongoose.connections.findLast(({ name }) => name === db)
  if (!opened) throw new Error('the store has no connection')
  connection = opened
  connection.getClient().on('commandStarted', ({ command }) => void sent.push(command))
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

/** The plan of every query that this sends. */
async function plansOf(run: () => Promise<unknown>): Promise<Plan[]> {
  sent.length = 0
  await run()
  const finds = sent.filter((command) => 'find' in command)
  return await Promise.all(
    finds.map(async ({ lsid: _, $db: __, readConcern: ___, $readPreference: ____, ...find }) => {
      const told = await connection.db?.command({ explain: find, verbosity: 'queryPlanner' })
      return planIn(told)
    }),
  )
}

interface Plan {
  indexes: string[]
  scans: boolean
  sorts: boolean
}

/** MongoDB: `stage` and `indexName` of the winning plan. Stand-in: `Node Type` and `IndexDetails` of PostgreSQL's. */
function planIn(told: unknown): Plan {
  const plan: Plan = { indexes: [], scans: false, sorts: false }
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) walk(each)
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return
    for (const [name, value] of Object.entries(node)) {
      // Plans that were thought of and not taken.
      if (name === 'rejectedPlans' || name === 'IndexCosts') continue
      if (name === 'stage' || name === 'Node Type') {
        plan.scans ||= value === 'COLLSCAN' || value === 'Seq Scan'
        plan.sorts ||= value === 'SORT' || value === 'Sort'
      }
      if (name === 'indexName') plan.indexes.push(String(value))
      walk(value)
    }
  }
  walk(told)
  return plan
}

const list = (query: Partial<CustomerListQuery> = {}) =>
  store.listCustomers({ tenantId, limit: 50, ...query })

describe('a look-up reads the index that is made for it', () => {
  const byEmail = ['customers_email_claim', 'customers_email_lower']
  test.each<[string, string[], () => Promise<unknown>]>([
    ['by key', ['customers_key'], () => store.findByKey(tenantId, 'key-7')],
    ['by an e-mail that is claimed', byEmail, () => store.findByEmail(tenantId, 'mail-8@example.com')],
    ['by an e-mail that nobody claims', byEmail, () => store.findByEmail(tenantId, 'mail-7@example.com')],
    ['by Stripe id', ['customers_stripe_id'], () => store.findByStripeId(tenantId, 'cus_7')],
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

describe('a list by age is read from an index, in order, as far as its page goes', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['newest first', () => list()],
    ['oldest first', () => list({ sortOrder: 'asc' })],
    ['from a cursor on', () => list({ after: cursor })],
    ['of one status', () => list({ status: 'lead' })],
    ['of one tier and source', () => list({ tier: 'free', source: 'website' })],
    ['of the deleted', () => list({ state: 'deleted' })],
  ])('%s', async (_, run) => {
    const [plan, ...others] = await plansOf(run)
    expect(others).toEqual([])
    expect(plan).toMatchObject({ scans: false, sorts: false })
    expect(['_id_', 'customers_tenant_id']).toEqual(expect.arrayContaining(plan?.indexes ?? []))
    expect(plan?.indexes).not.toEqual([])
  })
})
