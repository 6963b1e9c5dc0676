import { expect, it } from 'vitest'
import { testSandbox } from '../support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { id: customer } = await sandbox.stripe.customers.create({})

it.each([
  ['/v1/prices', 'unit_amount=1&product_data[name]=x'],
  ['/v1/coupons', 'amount_off=1'],
  ['/v1/invoiceitems', `customer=${customer}&amount=1`],
  ['/v1/invoices', `customer=${customer}`],
  ['/v1/subscriptions', `customer=${customer}`],
  [`/v1/customers/${customer}/balance_transactions`, 'amount=1'],
  [`/v1/test_helpers/customers/${customer}/fund_cash_balance`, 'amount=1'],
])('POST %s refuses a currency that is none, with those that are', async (path, form) => {
  const { status, error } = await sandbox.request('POST', path, `${form}&currency=XYZ`)
  expect([status, error['param'], error['code']]).toEqual([400, 'currency', undefined])
  expect(error['message']).toMatch(
    /^Invalid currency: xyz\. Stripe currently supports these currencies: usd, aed, afn, .*, ltl$/,
  )
})

it('a currency is in lower case, however it was written', async () => {
  const { currency } = await sandbox.stripe.prices.create({
    currency: 'EUR',
    unit_amount: 1,
    product_data: { name: 'x' },
  })
  expect(currency).toBe('eur')
})
