import { beforeEach, describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })

let id = ''
beforeEach(async () => {
  id = (await stripe.customers.create({})).id
})
const fund = (amount: number, currency = 'usd') =>
  stripe.testHelpers.customers.fundCashBalance(id, { amount, currency, reference: 'R1' })

describe('Cash balances (sections 1.1, 1.2 and 4)', () => {
  it('a customer has none until it is funded; settings can be made before', async () => {
    expect(await stripe.customers.retrieve(id, { expand: ['cash_balance'] })).toMatchObject({
      cash_balance: null,
    })
    expect(await stripe.customers.retrieveCashBalance(id)).toMatchObject({
      object: 'cash_balance',
      available: null,
      customer: id,
      settings: { reconciliation_mode: 'automatic', using_merchant_default: true },
    })
    const settings = { reconciliation_mode: 'manual' } as const
    expect(await stripe.customers.updateCashBalance(id, { settings })).toMatchObject({
      settings: { reconciliation_mode: 'manual', using_merchant_default: false },
    })
    await stripe.customers.update(id, {
      cash_balance: { settings: { reconciliation_mode: 'merchant_default' } },
    })
    expect((await stripe.customers.retrieveCashBalance(id)).settings.using_merchant_default).toBe(true)
  })

  it('adds up by currency, each transfer a transaction with its events', async () => {
    await fund(500)
    const last = await fund(250)
    await fund(70, 'eur')
    expect(last).toMatchObject({
      object: 'customer_cash_balance_transaction',
      type: 'funded',
      net_amount: 250,
      ending_balance: 750,
      customer: id,
      funded: { bank_transfer: { reference: 'R1', type: 'us_bank_transfer' } },
    })
    expect((await stripe.customers.retrieveCashBalance(id)).available).toEqual({ usd: 750, eur: 70 })
    const { data } = await stripe.customers.listCashBalanceTransactions(id)
    expect(data.map(({ net_amount }) => net_amount)).toEqual([70, 250, 500])
    expect(await stripe.customers.retrieveCashBalanceTransaction(id, last.id)).toMatchObject({ id: last.id })
    const events = (await stripe.events.list({ limit: 2 })).data
    expect(events.map((event) => [event.type, JSON.stringify(event.data.object).includes(id)])).toEqual([
      ['cash_balance.funds_available', true],
      ['customer_cash_balance_transaction.created', true],
    ])
  })

  it('keeps its customer from being deleted, and from owing anything', async () => {
    await fund(1)
    expect(await failureOf(stripe.customers.del(id))).toMatchObject({ statusCode: 400 })
    expect((await stripe.customers.retrieve(id)).id).toBe(id)
    expect(await failureOf(stripe.customers.update(id, { balance: 5 }))).toMatchObject({ param: 'balance' })
    const owing = stripe.customers.createBalanceTransaction(id, { amount: 5, currency: 'usd' })
    expect(await failureOf(owing)).toMatchObject({ statusCode: 400, param: 'amount' })
    expect((await stripe.customers.update(id, { balance: -5 })).balance).toBe(-5)
  })

  it('is not funded with nothing, nor in live mode', async () => {
    expect(await failureOf(fund(0))).toMatchObject({ statusCode: 400, param: 'amount' })
    const live = sandbox.client('sk_live_lockstep')
    const customer = await live.customers.create({})
    const funded = live.testHelpers.customers.fundCashBalance(customer.id, { amount: 1, currency: 'usd' })
    expect(await failureOf(funded)).toMatchObject({ statusCode: 400 })
  })
})
