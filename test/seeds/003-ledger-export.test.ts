// The document "Customer Management" of a billing system (`/ledger/customers`): its rows on the export of a customer, against a
// real stack. `customer.Export(ctx, customer.ID)` is `GET /ledger/customers/{id}/export`.

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { api, type JsonObject, stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
let path: string
let email: string
let exported: JsonObject
beforeAll(async () => {
  stack = await startStack()
  email = `${randomUUID()}@example.com`
  const body = { name: 'Alice Johnson', email }
  const headers = { prefer: 'wait=30; until=synced' }
  const made = await api(stack, 'POST', '/ledger/customers', body, { headers })
  path = `/ledger/customers/${String(made.data['id'])}`
  await bill()
  const mirrored = ['subscriptions', 'invoices', 'payments'] as const
  exported = await until('Stripe’s objects are mirrored', async () => {
    const { data } = await api(stack, 'GET', `${path}/export`)
    return mirrored.every((name) => recordsIn(data, name).length > 0) ? data : null
  })
})
afterAll(() => stack.close())

/** A subscription that was paid by card, usage, and a check of what the customer may use. */
async function bill(): Promise<void> {
  const method = await api(stack, 'POST', `${path}/payment-methods`, { payment_method: 'pm_card_visa' })
  const price = await stripe(stack, 'POST', '/v1/prices', {
    currency: 'usd',
    unit_amount: '4999',
    'recurring[interval]': 'month',
    'product_data[name]': 'Pro',
  })
  const items = [{ price: price['id'] }]
  const subscription = { items, default_payment_method: method.data['id'] }
  expect((await api(stack, 'POST', `${path}/subscriptions`, subscription)).status).toBe(200)
  await stripe(stack, 'POST', '/v1/billing/meters', {
    display_name: 'Calls',
    event_name: 'ledger_calls',
    'default_aggregation[formula]': 'sum',
  })
  const usage = { event_name: 'ledger_calls', value: 3, identifier: 'usage-1' }
  expect((await api(stack, 'POST', `${path}/usage`, usage)).status).toBe(200)
  const check = await api(stack, 'POST', `${path}/entitlements/check`, { lookup_key: 'reports' })
  expect(check.data).toMatchObject({ entitled: false })
  await until('the check is in the log', async () => {
    const events = await stack.store.readEvents('default', 0, 1_000)
    return events.some(({ type }) => type === 'entitlement.checked')
  })
}

function recordsIn(data: JsonObject, section: string): JsonObject[] {
  return z.array(z.record(z.string(), z.unknown())).parse(data[section])
}

describe('Customer export', () => {
  test('GET /ledger/customers/{id}/export: Export customer data', async () => {
    const { status, headers } = await api(stack, 'GET', `${path}/export`)
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
  })

  test('Customer profile', () => {
    expect(exported['customer']).toMatchObject({ name: 'Alice Johnson', email })
  })

  test('All subscriptions', () => {
    expect(recordsIn(exported, 'subscriptions')).toMatchObject([{ status: 'active' }])
  })

  test('All invoices', () => {
    expect(recordsIn(exported, 'invoices')).toMatchObject([{ status: 'paid', total: 4999 }])
  })

  test('All payments', () => {
    expect(recordsIn(exported, 'payments').map(({ amount }) => amount)).toEqual([4999])
  })

  test('All usage events', () => {
    expect(recordsIn(exported, 'usage_events')).toMatchObject([
      { event_name: 'ledger_calls', identifier: 'usage-1', value: 3, status: 'applied' },
    ])
  })

  test('All entitlement checks', () => {
    expect(recordsIn(exported, 'entitlement_checks')).toMatchObject([
      { data: { lookup_key: 'reports', entitled: false } },
    ])
  })
})
