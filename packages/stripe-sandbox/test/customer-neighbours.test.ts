import fc from 'fast-check'
import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { validatingClient } from './support/requests.ts'
import { failureOf, testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const { httpClient, checked } = validatingClient()
const stripe = sandbox.client('sk_test_lockstep', { httpClient })
const lastEvents = async (limit: number) => (await stripe.events.list({ limit })).data.map(({ type }) => type)

describe('balance transactions', () => {
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

  it('tell of themselves as customer.updated with the old balance, or not, by a setting', async () => {
    const { id } = await stripe.customers.create({ balance: 100 })
    await stripe.customers.createBalanceTransaction(id, { amount: -500, currency: 'usd' })
    const [event] = (await stripe.events.list({ limit: 1 })).data
    expect([event?.type, event?.data.previous_attributes]).toEqual(['customer.updated', { balance: 100 }])
    sandbox.set({ balance_transaction_updates_customer: false })
    await stripe.customers.createBalanceTransaction(id, { amount: -500, currency: 'usd' })
    expect((await stripe.events.list({ limit: 1 })).data[0]?.id).toBe(event?.id)
    sandbox.set({ balance_transaction_updates_customer: true })
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

  it('always add up to the balance', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -9999, max: 9999 })), { maxLength: 12 }),
        async (steps) => {
          const { id } = await stripe.customers.create({})
          for (const [set, amount] of steps) {
            if (set) await stripe.customers.update(id, { balance: amount })
            else await stripe.customers.createBalanceTransaction(id, { amount, currency: 'usd' })
          }
          const { data } = await stripe.customers.listBalanceTransactions(id, { limit: 100 })
          const sum = data.reduce((total, { amount }) => total + amount, 0)
          expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: sum })
          expect(data[0]?.ending_balance ?? 0).toBe(sum)
        },
      ),
      { numRuns: 15 },
    )
  })
})

describe('tax ids', () => {
  it('are checked, verified on the clock with an event, and deleted', async () => {
    const { id } = await stripe.customers.create({})
    const made = await stripe.customers.createTaxId(id, { type: 'eu_vat', value: 'DE123456789' })
    expect(made).toMatchObject({
      object: 'tax_id',
      country: 'DE',
      customer: id,
      owner: { customer: id, type: 'customer' },
      type: 'eu_vat',
      value: 'DE123456789',
      verification: { status: 'pending', verified_name: null, verified_address: null },
    })
    expect(await lastEvents(1)).toEqual(['customer.tax_id.created'])
    await sandbox.clock.advance(5000)
    expect((await stripe.customers.retrieveTaxId(id, made.id)).verification?.status).toBe('verified')
    const [event] = (await stripe.events.list({ limit: 1 })).data
    expect(event).toMatchObject({
      type: 'customer.tax_id.updated',
      request: { id: null, idempotency_key: null },
      data: { previous_attributes: { verification: { status: 'pending' } } },
    })
    expect(await stripe.customers.deleteTaxId(id, made.id)).toMatchObject({ id: made.id, deleted: true })
    expect(await lastEvents(1)).toEqual(['customer.tax_id.deleted'])
    expect((await stripe.customers.listTaxIds(id)).data).toEqual([])
    expect(await failureOf(stripe.taxIds.retrieve(made.id))).toMatchObject({ statusCode: 404 })
  })

  it('of the test values end as Stripe documents', async () => {
    const { id } = await stripe.customers.create({})
    const made = []
    for (const value of ['000000000', '111111111', '222222222'])
      made.push(await stripe.customers.createTaxId(id, { type: 'eu_vat', value }))
    await sandbox.clock.advance(5000)
    const statuses = await Promise.all(
      made.map(async (one) => (await stripe.taxIds.retrieve(one.id)).verification?.status),
    )
    expect(statuses).toEqual(['verified', 'unverified', 'pending'])
  })

  it.each([
    ['eu_vat', 'nope'],
    ['us_ein', '1'],
    ['gb_vat', 'GB1'],
    ['in_gst', 'x'],
  ] as const)('%s %s is tax_id_invalid', async (type, value) => {
    const { id } = await stripe.customers.create({})
    expect(await failureOf(stripe.customers.createTaxId(id, { type, value }))).toMatchObject({
      statusCode: 400,
      code: 'tax_id_invalid',
    })
    expect(await failureOf(stripe.customers.create({ tax_id_data: [{ type, value }] }))).toMatchObject({
      code: 'tax_id_invalid',
    })
  })

  it('come with a create, belong to customers or the account, and show by expand', async () => {
    const made = await stripe.customers.create({
      tax_id_data: [{ type: 'us_ein', value: '12-3456789' }],
      expand: ['tax_ids'],
    })
    expect(made.tax_ids?.data).toMatchObject([
      { type: 'us_ein', country: 'US', verification: { status: 'unavailable' } },
    ])
    const owned = await stripe.taxIds.create({
      type: 'gb_vat',
      value: 'GB123456789',
      owner: { type: 'customer', customer: made.id },
    })
    const ours = await stripe.taxIds.create({ type: 'us_ein', value: '98-7654321' })
    expect((await stripe.taxIds.list()).data.map(({ id }) => id)).toContain(ours.id)
    const listed = await stripe.taxIds.list({
      owner: { type: 'customer', customer: made.id },
      expand: ['data.customer'],
    })
    expect(listed.data.map(({ id }) => id)[0]).toBe(owned.id)
    expect(listed.data[0]?.customer).toMatchObject({ object: 'customer', id: made.id })
    expect(
      await failureOf(
        stripe.taxIds.create({
          type: 'us_ein',
          value: '12-3456789',
          owner: { type: 'customer', customer: 'cus_x' },
        }),
      ),
    ).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'owner[customer]',
    })
    await stripe.taxIds.del(owned.id)
  })
})

describe('payment methods', () => {
  it('attach, list, become the default, change and detach, each with its event', async () => {
    const { id } = await stripe.customers.create({})
    const card = await stripe.paymentMethods.create({
      type: 'card',
      card: { number: '4242 4242 4242 4242', exp_month: 12, exp_year: 2034, cvc: '123' },
    })
    expect(card).toMatchObject({
      customer: null,
      card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2034 },
    })
    expect(await stripe.paymentMethods.attach(card.id, { customer: id })).toMatchObject({ customer: id })
    expect(await lastEvents(1)).toEqual(['payment_method.attached'])
    await stripe.paymentMethods.attach(card.id, { customer: id })
    expect(await lastEvents(2)).toEqual(['payment_method.attached', 'customer.created'])
    await stripe.customers.update(id, { invoice_settings: { default_payment_method: card.id } })
    const expanded = await stripe.customers.retrieve(id, {
      expand: ['invoice_settings.default_payment_method'],
    })
    expect(expanded).toMatchObject({
      invoice_settings: { default_payment_method: { id: card.id, object: 'payment_method' } },
    })
    await stripe.paymentMethods.update(card.id, {
      billing_details: { name: 'N', address: { city: 'C' } },
      card: { exp_year: 2040 },
      metadata: { a: '1' },
    })
    expect(await stripe.customers.retrievePaymentMethod(id, card.id)).toMatchObject({
      billing_details: { name: 'N', address: { city: 'C', line1: null } },
      card: { exp_year: 2040 },
      metadata: { a: '1' },
    })
    expect((await stripe.customers.listPaymentMethods(id)).data.map((one) => one.id)).toEqual([card.id])
    expect((await stripe.paymentMethods.list({ customer: id, type: 'card' })).data).toHaveLength(1)
    expect((await stripe.paymentMethods.list()).data).toEqual([])
    expect(await stripe.paymentMethods.detach(card.id)).toMatchObject({ customer: null })
    const events = (await stripe.events.list({ limit: 2 })).data
    expect(events.map((event) => [event.type, event.data.previous_attributes])).toEqual([
      ['customer.updated', { invoice_settings: { default_payment_method: card.id } }],
      ['payment_method.detached', { customer: id }],
    ])
    expect(await failureOf(stripe.paymentMethods.attach(card.id, { customer: id }))).toMatchObject({
      statusCode: 400,
    })
  })

  it.each(['pm_card_visa', 'pm_card_mastercard', 'pm_card_amex', 'pm_card_chargeCustomerFail'])(
    '%s attaches as a card of its own',
    async (name) => {
      const { id } = await stripe.customers.create({})
      const attached = await stripe.paymentMethods.attach(name, { customer: id })
      expect(attached.id).toMatch(/^pm_\w{24}$/)
      expect(attached.customer).toBe(id)
    },
  )

  it('of a declining card are 402 at attach, by name, number and token', async () => {
    const { id } = await stripe.customers.create({})
    const number = await stripe.paymentMethods.create({
      type: 'card',
      card: { number: '4000000000000002', exp_month: 1, exp_year: 40 },
    })
    const token = await stripe.paymentMethods.create({
      type: 'card',
      card: { token: 'tok_chargeDeclinedInsufficientFunds' },
    })
    for (const method of ['pm_card_chargeDeclined', 'pm_card_visa_chargeDeclined', number.id, token.id]) {
      const refused = await failureOf(
        stripe.paymentMethods.attach(method, { customer: id }, { idempotencyKey: `attach-${method}` }),
      )
      expect(refused).toMatchObject({ statusCode: 402, type: 'StripeCardError', code: 'card_declined' })
      const again = await failureOf(
        stripe.paymentMethods.attach(method, { customer: id }, { idempotencyKey: `attach-${method}` }),
      )
      expect(again.headers?.['idempotent-replayed']).toBe('true')
    }
    expect((await stripe.customers.listPaymentMethods(id)).data).toEqual([])
  })

  it('come with a create, also as the default', async () => {
    const made = await stripe.customers.create({
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    })
    const { data } = await stripe.customers.listPaymentMethods(made.id)
    expect(made.invoice_settings.default_payment_method).toBe(data[0]?.id)
    expect(
      await failureOf(stripe.customers.create({ payment_method: 'pm_card_chargeDeclined' })),
    ).toMatchObject({ statusCode: 402 })
  })

  it('are refused as Stripe refuses them', async () => {
    const { id } = await stripe.customers.create({})
    const other = await stripe.customers.create({ payment_method: 'pm_card_visa' })
    const theirs = (await stripe.customers.listPaymentMethods(other.id)).data[0]?.id ?? ''
    const loose = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } })
    expect(await failureOf(stripe.paymentMethods.attach(loose.id, {}))).toMatchObject({
      statusCode: 400,
      code: 'parameter_missing',
      message: 'Must provide customer or customer_account.',
    })
    expect(await failureOf(stripe.paymentMethods.attach(loose.id, { customer: 'cus_x' }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'customer',
    })
    expect(await failureOf(stripe.paymentMethods.attach(theirs, { customer: id }))).toMatchObject({
      statusCode: 400,
    })
    const detached = await failureOf(stripe.paymentMethods.detach(loose.id))
    expect(detached).toMatchObject({
      statusCode: 400,
      message: 'The payment method you provided is not attached to a customer so detachment is impossible.',
    })
    expect(detached.code).toBeUndefined()
    expect(await failureOf(stripe.customers.retrievePaymentMethod(id, theirs))).toMatchObject({
      statusCode: 404,
      message: 'Invalid request',
    })
    expect(await failureOf(stripe.paymentMethods.update(loose.id, { metadata: { a: '1' } }))).toMatchObject({
      statusCode: 400,
    })
    expect(
      await failureOf(stripe.customers.update(id, { invoice_settings: { default_payment_method: theirs } })),
    ).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'invoice_settings[default_payment_method]',
    })
    expect(
      await failureOf(
        stripe.paymentMethods.create({
          type: 'card',
          card: { number: '4242424242424241', exp_month: 1, exp_year: 2040 },
        }),
      ),
    ).toMatchObject({ statusCode: 402, code: 'incorrect_number' })
    expect(
      await failureOf(
        stripe.paymentMethods.create({
          type: 'card',
          card: { number: '4242424242424242', exp_month: 1, exp_year: 2020 },
        }),
      ),
    ).toMatchObject({ code: 'invalid_expiry_year' })
    const unsimulated = await failureOf(stripe.paymentMethods.create({ type: 'klarna' }))
    expect(unsimulated.message).toContain('not simulated')
    expect((await stripe.paymentMethods.retrieve(loose.id)).id).toBe(loose.id)
  })

  it('leave a customer that is deleted; it cannot be named by a parameter any more', async () => {
    const { id } = await stripe.customers.create({ payment_method: 'pm_card_visa' })
    await stripe.customers.del(id)
    expect(await lastEvents(2)).toEqual(['customer.deleted', 'payment_method.detached'])
    expect(await failureOf(stripe.paymentMethods.list({ customer: id }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'customer',
    })
  })
})

describe('discounts', () => {
  it('are shown on the customer and leave with their event', async () => {
    const coupon = await stripe.coupons.create({
      percent_off: 25.5,
      duration: 'repeating',
      duration_in_months: 3,
      name: 'spring',
    })
    expect(coupon).toMatchObject({ percent_off: 25.5, valid: true, times_redeemed: 0 })
    const { id } = await stripe.customers.create({})
    await sandbox.door('POST', `/customers/${id}/discount`, { coupon: coupon.id })
    expect(await lastEvents(2)).toEqual(['customer.updated', 'customer.discount.created'])
    expect(await stripe.customers.retrieve(id)).toMatchObject({
      discount: { object: 'discount', customer: id, source: { coupon: coupon.id } },
    })
    const gone = await stripe.customers.deleteDiscount(id)
    expect(gone).toMatchObject({ object: 'discount', deleted: true, customer: id })
    expect(await lastEvents(2)).toEqual(['customer.updated', 'customer.discount.deleted'])
    expect(await stripe.customers.retrieve(id)).toMatchObject({ discount: null })
    expect(await failureOf(stripe.customers.deleteDiscount(id))).toMatchObject({ statusCode: 404 })
    expect((await stripe.coupons.retrieve(coupon.id)).times_redeemed).toBe(1)
    await stripe.coupons.update(coupon.id, { name: 'summer' })
    await stripe.coupons.del(coupon.id)
    expect(await failureOf(stripe.coupons.retrieve(coupon.id))).toMatchObject({ statusCode: 404 })
  })
})

describe('search', () => {
  const found = async (query: string) =>
    (await stripe.customers.search({ query })).data.map(({ name }) => name)

  it('sees a write after its lag, and until then what was before', async () => {
    await sandbox.door('POST', '/reset')
    const { id } = await stripe.customers.create({ name: 'Lag', email: 'lag@example.com' })
    expect(await found('email:"lag@example.com"')).toEqual([])
    await sandbox.clock.advance(59_000)
    expect(await found('email:"lag@example.com"')).toEqual([])
    await sandbox.clock.advance(1000)
    expect(await found('email:"LAG@example.com"')).toEqual(['Lag'])
    await stripe.customers.update(id, { name: 'Changed' })
    expect(await found('name:"Changed"')).toEqual([])
    expect(await found('name:"lag"')).toEqual(['Lag'])
    await sandbox.clock.advance(60_000)
    expect(await found('name:"changed"')).toEqual(['Changed'])
    await stripe.customers.del(id)
    expect(await found('name:"changed"')).toEqual(['Changed'])
    await sandbox.clock.advance(60_000)
    expect(await found('name:"changed"')).toEqual([])
  })

  it('knows the operators, negation, null, metadata, AND and OR', async () => {
    await sandbox.door('POST', '/reset')
    const start = Math.floor(sandbox.clock.now() / 1000)
    await stripe.customers.create({
      name: 'Alice',
      email: 'a@x.org',
      phone: '123456',
      metadata: { tier: 'pro', 'a "b"': 'q' },
    })
    await sandbox.clock.advance(1000)
    await stripe.customers.create({ name: 'Bob', email: 'b@x.org', metadata: { tier: 'free' } })
    await sandbox.clock.advance(60_000)
    expect(await found('email~"x.org"')).toEqual(['Bob', 'Alice'])
    expect(await found('name:"alice" AND phone:"123456"')).toEqual(['Alice'])
    expect(await found("name:'alice' or name:'bob'")).toEqual(['Bob', 'Alice'])
    expect(await found('-name:"alice"')).toEqual(['Bob'])
    expect(await found('phone:null')).toEqual(['Bob'])
    expect(await found('-phone:null')).toEqual(['Alice'])
    expect(await found('metadata["tier"]:"PRO"')).toEqual(['Alice'])
    expect(await found('metadata["a \\"b\\""]:"q"')).toEqual(['Alice'])
    expect(await found('-metadata["tier"]:null')).toEqual(['Bob', 'Alice'])
    expect(await found(`created>${start}`)).toEqual(['Bob'])
    expect(await found(`created:${start}`)).toEqual(['Alice'])
    expect(await found(`created>=${start} created<=${start}`)).toEqual(['Alice'])
  })

  it.each([
    '',
    'name',
    'name:',
    'name:"a',
    'nope:"a"',
    'name~"ab"',
    'name>"a"',
    'created~"123"',
    'created:"x"',
    'metadata:"a"',
    'name["a"]:"b"',
    'name~null',
    'name:"a" AND email:"b" OR phone:"c"',
    Array.from({ length: 11 }, () => 'name:"a"').join(' AND '),
    'name:"a" XOR name:"b"',
    '((',
  ])('refuses %s', async (query) => {
    const answer = await sandbox.request('GET', `/v1/customers/search?query=${encodeURIComponent(query)}`)
    expect([answer.status, answer.error['type']]).toEqual([400, 'invalid_request_error'])
  })

  it('pages, counts when asked, and is held at 20 a second', async () => {
    await sandbox.door('POST', '/reset')
    for (let made = 0; made < 25; made++) await stripe.customers.create({ name: `page ${made}` })
    await sandbox.clock.advance(60_000)
    const seen: string[] = []
    for await (const customer of stripe.customers.search({ query: 'name~"page"', limit: 10 }))
      seen.push(customer.name ?? '')
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `page ${24 - index}`))
    const counted = await stripe.customers.search({ query: 'name~"page"', limit: 1, expand: ['total_count'] })
    expect(counted).toMatchObject({
      object: 'search_result',
      has_more: true,
      total_count: 25,
      url: '/v1/customers/search',
    })
    expect(await stripe.customers.search({ query: 'name~"page"', limit: 1 })).not.toHaveProperty(
      'total_count',
    )
    await failureOf(stripe.customers.search({ query: 'name~"page"', page: 'nope' }))
    await sandbox.clock.advance(1000)
    sandbox.set({ limits: 'live' })
    const answers = await Promise.all(
      Array.from({ length: 24 }, () => sandbox.request('GET', '/v1/customers/search?query=name:%22x%22')),
    )
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(4)
    sandbox.set({ limits: 'off' })
  })
})

it('every route that the specification holds was validated', () => {
  expect(checked.size).toBeGreaterThanOrEqual(24)
})
