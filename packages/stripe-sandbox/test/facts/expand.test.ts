import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox()
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })

let id = ''
let card = ''
beforeAll(async () => {
  const customer = await stripe.customers.create({
    payment_method: 'pm_card_visa',
    invoice_settings: { default_payment_method: 'pm_card_visa' },
    tax_id_data: [{ type: 'us_ein', value: '12-3456789' }],
  })
  id = customer.id
  card = (await stripe.customers.listPaymentMethods(id)).data[0]?.id ?? ''
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 100,
    recurring: { interval: 'month' },
    product_data: { name: 'x' },
  })
  await stripe.subscriptions.create({ customer: id, items: [{ price: price.id }] })
})

const refusalOf = async (path: string, query: string) => {
  const { status, error } = await sandbox.request('GET', `${path}?${query}`)
  return { status, message: error['message'], param: error['param'], code: error['code'] }
}

describe('expand (FACTS 1.1 and 7)', () => {
  it('shows members that are not there otherwise, on every verb that takes it', async () => {
    const expand = ['tax_ids', 'subscriptions', 'sources', 'tax', 'cash_balance', 'invoice_credit_balance']
    const plain = await stripe.customers.retrieve(id)
    for (const name of expand) expect(plain).not.toHaveProperty(name)
    for (const answer of [
      await stripe.customers.create({ expand }),
      await stripe.customers.update(id, { expand }),
      await stripe.customers.retrieve(id, { expand }),
      (await stripe.customers.list({ limit: 1, expand: expand.map((name) => `data.${name}`) })).data[0],
    ]) {
      for (const name of expand) expect(answer).toHaveProperty(name)
    }
    const made = await stripe.customers.create({ expand })
    expect(made.tax_ids).toMatchObject({
      object: 'list',
      data: [],
      has_more: false,
      url: `/v1/customers/${made.id}/tax_ids`,
    })
    expect(made.subscriptions?.data).toEqual([])
    expect(made.tax?.automatic_tax).toBeDefined()
  })

  it('turns ids into objects, also inside of objects and lists', async () => {
    const customer = await stripe.customers.retrieve(id, {
      expand: ['invoice_settings.default_payment_method', 'tax_ids.data.customer'],
    })
    expect(customer).toMatchObject({
      invoice_settings: { default_payment_method: { id: card, object: 'payment_method' } },
      tax_ids: { data: [{ customer: { id, object: 'customer' } }] },
    })
  })

  it('is taken in either notation of a list, and not as text', async () => {
    for (const form of ['expand[]=tax_ids&expand[]=tax', 'expand[0]=tax_ids&expand[1]=tax']) {
      const { json } = await sandbox.request('GET', `/v1/customers/${id}?${form}`)
      expect(json).toMatchObject({ tax_ids: { object: 'list' }, tax: {} })
    }
    expect(await refusalOf(`/v1/customers/${id}`, 'expand=tax')).toMatchObject({
      status: 400,
      message: 'Invalid array',
      param: 'expand',
    })
  })

  it('leads four levels deep, those of data included, and no deeper', async () => {
    const customer = await stripe.customers.retrieve(id, {
      expand: ['subscriptions.data.latest_invoice.customer'],
    })
    expect(customer).toMatchObject({ subscriptions: { data: [{ latest_invoice: { customer: { id } } }] } })
    const listed = await stripe.customers.list({
      expand: ['data.subscriptions.data.latest_invoice'],
      limit: 1,
    })
    expect(listed.data[0]?.subscriptions?.data).toEqual([])
    for (const path of ['a.b.c.d.e', 'data.subscriptions.data.latest_invoice.customer'])
      expect(await refusalOf('/v1/customers', `expand[]=${path}`)).toMatchObject({
        status: 400,
        message: `You cannot expand more than 4 levels of a property. Property: ${path}`,
      })
  })

  it('names the part of a path that cannot be expanded, without code and param', async () => {
    for (const [path, part] of [
      ['name', 'name'],
      ['nope', 'nope'],
      ['invoice_settings.bogus', 'invoice_settings.bogus'],
      ['tax_ids.data.value', 'tax_ids.data.value'],
      ['subscriptions.data.nope.customer', 'subscriptions.data.nope'],
    ]) {
      const refusal = await refusalOf(`/v1/customers/${id}`, `expand[]=${path}`)
      expect(refusal).toEqual({
        status: 400,
        message: `This property cannot be expanded (${part}).`,
      })
    }
  })

  it('of a list wants data. before the path, and says so, whatever the list holds', async () => {
    const none = 'email=none@example.com'
    expect((await refusalOf('/v1/customers', `${none}&expand[]=subscriptions`)).message).toBe(
      "This property cannot be expanded (subscriptions). You may want to try expanding 'data.subscriptions' instead.",
    )
    expect((await refusalOf('/v1/customers', `${none}&expand[]=data.bogus`)).message).toBe(
      'This property cannot be expanded (data.bogus).',
    )
  })

  it('that is refused leaves nothing behind: no object, no event, no kept key', async () => {
    const events = async () => (await stripe.events.list({ limit: 1 })).data[0]?.id
    const before = await events()
    const headers = { 'Idempotency-Key': 'expand' }
    expect((await sandbox.request('POST', '/v1/customers', 'expand[]=name', headers)).status).toBe(400)
    expect(await events()).toBe(before)
    const made = await sandbox.request('POST', '/v1/customers', 'name=x', headers)
    expect([made.status, made.headers.get('idempotent-replayed')]).toEqual([200, null])
  })
})
