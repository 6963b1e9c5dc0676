import { expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox
const most = Number.MAX_SAFE_INTEGER
const refused = async (path: string, body: string) => {
  const { status, error } = await sandbox.request('POST', path, body)
  return [status, error['param']]
}

it('a pattern of event types is matched in no time, however many stars it has', async () => {
  await stripe.customers.create({ name: 'x' })
  const types = async (type: string) => (await stripe.events.list({ type })).data.map((event) => event.type)
  expect(await types(`${'*'.repeat(2000)}x`)).toEqual([])
  expect(await types('*a*a*a*a*a*a*a*a*a*a*a*a*')).toEqual([])
  expect(await types('*.*')).toEqual(['customer.created'])
  expect(await types('c*r.*d')).toEqual(['customer.created'])
  expect(await types('customer.created*created')).toEqual([])
})

it('a test clock stands at no time that is none, and is never advanced to one', async () => {
  for (const time of [most, -1, 1e12])
    expect(await refused('/v1/test_helpers/test_clocks', `frozen_time=${time}`)).toEqual([400, 'frozen_time'])
  const { id } = await stripe.testHelpers.testClocks.create({ frozen_time: 1 })
  expect(await refused(`/v1/test_helpers/test_clocks/${id}/advance`, `frozen_time=${most}`)).toEqual([
    400,
    'frozen_time',
  ])
})

it('trials, due dates and discounts end at a time', async () => {
  const { id: customer } = await stripe.customers.create({})
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 5,
    recurring: { interval: 'month' },
    product_data: { name: 'Plan' },
  })
  const subscription = `customer=${customer}&items[0][price]=${price.id}`
  const sent = 'collection_method=send_invoice'
  for (const [path, body, param] of [
    ['/v1/subscriptions', `${subscription}&trial_period_days=731`, 'trial_period_days'],
    ['/v1/subscriptions', `${subscription}&trial_end=999999999999`, 'trial_end'],
    ['/v1/subscriptions', `${subscription}&${sent}&days_until_due=${most}`, 'days_until_due'],
    ['/v1/invoices', `customer=${customer}&${sent}&days_until_due=${most}`, 'days_until_due'],
    ['/v1/invoices', `customer=${customer}&${sent}&due_date=-5`, 'due_date'],
    ['/v1/coupons', `percent_off=5&duration=repeating&duration_in_months=${most}`, 'duration_in_months'],
    ['/v1/coupons', 'percent_off=5&duration=repeating&duration_in_months=0', 'duration_in_months'],
  ] as const)
    expect(await refused(path, body), body).toEqual([400, param])
})

it('amounts are such that they still add up', async () => {
  const { id: customer } = await stripe.customers.create({})
  const { id: product } = await stripe.products.create({ name: 'Plan' })
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 700,
    recurring: { interval: 'month' },
    product,
  })
  for (const [path, body, param] of [
    ['/v1/prices', `currency=usd&product=${product}&unit_amount=${most}`, 'unit_amount'],
    ['/v1/invoiceitems', `customer=${customer}&currency=usd&amount=-${most}`, 'amount'],
    [
      '/v1/subscriptions',
      `customer=${customer}&items[0][price]=${price.id}&items[0][quantity]=${most}`,
      'items',
    ],
    [`/v1/customers/${customer}`, `balance=${most}`, 'balance'],
    [`/v1/customers/${customer}/balance_transactions`, `amount=${most}&currency=usd`, 'amount'],
  ] as const) {
    const { status, error } = await sandbox.request('POST', path, body)
    expect([status, error['code'], error['param']], body).toEqual([400, 'amount_too_large', param])
  }
})
