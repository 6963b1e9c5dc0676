import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'
import { shapedClient } from '../support/shaped-client.ts'

const sandbox = await testSandbox({ frozen: true })
const stripe = sandbox.client('sk_test_lockstep', { httpClient: shapedClient() })
const lastEvents = async (limit: number) => (await stripe.events.list({ limit })).data.map(({ type }) => type)

describe('Payment methods (FACTS 1.2)', () => {
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

  it('are made without an event, and attached without previous_attributes', async () => {
    const { id } = await stripe.customers.create({})
    const made = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } })
    expect(await lastEvents(1)).toEqual(['customer.created'])
    await stripe.paymentMethods.attach(made.id, { customer: id })
    const [event] = (await stripe.events.list({ limit: 1 })).data
    expect(event?.data).toEqual({ object: expect.objectContaining({ id: made.id, customer: id }) })
  })

  it('that decline have the recorded body, whose param is empty', async () => {
    const { id } = await stripe.customers.create({})
    const path = '/v1/payment_methods/pm_card_chargeDeclined/attach'
    const { status, error } = await sandbox.request('POST', path, `customer=${id}`)
    expect([status, error]).toEqual([
      402,
      {
        advice_code: 'try_again_later',
        code: 'card_declined',
        decline_code: 'generic_decline',
        doc_url: 'https://stripe.com/docs/error-codes/card-declined',
        message: 'Your card was declined.',
        network_decline_code: '01',
        param: '',
        request_log_url: expect.any(String),
        type: 'card_error',
      },
    ])
  })

  it('have their check of the cvc made at attach, and the fingerprint of their number', async () => {
    const { id } = await stripe.customers.create({})
    const card = { number: '4242424242424242', exp_month: 1, exp_year: 2040, cvc: '123' }
    const [one, two] = [
      await stripe.paymentMethods.create({ type: 'card', card }),
      await stripe.paymentMethods.create({ type: 'card', card: { ...card, exp_year: 2041 } }),
    ]
    expect(one.card).toMatchObject({ checks: { cvc_check: 'unchecked' }, fingerprint: two.card?.fingerprint })
    const attached = await stripe.paymentMethods.attach(one.id, { customer: id })
    expect(attached.card?.checks?.cvc_check).toBe('pass')
    const amex = await stripe.paymentMethods.attach('pm_card_amex', { customer: id })
    expect(amex.card?.fingerprint).not.toBe(one.card?.fingerprint)
    const soon = new Date(sandbox.clock.now())
    expect(amex.card).toMatchObject({
      exp_month: soon.getUTCMonth() + 1,
      exp_year: soon.getUTCFullYear() + 1,
    })
  })

  it.each([
    ['', { message: 'Must provide customer or customer_account.', code: 'parameter_missing' }],
    ['customer=cus_x', { message: "No such customer: 'cus_x'", code: 'resource_missing', param: 'customer' }],
  ])('are not attached by "%s"', async (form, expected) => {
    const { status, error } = await sandbox.request('POST', '/v1/payment_methods/pm_card_visa/attach', form)
    expect([status, error]).toMatchObject([400, expected])
    if (!form) expect(error).not.toHaveProperty('param')
  })

  it.each([
    ['type=card', { code: 'parameter_missing', param: 'card' }],
    ['type=card&card[number]=4242424242424242', { code: 'parameter_missing', param: 'card[exp_month]' }],
    ['type=card&card[token]=tok_x', { param: 'token', message: 'Invalid token id: tok_x' }],
  ])('are not made by %s', async (form, expected) => {
    const { status, error } = await sandbox.request('POST', '/v1/payment_methods', form)
    expect([status, error]).toMatchObject([400, expected])
  })

  it.each([
    ['card[exp_month]=13', 'invalid_expiry_month', "Your card's expiration month is invalid."],
    ['card[exp_year]=2020', 'invalid_expiry_year', "Your card's expiration year is invalid."],
    ['card[cvc]=12', 'invalid_cvc', "Your card's security code is invalid."],
  ])('are no cards with %s', async (form, code, message) => {
    const refused = { type: 'card_error', code, message, param: /\[(\w+)\]/.exec(form)?.[1] }
    const typed = `type=card&card[number]=4242424242424242&card[exp_month]=1&card[exp_year]=2040&${form}`
    const made = await sandbox.request('POST', '/v1/payment_methods', typed)
    expect([made.status, made.error]).toMatchObject([402, refused])
    if (code === 'invalid_cvc') return
    const { id: customer } = await stripe.customers.create({})
    const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer })
    const changed = await sandbox.request('POST', `/v1/payment_methods/${id}`, form)
    expect([changed.status, changed.error]).toMatchObject([402, refused])
  })

  it('say of a test card that is not simulated that it is not', async () => {
    const name = 'pm_card_threeDSecure2Required'
    for (const [method, path] of [
      ['GET', `/v1/payment_methods/${name}`],
      ['POST', `/v1/payment_methods/${name}/attach?customer=${(await stripe.customers.create({})).id}`],
      ['POST', `/v1/customers?payment_method=${name}`],
    ] as const) {
      const { status, error } = await sandbox.request(method, path)
      expect([status, error['message']]).toEqual([
        400,
        expect.stringContaining(`The test card ${name} is not simulated`),
      ])
    }
  })

  it('of one customer are not found below another', async () => {
    const { id } = await stripe.customers.create({})
    const theirs = await stripe.paymentMethods.attach('pm_card_visa', {
      customer: (await stripe.customers.create({})).id,
    })
    const { status, error } = await sandbox.request('GET', `/v1/customers/${id}/payment_methods/${theirs.id}`)
    expect([status, error]).toMatchObject([404, { message: 'Invalid request', param: 'customer' }])
  })
})
