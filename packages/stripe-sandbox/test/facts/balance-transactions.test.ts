import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })

describe('Balance transactions (FACTS 1.2)', () => {
  it('move the balance, stamp the currency, and end where they say', async () => {
    const { id } = await stripe.customers.create({})
    const made = await stripe.customers.createBalanceTransaction(id, {
      amount: -500,
      currency: 'EUR',
      description: 'credit',
      metadata: { operation: '1' },
    })
    expect(made).toMatchObject({
      object: 'customer_balance_transaction',
      amount: -500,
      currency: 'eur',
      customer: id,
      ending_balance: -500,
      type: 'adjustment',
      description: 'credit',
      metadata: { operation: '1' },
      invoice: null,
    })
    await stripe.customers.createBalanceTransaction(id, { amount: 200, currency: 'eur' })
    expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: -300, currency: 'eur' })
    const { data } = await stripe.customers.listBalanceTransactions(id)
    expect(data.map(({ amount, ending_balance }) => [amount, ending_balance])).toEqual([
      [200, -300],
      [-500, -500],
    ])
    const changed = await stripe.customers.updateBalanceTransaction(id, made.id, {
      description: '',
      metadata: { operation: '' },
    })
    expect(changed).toMatchObject({ amount: -500, description: null, metadata: {} })
    expect(await stripe.customers.retrieveBalanceTransaction(id, made.id)).toMatchObject({
      id: made.id,
      description: null,
    })
  })

  it('are made by a balance that is set', async () => {
    const { id } = await stripe.customers.create({ balance: 100 })
    await stripe.customers.update(id, { balance: -50 })
    await stripe.customers.update(id, { balance: -50 })
    const { data } = await stripe.customers.listBalanceTransactions(id)
    expect(data.map(({ amount, type }) => [amount, type])).toEqual([
      [-150, 'adjustment'],
      [100, 'initial'],
    ])
  })

  it('of another currency, without an amount, or for nobody are refused', async () => {
    const { id } = await stripe.customers.create({ balance: 1 })
    const refusal = (params: object, customer = id) =>
      failureOf(
        stripe.customers.createBalanceTransaction(
          customer,
          params as Stripe.CustomerCreateBalanceTransactionParams,
        ),
      )
    expect(await refusal({ amount: 1, currency: 'eur' })).toMatchObject({
      statusCode: 400,
      param: 'currency',
    })
    expect(await refusal({ currency: 'usd' })).toMatchObject({
      statusCode: 400,
      code: 'parameter_missing',
      param: 'amount',
    })
    expect(await refusal({ amount: 1, currency: 'usd', description: 'x'.repeat(351) })).toMatchObject({
      param: 'description',
    })
    expect(await refusal({ amount: 1, currency: 'usd' }, 'cus_nope')).toMatchObject({ statusCode: 404 })
    expect((await stripe.customers.listBalanceTransactions(id)).data).toHaveLength(1)
  })

  it('set the currency of a customer that has none, and are undone by one that is turned round', async () => {
    const { id } = await stripe.customers.create({})
    await stripe.customers.createBalanceTransaction(id, { amount: -70, currency: 'czk' })
    expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: -70, currency: 'czk' })
    await stripe.customers.createBalanceTransaction(id, { amount: 70, currency: 'czk' })
    expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: 0, currency: 'czk' })
  })

  it('need both amount and currency, and never change either', async () => {
    const { id } = await stripe.customers.create({})
    const path = `/v1/customers/${id}/balance_transactions`
    for (const [form, param] of [
      ['currency=usd', 'amount'],
      ['amount=1', 'currency'],
    ] as const) {
      const { status, error } = await sandbox.request('POST', path, form)
      const message = `Missing required param: ${param}.`
      expect([status, error]).toMatchObject([400, { code: 'parameter_missing', message, param }])
    }
    const made = await stripe.customers.createBalanceTransaction(id, { amount: 1, currency: 'usd' })
    for (const param of ['amount', 'currency']) {
      const { error } = await sandbox.request('POST', `${path}/${made.id}`, `${param}=2`)
      expect(error).toMatchObject({ code: 'parameter_unknown', param })
    }
  })

  it('have no event of their own', async () => {
    const { id } = await stripe.customers.create({})
    await stripe.customers.createBalanceTransaction(id, { amount: 1, currency: 'usd' })
    const kinds = (await stripe.events.list({ limit: 100 })).data.map(({ data: { object } }) => object.object)
    expect(new Set(kinds)).toEqual(new Set(['customer']))
  })
})
