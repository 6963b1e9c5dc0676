import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { startSandbox } from '../src/index.ts'
import { startReceiver } from './support/receiver.ts'
import { testSandbox } from './support/sandbox.ts'

const receiver = await startReceiver()
const webhooks = [{ url: receiver.url, secret: 'whsec_1' }]
const sandbox = await testSandbox({ frozen: true, webhooks })
const { stripe } = sandbox
const folder = mkdtempSync(join(tmpdir(), 'sandbox-fixtures-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  await sandbox.door('POST', '/reset')
  receiver.clear()
})

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const names = async () => (await stripe.customers.list({ limit: 100 })).data.map(({ name }) => name)

describe('fixtures of the start', () => {
  it('are there before the first call, made no events, and come back with a reset', async () => {
    const started = await testSandbox({ frozen: true, webhooks, fixtures: 'examples' })
    for (let round = 0; round < 2; round++) {
      const { data } = await started.stripe.customers.list()
      expect(data.map(({ id }) => id)).toEqual([
        'cus_exampleCredit',
        'cus_exampleCompany',
        'cus_exampleDeclined',
        'cus_examplePaying',
        'cus_exampleTrial',
        'cus_exampleLead',
      ])
      await started.settled()
      expect((await started.stripe.events.list()).data).toEqual([])
      expect(receiver.received).toEqual([])
      expect(started.requests().filter(({ method }) => method !== 'GET')).toEqual([])
      await started.stripe.customers.del('cus_exampleLead')
      await started.settled()
      receiver.clear()
      await started.door('POST', '/reset')
    }
  })

  it('show a customer in each state that a program must be able to meet', async () => {
    sandbox.seed('examples')
    const status = async (id: string) => (await stripe.subscriptions.retrieve(id)).status
    expect(await status('sub_exampleTrial')).toBe('trialing')
    expect(await status('sub_examplePaying')).toBe('active')
    expect(await status('sub_exampleDeclined')).toBe('incomplete')
    expect(await stripe.customers.retrieve('cus_exampleCredit')).toMatchObject({ balance: -2500 })
    const paid = await stripe.invoices.list({ customer: 'cus_examplePaying' })
    expect(paid.data).toMatchObject([{ status: 'paid', total: 2700 }])
    expect(paid.data[0]?.hosted_invoice_url).toContain(sandbox.url)
    const taxIds = await stripe.customers.listTaxIds('cus_exampleCompany')
    expect(taxIds.data).toMatchObject([{ id: 'txi_exampleCompany', value: 'DE123456789' }])
  })

  it('are made once in a file that persists', async () => {
    const options = {
      persist: join(folder, 'journal'),
      latency: 0,
      fixtures: { customers: [{ name: 'once' }] },
    }
    for (let round = 0; round < 2; round++) {
      const started = await startSandbox(options)
      const { host, port } = started
      const client = new Stripe('sk_test_1', { host, port, protocol: 'http', telemetry: false })
      expect((await client.customers.list()).data).toHaveLength(1)
      await started.close()
    }
  })

  it('that are refused end the start with the reason, and free what it held', async () => {
    const persist = join(folder, 'refused')
    const fixtures = { customers: [{ name: 'a' }, { email: 'nope' }] }
    await expect(startSandbox({ persist, fixtures })).rejects.toThrow(
      'customers[1]: POST /v1/customers: 400 Invalid email address: nope',
    )
    await (await startSandbox({ persist })).close()
  })
})

describe('fixtures of a running sandbox', () => {
  it('make events like any change, unless they are silent', async () => {
    const fixtures = { customers: [{ name: 'Ana', payment_methods: ['pm_card_visa'] }] }
    const { json } = await sandbox.door('POST', '/fixtures', { fixtures })
    expect(json).toEqual({ seeded: { customers: 1 } })
    const types = (await stripe.events.list()).data.map(({ type }) => type)
    expect(types).toEqual(['customer.updated', 'payment_method.attached', 'customer.created'])
    await sandbox.door('POST', '/fixtures', { fixtures, silent: true })
    expect((await stripe.events.list()).data).toHaveLength(3)
    expect(await names()).toEqual(['Ana', 'Ana'])
    await stripe.customers.create({})
    expect((await stripe.events.list()).data).toHaveLength(4)
  })

  it('that were silent tell of what happens to them later', async () => {
    const fixtures = { customers: [{ tax_ids: [{ type: 'eu_vat', value: 'DE123456789' }] }] }
    sandbox.seed(fixtures, { silent: true })
    await sandbox.clock.advance(60_000)
    expect((await stripe.events.list()).data).toMatchObject([{ type: 'customer.tax_id.updated' }])
  })

  it('are made all or none, and an id that is taken is refused', async () => {
    const first = { id: 'cus_mine', name: 'first' }
    sandbox.seed({ customers: [first] })
    const again = [{ name: 'second' }, { ...first, name: 'third' }]
    const { status, json } = await sandbox.door('POST', '/fixtures', { fixtures: { customers: again } })
    expect([status, json['error']]).toEqual([400, 'customers[1]: there is a customer cus_mine already'])
    expect(await names()).toEqual(['first'])
    expect((await stripe.customers.create({ name: 'own id' })).id).not.toBe('cus_mine')
  })

  it.each([
    [{ customer: [{ nope: 1 }] }, 'customer[0]: POST /v1/customers: 400 Received unknown parameter: nope'],
    [
      { charges: [{}] },
      'charges: charges is no kind of fixture; the kinds are products, prices, coupons, customers',
    ],
    [[{ object: 'charge' }], '[0]: charge is no kind of fixture'],
    [{ customers: 'x' }, 'customers must be an object or a list'],
    [undefined, 'the fixtures must be an object or a list'],
    [JSON.parse('['.repeat(200) + ']'.repeat(200)), '[0]: lists can be 20 deep'],
    [{ tax_ids: [{ type: 'eu_vat', value: 'DE123456789' }] }, 'tax_ids[0]: customer is missing'],
    [{ customers: [{ id: 'a b' }] }, 'customers[0]: a b cannot be an id'],
    [
      { customers: [{ payment_methods: ['pm_card_chargeDeclined'] }] },
      'customers[0]: POST /v1/payment_methods/pm_card_chargeDeclined/attach: 402 Your card was declined.',
    ],
  ])('that make no sense are refused with place and reason: %j', async (fixtures, reason) => {
    const { status, json } = await sandbox.door('POST', '/fixtures', { fixtures })
    expect([status, json['error']]).toEqual([400, expect.stringContaining(reason)])
    expect(await names()).toEqual([])
  })
})

describe('a file', () => {
  it('may hold objects as Stripe shows them: they come out as they went in', async () => {
    sandbox.seed('examples')
    const shown = {
      customers: await stripe.customers.list({ limit: 100 }),
      products: (await stripe.products.list()).data,
      prices: (await stripe.prices.list()).data,
      coupons: (await stripe.coupons.list()).data,
      tax_ids: (await stripe.customers.listTaxIds('cus_exampleCompany')).data,
      payment_methods: (await stripe.customers.listPaymentMethods('cus_examplePaying')).data,
      balance_transactions: (await stripe.customers.listBalanceTransactions('cus_exampleCredit')).data,
    }
    // A balance that comes from a transaction must not be made twice; the cards of two customers are not in the lists.
    for (const customer of shown.customers.data) {
      customer.balance = 0
      if (customer.id !== 'cus_examplePaying') customer.invoice_settings.default_payment_method = null
    }
    const path = file('shown.json', JSON.stringify(shown))
    await sandbox.door('POST', '/reset')
    expect(sandbox.seed(path)).toEqual({
      products: 2,
      prices: 2,
      coupons: 1,
      customers: 6,
      tax_ids: 1,
      payment_methods: 1,
      balance_transactions: 1,
    })
    const [paying] = shown.customers.data.filter(({ id }) => id === 'cus_examplePaying')
    const { created: _created, currency: _currency, ...told } = paying ?? {}
    expect(await stripe.customers.retrieve('cus_examplePaying')).toMatchObject(told)
    expect(await stripe.prices.retrieve('price_examplePro')).toMatchObject({
      unit_amount: 29_000,
      lookup_key: 'pro',
    })
    expect(await stripe.customers.retrieve('cus_exampleCredit')).toMatchObject({ balance: -2500 })
  })

  it('may be CSV: columns are parameters, quotes may hold commas and line breaks', async () => {
    const text = [
      '\uFEFFid,Name,email,address[city],address.line1,preferred_locales[0],tax_id_data[0][type],tax_id_data[0][value],plan (metadata),metadata[a.b]',
      'cus_csv,"Doe, ""Jo""",jo@example.com,Köln,"Line 1\nLine 2",de,eu_vat,DE123456789,pro,x',
      '',
      ',Plain,,,,,,,,',
      '',
    ].join('\r\n')
    expect(sandbox.seed(file('customers.csv', text))).toEqual({ customers: 2 })
    expect(await stripe.customers.retrieve('cus_csv')).toMatchObject({
      name: 'Doe, "Jo"',
      email: 'jo@example.com',
      address: { city: 'Köln', line1: 'Line 1\nLine 2' },
      preferred_locales: ['de'],
      metadata: { plan: 'pro', 'a.b': 'x' },
    })
    expect((await stripe.customers.listTaxIds('cus_csv')).data).toMatchObject([{ value: 'DE123456789' }])
    expect(await names()).toEqual(['Plain', 'Doe, "Jo"'])
  })

  it.each([
    ['empty.csv', '', 'empty.csv: the file is empty'],
    ['open.csv', 'name\n"a', 'open.csv: line 2: a quote that never ends'],
    ['behind.csv', 'name\n"a"b\n', 'behind.csv: line 2: text behind a closing quote'],
    ['wide.csv', 'name\n"a\nb"\nc,d\n', 'wide.csv: line 4: 2 cells under 1 columns'],
    [
      'unknown.csv',
      'name,shoe size\na,42\n',
      'customers[0]: POST /v1/customers: 400 Received unknown parameter: shoe size',
    ],
    ['broken.json', '{', 'broken.json: '],
    ['text.json', '"x"', 'text.json: it holds neither an object nor a list'],
  ])('that cannot be read is refused with what is wrong: %s', (name, text, reason) => {
    expect(() => sandbox.seed(file(name, text))).toThrow(reason)
  })
})
