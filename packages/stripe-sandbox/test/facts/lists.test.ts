import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox

describe('A list (FACTS 7)', () => {
  it('clamps its limit without a word, defaults to 10, and refuses what is no number', async () => {
    await sandbox.door('POST', '/reset')
    for (let made = 0; made < 103; made++) await stripe.customers.create({ name: String(made) })
    const length = async (limit?: number) =>
      (await stripe.customers.list(limit === undefined ? {} : { limit })).data.length
    expect([await length(), await length(0), await length(-5), await length(101), await length(100)]).toEqual(
      [10, 1, 1, 100, 100],
    )
    const refused = await sandbox.request('GET', '/v1/customers?limit=abc')
    expect([refused.status, refused.error['code']]).toEqual([400, 'parameter_invalid_integer'])
    const seen: string[] = []
    for await (const customer of stripe.customers.list({ limit: 7 })) seen.push(customer.name ?? '')
    expect(seen).toEqual(Array.from({ length: 103 }, (_, index) => String(102 - index)))
  })

  it('refuses two cursors and an unknown one, and takes the id of a deleted customer', async () => {
    await sandbox.door('POST', '/reset')
    const ids: string[] = []
    for (let made = 0; made < 4; made++) ids.push((await stripe.customers.create({})).id)
    const [first = '', second = '', third = '', fourth = ''] = ids
    await stripe.customers.del(second)
    const idsOf = async (params: object) => (await stripe.customers.list(params)).data.map(({ id }) => id)
    expect(await idsOf({ starting_after: second })).toEqual([first])
    expect(await idsOf({ ending_before: second })).toEqual([fourth, third])
    expect(
      await failureOf(stripe.customers.list({ starting_after: first, ending_before: third })),
    ).toMatchObject({
      statusCode: 400,
      message: 'Received both starting_after and ending_before parameters. Please pass in only one.',
    })
    expect(await failureOf(stripe.customers.list({ starting_after: 'cus_nope' }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'starting_after',
    })
  })

  it('filters by e-mail exactly and by time of creation', async () => {
    await sandbox.door('POST', '/reset')
    const start = Math.floor(sandbox.clock.now() / 1000)
    for (const email of ['a@x.y', 'A@x.y', 'b@x.y']) {
      await stripe.customers.create({ email })
      await sandbox.clock.advance(1000)
    }
    const emails = async (params: object) =>
      (await stripe.customers.list(params)).data.map(({ email }) => email)
    expect(await emails({ email: 'a@x.y' })).toEqual(['a@x.y'])
    expect(await emails({ created: start + 1 })).toEqual(['A@x.y'])
    expect(await emails({ created: { gte: start + 1 } })).toEqual(['b@x.y', 'A@x.y'])
    expect(await emails({ created: { gt: start, lt: start + 2 } })).toEqual(['A@x.y'])
    expect(await emails({ created: { lte: start } })).toEqual(['a@x.y'])
    expect((await sandbox.request('GET', '/v1/customers?created[nope]=1')).error['param']).toBe(
      'created[nope]',
    )
  })

  it('is an envelope of these members, without a count', async () => {
    await sandbox.door('POST', '/reset')
    const empty = await sandbox.request('GET', '/v1/customers')
    expect(JSON.stringify(empty.json)).toBe(
      '{"object":"list","data":[],"has_more":false,"url":"/v1/customers"}',
    )
    const { id } = await stripe.customers.create({})
    await stripe.customers.create({})
    const page = await sandbox.request('GET', '/v1/customers?limit=1')
    expect([Object.keys(page.json), page.json['has_more']]).toEqual([
      ['object', 'data', 'has_more', 'url'],
      true,
    ])
    const below = await sandbox.request('GET', `/v1/customers/${id}/tax_ids`)
    expect(below.json['url']).toBe(`/v1/customers/${id}/tax_ids`)
  })

  it.each([
    ['limit=abc', { code: 'parameter_invalid_integer', message: 'Invalid integer: abc', param: 'limit' }],
    ['limit=1.5', { code: 'parameter_invalid_integer', message: 'Invalid integer: 1.5', param: 'limit' }],
    ['limit=', { code: 'parameter_invalid_empty', param: 'limit' }],
    ['starting_after=', { code: 'parameter_invalid_empty', param: 'starting_after' }],
    ['created=abc', { code: 'parameter_invalid_integer', message: 'Invalid integer: abc', param: 'created' }],
    ['created[gte]=', { code: 'parameter_invalid_empty', param: 'created[gte]' }],
    [
      'starting_after=cus_x',
      { code: 'resource_missing', message: "No such customer: 'cus_x'", param: 'starting_after' },
    ],
    [
      'ending_before=cus_x',
      { code: 'resource_missing', message: "No such customer: 'cus_x'", param: 'ending_before' },
    ],
  ])('is refused with %s', async (query, expected) => {
    const { status, error } = await sandbox.request('GET', `/v1/customers?${query}`)
    expect([status, error]).toMatchObject([400, expected])
  })

  it('with two cursors is refused without code and param, once both are there', async () => {
    const { id } = await stripe.customers.create({})
    const { status, error } = await sandbox.request(
      'GET',
      `/v1/customers?starting_after=${id}&ending_before=${id}`,
    )
    expect([status, error]).toEqual([
      400,
      {
        message: 'Received both starting_after and ending_before parameters. Please pass in only one.',
        request_log_url: expect.any(String),
        type: 'invalid_request_error',
      },
    ])
    const missing = await sandbox.request('GET', `/v1/customers?starting_after=${id}&ending_before=cus_x`)
    expect(missing.error).toMatchObject({ code: 'resource_missing', param: 'ending_before' })
  })

  it.each([
    ['/v1/customers?test_clock=x', 'test_clock', "No such billingclock: 'x'"],
    ['/v1/subscriptions?test_clock=x', 'test_clock', "No such billingclock: 'x'"],
    ['/v1/subscriptions?price=x', 'price', "No such price: 'x'"],
    ['/v1/invoices?subscription=x', 'subscription', "No such subscription: 'x'"],
    ['/v1/invoiceitems?invoice=x', 'invoice', "No such invoice: 'x'"],
    ['/v1/invoice_payments?invoice=x', 'invoice', "No such invoice: 'x'"],
    [
      '/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]=x',
      'payment[payment_intent]',
      "No such payment_intent: 'x'",
    ],
    ['/v1/charges?payment_intent=x', 'payment_intent', "No such payment_intent: 'x'"],
    ['/v1/prices?recurring[meter]=x', 'recurring[meter]', "No such billing meter: 'x'"],
  ])('refuses to be narrowed by what is not there: %s', async (path, param, message) => {
    const { status, error } = await sandbox.request('GET', path)
    expect([status, error['code'], error['param'], error['message']]).toEqual([
      400,
      'resource_missing',
      param,
      message,
    ])
  })

  it('of prices is narrowed by all that recurs', async () => {
    const { id: product } = await stripe.products.create({ name: 'Tea' })
    const priced = (recurring?: Stripe.PriceCreateParams.Recurring) =>
      stripe.prices.create({ currency: 'usd', unit_amount: 1, product, ...(recurring ? { recurring } : {}) })
    const meter = await stripe.billing.meters.create({
      display_name: 'Cups',
      event_name: 'cups',
      default_aggregation: { formula: 'sum' },
    })
    await priced()
    const monthly = await priced({ interval: 'month' })
    const metered = await priced({ interval: 'year', usage_type: 'metered', meter: meter.id })
    const idsOf = async (recurring: Stripe.PriceListParams.Recurring) =>
      (await stripe.prices.list({ product, recurring })).data.map(({ id }) => id)
    expect(await idsOf({ interval: 'month' })).toEqual([monthly.id])
    expect(await idsOf({ usage_type: 'licensed' })).toEqual([monthly.id])
    expect(await idsOf({ usage_type: 'metered' })).toEqual([metered.id])
    expect(await idsOf({ meter: meter.id })).toEqual([metered.id])
    expect(await idsOf({ interval: 'month', usage_type: 'metered' })).toEqual([])
  })
})
