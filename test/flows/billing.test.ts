// Money and billing over real HTTP: commands that Stripe carries out, and the mirrors that are read from here.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ measured: true })
})
afterAll(() => stack.close())

const synced = { prefer: 'wait=30; until=synced' }

let keys = 0
async function customer(): Promise<{ path: string; stripeId: string }> {
  const body = { key: `billing-${keys++}`, name: 'Ada', email: `ada${keys}@example.com` }
  const { data } = await api(stack, 'POST', '/v1/customers', body, { headers: synced })
  return { path: `/v1/customers/${String(data['id'])}`, stripeId: String(data['stripe_customer_id']) }
}

async function list(path: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await api(stack, 'GET', path)
  expect(status).toBe(200)
  return body['data'] as Record<string, unknown>[]
}

async function price(): Promise<string> {
  const made = await stripe(stack, 'POST', '/v1/prices', {
    currency: 'usd',
    unit_amount: '1000',
    'recurring[interval]': 'month',
    'product_data[name]': 'Pro',
  })
  return String(made['id'])
}

test('a credit is answered with its transaction; the balance and the list follow', async () => {
  const { path } = await customer()
  const headers = { 'idempotency-key': `credit ${path}` }
  const body = { amount: -10_000, currency: 'USD', reason: 'welcome' }
  const answers = [
    await api(stack, 'POST', `${path}/credit`, body, { headers }),
    await api(stack, 'POST', `${path}/credit`, body, { headers }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(answers[0]?.data).toMatchObject({ amount: -10_000, currency: 'usd', ending_balance: -10_000 })
  expect(answers[1]?.data).toEqual(answers[0]?.data)
  await until(
    'the transaction is listed',
    async () => (await list(`${path}/balance-transactions`)).length > 0,
  )
  expect(await list(`${path}/balance-transactions`)).toMatchObject([
    { amount: -10_000, description: 'welcome', type: 'adjustment' },
  ])
  const balance = async () => (await api(stack, 'GET', path)).data['balance']
  await until('the balance is here', async () => JSON.stringify(await balance()).includes('-10000'))
  expect(await balance()).toEqual({ amount: -10_000, currency: 'usd' })
})

test('what Stripe refuses is 422 with Stripe’s own code', async () => {
  const { path } = await customer()
  const answer = await api(stack, 'POST', `${path}/tax-ids`, { type: 'eu_vat', value: 'nonsense' })
  expect(answer.status).toBe(422)
  expect(answer.body).toMatchObject({ code: 'stripe_refused', stripe: { code: 'tax_id_invalid' } })
})

test('payment methods are attached, listed, made the default and detached', async () => {
  const { path, stripeId } = await customer()
  const attached = await api(stack, 'POST', `${path}/payment-methods`, { payment_method: 'pm_card_visa' })
  expect(attached.status).toBe(200)
  const id = String(attached.data['id'])
  await until('it is listed', async () => (await list(`${path}/payment-methods`)).length === 1)
  const made = await api(stack, 'PUT', `${path}/default-payment-method`, { payment_method: id })
  expect(made.status).toBe(200)
  const there = await stripe(stack, 'GET', `/v1/customers/${stripeId}`)
  expect(there['invoice_settings']).toMatchObject({ default_payment_method: id })
  await until(
    'it is the default here',
    async () => (await api(stack, 'GET', path)).data['default_payment_method'] === id,
  )
  expect((await api(stack, 'DELETE', `${path}/payment-methods/${id}`)).status).toBe(200)
  await until('it is gone', async () => (await list(`${path}/payment-methods`)).length === 0)
})

test('a tax id is made once, listed and removed', async () => {
  const { path } = await customer()
  const made = await api(stack, 'POST', `${path}/tax-ids`, { type: 'eu_vat', value: 'DE123456789' })
  expect(made.data).toMatchObject({ type: 'eu_vat', value: 'DE123456789', country: 'DE' })
  await until('it is listed', async () => (await list(`${path}/tax-ids`)).length === 1)
  expect((await api(stack, 'DELETE', `${path}/tax-ids/${String(made.data['id'])}`)).status).toBe(200)
  await until('it is gone', async () => (await list(`${path}/tax-ids`)).length === 0)
})

describe('a subscription', () => {
  test('is made through the API, and its invoice and payment can be read beside the customer', async () => {
    const { path } = await customer()
    const { data: method } = await api(stack, 'POST', `${path}/payment-methods`, {
      payment_method: 'pm_card_visa',
    })
    const made = await api(stack, 'POST', `${path}/subscriptions`, {
      items: [{ price: await price() }],
      default_payment_method: method['id'],
      metadata: { plan: 'pro' },
    })
    expect(made.status).toBe(200)
    expect(made.data).toMatchObject({ status: 'active', metadata: { plan: 'pro' } })
    for (const below of ['subscriptions', 'invoices', 'payments'])
      await until(`${below} are here`, async () => (await list(`${path}/${below}`)).length === 1)
    await until('it is paid here', async () => (await list(`${path}/invoices`))[0]?.['status'] === 'paid')
    await until(
      'so is its payment',
      async () => (await list(`${path}/payments`))[0]?.['status'] === 'succeeded',
    )
    const read = await api(stack, 'GET', `${path}?include=subscriptions,invoices,payments,stripe`)
    expect(read.data).toMatchObject({
      subscriptions: [{ id: made.data['id'], status: 'active' }],
      invoices: [{ status: 'paid', total: 1000 }],
      payments: [{ status: 'succeeded', amount: 1000 }],
      stripe: { name: 'Ada' },
    })
    // An object stands here a moment before its event is told.
    for (const type of ['subscription.created', 'invoice.created', 'customer.payment_method.added'])
      await until(`${type} is told`, async () => {
        const events = await stack.store.readEvents('default', 0, 10_000)
        return events.some((event) => event.type === type)
      })
  })

  test('keeps its customer from being deleted while it runs', async () => {
    const { path } = await customer()
    const made = await api(stack, 'POST', `${path}/subscriptions`, {
      items: [{ price: await price() }],
      trial_days: 14,
    })
    expect(made.data).toMatchObject({ status: 'trialing' })
    await until('it is here', async () => (await list(`${path}/subscriptions`)).length === 1)
    await until('the delete is refused', async () => {
      const refused = await api(stack, 'PATCH', path, { description: 'still here' })
      expect(refused.status).toBe(200)
      const doc = await stack.store.readCustomer({
        tenantId: 'default',
        customerId: path.split('/')[3] ?? '',
      })
      return (doc?.live_subscriptions ?? []).length === 1
    })
    const refused = await api(stack, 'DELETE', path)
    expect([refused.status, refused.body['code']]).toEqual([409, 'has_active_subscriptions'])
    await stripe(stack, 'DELETE', `/v1/subscriptions/${String(made.data['id'])}`)
    await until('it may go', async () => (await api(stack, 'DELETE', path)).status === 200)
  })
})

test('a portal link is in the answer, and in no record of the operation', async () => {
  const { path } = await customer()
  const headers = { 'idempotency-key': `portal ${path}` }
  const body = { return_url: 'https://app.example.com/billing' }
  const made = await api(stack, 'POST', `${path}/portal`, body, { headers })
  expect(made.status).toBe(200)
  expect(made.data['url']).toMatch(/^https?:/)
  const again = await api(stack, 'POST', `${path}/portal`, body, { headers })
  expect(again.data).toEqual(made.data)
  // Whoever did not wait for it reads it of the operation.
  const later = await api(stack, 'POST', `${path}/portal`, body, { headers: { prefer: 'respond-async' } })
  expect(later.status).toBe(202)
  await until('its operation tells the link', async () => {
    const { data } = await api(stack, 'GET', `/v1/operations/${String(later.data['operation_id'])}`)
    return /"url":"https?:/.test(JSON.stringify(data['result']))
  })
  const operations = JSON.stringify(await stack.store.readEvents('default', 0, 10_000))
  expect(operations).not.toContain(String(made.data['url']))
})

test('usage under one identifier counts once', async () => {
  const { path, stripeId } = await customer()
  const meter = await stripe(stack, 'POST', '/v1/billing/meters', {
    display_name: 'Calls',
    event_name: 'api_calls',
    'default_aggregation[formula]': 'sum',
  })
  const body = { event_name: 'api_calls', value: 7, identifier: `order-${keys}` }
  const first = await api(stack, 'POST', `${path}/usage`, body)
  const second = await api(stack, 'POST', `${path}/usage`, body)
  expect([first.status, second.status]).toEqual([200, 200])
  const now = Math.floor(Date.now() / 60_000) * 60
  const span = `start_time=${now - 3_600}&end_time=${now + 3_600}`
  const summaries = await stripe(
    stack,
    'GET',
    `/v1/billing/meters/${String(meter['id'])}/event_summaries?customer=${stripeId}&${span}`,
  )
  expect(summaries['data']).toMatchObject([{ aggregated_value: 7 }])
  await api(stack, 'POST', `${path}/usage`, { event_name: 'api_calls', value: 2 })
  const total = { event_name: 'api_calls', value: 9, reports: 2, limit: null, remaining: null }
  expect(await list(`${path}/usage`)).toMatchObject([total])
  expect(await list(`${path}/usage?month=2020-01`)).toEqual([])
})

test('a check says what may be used, up to the limit that the entitlement gives, and is logged', async () => {
  const { path, stripeId } = await customer()
  await stripe(stack, 'POST', '/v1/billing/meters', {
    display_name: 'Exports',
    event_name: 'exports',
    'default_aggregation[formula]': 'sum',
  })
  const feature = await stripe(stack, 'POST', '/v1/entitlements/features', {
    name: 'Exports',
    lookup_key: 'exports',
    'metadata[usage_limit]': '5',
  })
  const check = async (body: object, headers = {}) => {
    const answer = await api(stack, 'POST', `${path}/entitlements/check`, body, { headers })
    expect(answer.status).toBe(200)
    return answer.data
  }
  const refused = { lookup_key: 'exports', entitled: false, reason: 'not_entitled', used: null, limit: null }
  const key = { 'idempotency-key': `check ${path}` }
  expect(await check({ lookup_key: 'exports' }, key)).toEqual(refused)

  const bought = await price()
  const { product } = await stripe(stack, 'GET', `/v1/prices/${bought}`)
  await stripe(stack, 'POST', `/v1/products/${String(product)}/features`, {
    entitlement_feature: String(feature['id']),
  })
  const paying = await api(stack, 'POST', `${path}/payment-methods`, { payment_method: 'pm_card_visa' })
  await stripe(stack, 'POST', '/v1/subscriptions', {
    customer: stripeId,
    default_payment_method: String(paying.data['id']),
    'items[0][price]': bought,
  })
  await until('it is entitled', async () => (await list(`${path}/entitlements`)).length === 1)
  const allowed = { ...refused, entitled: true, reason: null, used: 0, limit: 5 }
  expect(await check({ lookup_key: 'exports' })).toEqual(allowed)
  // A repeat is answered as it was the first time.
  expect(await check({ lookup_key: 'exports' }, key)).toEqual(refused)
  await api(stack, 'POST', `${path}/usage`, { event_name: 'exports', value: 5 })
  const full = { ...refused, reason: 'limit_reached', used: 5, limit: 5 }
  expect(await check({ id: String(feature['id']) })).toEqual(full)
  expect(await list(`${path}/usage`)).toMatchObject([{ event_name: 'exports', limit: 5, remaining: 0 }])

  const logged = async () => {
    const events = await stack.store.readEvents('default', 0, 10_000)
    const checks = events.filter(
      ({ type, customer_id: id }) => type === 'entitlement.checked' && path.endsWith(id ?? '?'),
    )
    return checks.length === 3 && checks.map(({ data }) => JSON.parse(data))
  }
  expect(await until('three checks are in the log', logged)).toEqual([refused, allowed, full])
})

test('lists are paged without repeats, and bad parameters are named', async () => {
  const { path, stripeId } = await customer()
  for (const amount of ['100', '200', '300']) {
    await stripe(stack, 'POST', `/v1/customers/${stripeId}/balance_transactions`, { amount, currency: 'usd' })
  }
  const all = `${path}/balance-transactions`
  await until('all are here', async () => (await list(all)).length === 3)
  const first = await api(stack, 'GET', `${all}?limit=2`)
  expect(first.body).toMatchObject({ has_more: true })
  const rest = await api(stack, 'GET', `${all}?limit=2&after=${String(first.body['next_after'])}`)
  expect(rest.body).toMatchObject({ has_more: false, next_after: null })
  const both = [first, rest].flatMap(({ body }) => body['data'] as { amount: number }[])
  // Of one second, the order is that of their ids.
  expect(both.map(({ amount }) => amount).toSorted((a, b) => a - b)).toEqual([100, 200, 300])
  for (const query of ['limit=0', 'limit=101', 'limit=a', 'after=nobody', 'sort=x'])
    expect((await api(stack, 'GET', `${all}?${query}`)).status, query).toBe(422)
  expect((await api(stack, 'GET', `${path}?include=secrets`)).status).toBe(422)
})

test('amounts that are no safe integers, unknown currencies and strange ids are 422', async () => {
  const { path } = await customer()
  const bad = [
    ['credit', { amount: 1.5, currency: 'usd' }],
    ['credit', { amount: 0, currency: 'usd' }],
    ['credit', { amount: 10, currency: 'zzz' }],
    ['credit', { amount: 10 }],
    ['payment-methods', { payment_method: '../x' }],
    ['tax-ids', { type: 'EU', value: 'x' }],
    ['portal', { return_url: 'javascript:alert(1)' }],
    ['subscriptions', { items: [] }],
    ['usage', { event_name: 'a b', value: 1 }],
    ['entitlements/check', {}],
    ['entitlements/check', { lookup_key: 'a', id: 'feat_1' }],
  ] as const
  for (const [below, body] of bad)
    expect((await api(stack, 'POST', `${path}/${below}`, body)).status, JSON.stringify(body)).toBe(422)
})
