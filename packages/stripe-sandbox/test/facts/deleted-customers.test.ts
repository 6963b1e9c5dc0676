import { beforeAll, describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox()
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })

let id = ''
let transaction = ''
beforeAll(async () => {
  id = (await stripe.customers.create({ email: 'gone@example.com', payment_method: 'pm_card_visa' })).id
  transaction = (await stripe.customers.createBalanceTransaction(id, { amount: -5, currency: 'usd' })).id
  await stripe.customers.createTaxId(id, { type: 'us_ein', value: '12-3456789' })
})

describe('A deleted customer (FACTS 1.1)', () => {
  beforeAll(async () => {
    const stub = await sandbox.request('DELETE', `/v1/customers/${id}`)
    expect([stub.status, stub.json]).toEqual([200, { id, object: 'customer', deleted: true }])
  })

  it('answers as a stub for ever, whatever is to be expanded', async () => {
    for (const query of [
      '',
      '?expand[]=subscriptions',
      '?expand[]=invoice_settings.default_payment_method',
    ]) {
      const stub = await sandbox.request('GET', `/v1/customers/${id}${query}`)
      expect([stub.status, stub.json]).toEqual([200, { id, object: 'customer', deleted: true }])
    }
  })

  it('has left the lists, by e-mail too', async () => {
    expect((await stripe.customers.list({ limit: 100 })).data.map((one) => one.id)).not.toContain(id)
    expect((await stripe.customers.list({ email: 'gone@example.com' })).data).toEqual([])
  })

  it('is no parameter of anything: 400 that names the parameter, in query and body', async () => {
    const price = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 1,
      recurring: { interval: 'month' },
      product_data: { name: 'x' },
    })
    const calls: [verb: string, path: string, form: string, param?: string][] = [
      ['GET', '/v1/payment_methods', `customer=${id}`],
      ['GET', '/v1/subscriptions', `customer=${id}`],
      ['GET', '/v1/invoices', `customer=${id}`],
      ['GET', '/v1/invoiceitems', `customer=${id}`],
      ['GET', '/v1/charges', `customer=${id}`],
      ['GET', '/v1/payment_intents', `customer=${id}`],
      ['GET', '/v1/entitlements/active_entitlements', `customer=${id}`],
      ['GET', '/v1/tax_ids', `owner[type]=customer&owner[customer]=${id}`, 'owner[customer]'],
      ['POST', '/v1/payment_methods/pm_card_visa/attach', `customer=${id}`],
      ['POST', '/v1/subscriptions', `customer=${id}&items[0][price]=${price.id}`],
      ['POST', '/v1/invoices', `customer=${id}`],
      ['POST', '/v1/invoiceitems', `customer=${id}&amount=1&currency=usd`],
      ['POST', '/v1/billing_portal/sessions', `customer=${id}`],
    ]
    for (const [verb, path, form, param = 'customer'] of calls) {
      const { status, error } = await (verb === 'GET'
        ? sandbox.request(verb, `${path}?${form}`)
        : sandbox.request(verb, path, form))
      expect([path, status, error['code'], error['param'], error['message']]).toEqual([
        path,
        400,
        'resource_missing',
        param,
        `No such customer: '${id}'`,
      ])
    }
  })

  it('is still a cursor', async () => {
    const before = await stripe.customers.create({})
    const { data } = await stripe.customers.list({ ending_before: id })
    expect(data.map((one) => one.id)).toEqual([before.id])
  })

  it('has lost its payment methods and tax ids, while its balance transactions can be read', async () => {
    expect((await stripe.customers.listTaxIds(id)).data).toEqual([])
    expect((await stripe.customers.listPaymentMethods(id)).data).toEqual([])
    expect((await stripe.customers.listBalanceTransactions(id)).data.map((one) => one.id)).toEqual([
      transaction,
    ])
    expect((await stripe.customers.retrieveBalanceTransaction(id, transaction)).amount).toBe(-5)
    const owing = stripe.customers.createBalanceTransaction(id, { amount: 1, currency: 'usd' })
    expect(await failureOf(owing)).toMatchObject({ statusCode: 404, param: 'customer' })
  })
})
