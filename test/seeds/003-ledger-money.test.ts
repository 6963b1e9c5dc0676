// The document "Customer Management" of a billing system (`/ledger/customers`): its money, billing and event rows, against a
// real stack. Where the document computes (credits against an invoice, tax, currencies), Stripe does, and its answer is shown.

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(() => stack.close())

const call = (method: string, path: string, body?: unknown) => api(stack, method, path, body)

async function customer() {
  const body = { name: 'Alice Johnson', email: `${randomUUID()}@example.com` }
  const headers = { prefer: 'wait=30; until=synced' }
  const { data } = await api(stack, 'POST', '/ledger/customers', body, { headers })
  const id = String(data['id'])
  return { id, path: `/ledger/customers/${id}`, stripeId: String(data['stripe_customer_id']) }
}

async function list(path: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await call('GET', path)
  expect(status).toBe(200)
  return body['data'] as Record<string, unknown>[]
}

/** A customer that pays by card and has a subscription of 49.99 a month. */
async function subscriber() {
  const made = await customer()
  const { id } = (await call('POST', `${made.path}/payment-methods`, { payment_method: 'pm_card_visa' })).data
  const price = await stripe(stack, 'POST', '/v1/prices', {
    currency: 'usd',
    unit_amount: '4999',
    'recurring[interval]': 'month',
    'product_data[name]': 'Pro',
  })
  const subscribed = await call('POST', `${made.path}/subscriptions`, {
    items: [{ price: price['id'] }],
    default_payment_method: id,
  })
  expect(subscribed.status).toBe(200)
  return { ...made, method: String(id) }
}

const typesOf = async (id: string) =>
  (await stack.store.readEvents('default', 0, 10_000))
    .filter((each) => each.customer_id === id)
    .map(({ type }) => type)

/** The event of the customer is in the log. */
const told = (id: string, type: string) =>
  until(`${type} is told`, async () => (await typesOf(id)).includes(type))

test('Account balance and credits: Amount -10000 is a credit, and pays what is charged next', async () => {
  const { path } = await customer()
  const given = await call('POST', `${path}/credit`, {
    amount: -10_000,
    currency: 'USD',
    reason: 'Add $100 credit',
  })
  expect(given.data).toMatchObject({ amount: -10_000, currency: 'usd', ending_balance: -10_000 })
  const balance = async () => (await call('GET', path)).data['balance']
  await until('the balance followed', async () => JSON.stringify(await balance()).includes('-10000'))
})

test.each([
  ['eu_vat', 'DE123456789'],
  ['us_ein', '12-3456789'],
  ['au_abn', '12345678912'],
  ['in_gst', '12ABCDE3456FGZH'],
])('Tax IDs: Type %s', async (type, value) => {
  const { path } = await customer()
  const made = await call('POST', `${path}/tax-ids`, { type, value })
  expect(made.status).toBe(200)
  await until('it is listed', async () => (await list(`${path}/tax-ids`)).length === 1)
  expect(await list(`${path}/tax-ids`)).toMatchObject([{ type, value }])
})

test('Customer portal: a session has an URL to redirect to', async () => {
  const { path } = await customer()
  const made = await call('POST', `${path}/portal`, { return_url: 'https://myapp.example/billing' })
  expect(made.data['url']).toMatch(/^https?:/)
})

describe('a subscriber', () => {
  let one: Awaited<ReturnType<typeof subscriber>>
  beforeAll(async () => {
    one = await subscriber()
  })

  test('Customer subscriptions: GET /ledger/customers/{id}/subscriptions tells status and plan', async () => {
    await until('it is listed', async () => (await list(`${one.path}/subscriptions`)).length === 1)
    const [found] = await list(`${one.path}/subscriptions`)
    expect(found).toMatchObject({ status: 'active', items: expect.anything() })
  })

  test('Customer invoices: GET /ledger/customers/{id}/invoices tells number, total and status', async () => {
    const paid = async () => (await list(`${one.path}/invoices`)).find(({ status }) => status === 'paid')
    const invoice = await until('it is paid', paid)
    expect(invoice).toMatchObject({ number: expect.any(String), total: 4_999, currency: 'usd' })
  })

  test('Deleting customers: ErrHasActiveSubscriptions', async () => {
    const running = async () => (await call('GET', `${one.path}?include=subscriptions`)).data['subscriptions']
    await until('the subscription is known', async () => JSON.stringify(await running()).includes('active'))
    const kept = async () => {
      const refused = await call('DELETE', one.path)
      return refused.status === 409 && refused.body['code']
    }
    expect(await until('the delete is refused', kept)).toBe('has_active_subscriptions')
  })
})

test('Customer usage: GET /ledger/customers/{id}/usage tells each meter’s sum and limit', async () => {
  const { path } = await customer()
  await stripe(stack, 'POST', '/v1/billing/meters', {
    display_name: 'Calls',
    event_name: 'ledger_calls',
    'default_aggregation[formula]': 'sum',
  })
  for (const value of [3, 4]) await call('POST', `${path}/usage`, { event_name: 'ledger_calls', value })
  expect(await list(`${path}/usage`)).toMatchObject([{ event_name: 'ledger_calls', value: 7, limit: null }])
})

describe('Customer lifecycle events', () => {
  let one: Awaited<ReturnType<typeof customer>>
  beforeAll(async () => {
    one = await customer()
  })

  test('customer.created: New customer created', () => told(one.id, 'customer.created'))

  test('customer.updated: Customer details changed', async () => {
    await call('PUT', one.path, { name: 'Alice Jones' })
    await told(one.id, 'customer.updated')
  })

  test('customer.payment_method.added and .removed', async () => {
    const { data } = await call('POST', `${one.path}/payment-methods`, { payment_method: 'pm_card_visa' })
    await told(one.id, 'customer.payment_method.added')
    await call('DELETE', `${one.path}/payment-methods/${String(data['id'])}`)
    await told(one.id, 'customer.payment_method.removed')
  })

  test('customer.balance.updated: Credit/debit applied', async () => {
    await call('POST', `${one.path}/credit`, { amount: 500, currency: 'usd', reason: 'Debit' })
    await told(one.id, 'customer.balance.updated')
  })

  test('customer.deleted: Customer deleted', async () => {
    const other = await customer()
    await call('DELETE', other.path)
    await told(other.id, 'customer.deleted')
  })
})
