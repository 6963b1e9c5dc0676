import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox()
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })

describe('What a customer is billed by (FACTS 1.1)', () => {
  it('are up to four custom fields on its invoices, until they are sent empty', async () => {
    const custom_fields = ['1', '2', '3', '4'].map((value) => ({ name: `n${value}`, value }))
    const made = await stripe.customers.create({ invoice_settings: { custom_fields } })
    expect(made.invoice_settings.custom_fields).toEqual(custom_fields)
    const cleared = await stripe.customers.update(made.id, { invoice_settings: { custom_fields: '' } })
    expect(cleared.invoice_settings.custom_fields).toBeNull()
  })

  it('is no currency until a balance other than 0 stamps that of the account', async () => {
    const { id, currency } = await stripe.customers.create({ balance: 0 })
    expect(currency).toBeNull()
    expect((await stripe.customers.update(id, { balance: -1 })).currency).toBe('usd')
    expect((await stripe.customers.update(id, { balance: 0 })).currency).toBe('usd')
  })

  it('is shown as credit by currency only when asked, with the sign turned', async () => {
    const { id } = await stripe.customers.create({ balance: -500 })
    const expand = ['invoice_credit_balance']
    expect(await stripe.customers.retrieve(id, { expand })).toMatchObject({
      balance: -500,
      invoice_credit_balance: { usd: 500 },
    })
    expect(await stripe.customers.retrieve(id)).not.toHaveProperty('invoice_credit_balance')
  })

  it('is checked for its location, by auto in an update only', async () => {
    const check = (path: string, word: string) =>
      sandbox.request('POST', path, `address[country]=DE&tax[validate_location]=${word}`)
    const { id } = await stripe.customers.create({})
    for (const word of ['deferred', 'immediately']) {
      expect((await check('/v1/customers', word)).status).toBe(200)
      expect((await check(`/v1/customers/${id}`, word)).status).toBe(200)
    }
    expect((await check(`/v1/customers/${id}`, 'auto')).status).toBe(200)
    expect((await check('/v1/customers', 'auto')).error['param']).toBe('tax[validate_location]')
  })
})

describe('An invoice prefix (FACTS 1.1)', () => {
  it('is 1 to 12 uppercase letters or digits, and a sentence says so, without code and param', async () => {
    for (const invoice_prefix of ['A', '0', 'ABCDEF123456'])
      expect((await stripe.customers.create({ invoice_prefix })).invoice_prefix).toBe(invoice_prefix)
    for (const prefix of ['ABCDEF1234567', 'lower', 'A-B']) {
      const { status, error } = await sandbox.request('POST', '/v1/customers', `invoice_prefix=${prefix}`)
      expect([status, error]).toEqual([
        400,
        {
          message: 'Invoice number prefix must be 1–12 uppercase letters or numbers.',
          request_log_url: expect.any(String),
          type: 'invalid_request_error',
        },
      ])
    }
  })

  it('that is taken names its holder, and is free again once the holder is gone', async () => {
    const { id } = await stripe.customers.create({})
    const holder = await stripe.customers.create({ invoice_prefix: 'TAKEN' })
    const refused = await failureOf(stripe.customers.update(id, { invoice_prefix: 'TAKEN' }))
    expect(refused).toMatchObject({
      statusCode: 400,
      param: 'invoice_prefix',
      message: `This invoice number prefix is taken by customer: ${holder.id}. Please enter a different prefix.`,
    })
    expect(refused.code).toBeUndefined()
    await stripe.customers.del(holder.id)
    expect((await stripe.customers.update(id, { invoice_prefix: 'TAKEN' })).invoice_prefix).toBe('TAKEN')
  })
})
