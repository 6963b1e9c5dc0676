import { describe, expect, it } from 'vitest'
import { startReceiver } from './support/receiver.ts'
import { failureOf, testSandbox } from './support/sandbox.ts'

const receiver = await startReceiver()
const sandbox = await testSandbox({ frozen: true, webhooks: [{ url: receiver.url, secret: 'whsec_1' }] })
const { stripe } = sandbox

describe('a restricted key', () => {
  it('may do what it was given and gets 403 for the rest', async () => {
    await sandbox.door('POST', '/accounts', {
      key: 'rk_test_1',
      permissions: { customers: 'read', events: 'none', payment_methods: 'write' },
    })
    const restricted = sandbox.client('rk_test_1')
    const { id } = await stripe.customers.create({})
    expect((await restricted.customers.retrieve(id)).id).toBe(id)
    await restricted.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } })
    for (const call of [
      restricted.customers.create({}),
      restricted.customers.del(id),
      restricted.events.list(),
      restricted.accounts.retrieveCurrent(),
    ]) {
      expect(await failureOf(call)).toMatchObject({ statusCode: 403, type: 'StripePermissionError' })
    }
    expect((await stripe.customers.retrieve(id)).id).toBe(id)
  })

  it('that was not restricted may do everything; an unbound key is refused if the settings say so', async () => {
    expect((await sandbox.client('rk_test_2').customers.create({})).id).toMatch(/^cus_/)
    sandbox.set({ keys: 'bound' })
    expect(await failureOf(stripe.customers.list())).toMatchObject({ statusCode: 401 })
    sandbox.set({ keys: 'any' })
  })
})

describe('headers', () => {
  it('echo the version, and refuse one that cannot be', async () => {
    const old = await sandbox.request('GET', '/v1/customers', undefined, { 'Stripe-Version': '2024-06-20' })
    expect([old.status, old.headers.get('stripe-version')]).toEqual([200, '2024-06-20'])
    expect((await sandbox.request('GET', '/v1/customers')).headers.get('stripe-version')).toBe(
      '2026-10-28.endive',
    )
    expect(
      (await sandbox.request('GET', '/v1/customers', undefined, { 'Stripe-Version': 'newest' })).status,
    ).toBe(400)
  })

  it('carry a Request-Id of its own on every answer, errors too', async () => {
    const calls = ['/v1/customers', '/v1/customers/x', '/v1/nope', '/v1/customers?limit=x', '/v2/nope']
    const answers = await Promise.all(calls.map((path) => sandbox.request('GET', path)))
    const ids = answers.map(({ headers }) => headers.get('request-id'))
    expect(new Set(ids).size).toBe(calls.length)
    for (const id of ids) expect(id).toMatch(/^req_\w{14}$/)
  })

  it('take the key by basic authentication as well', async () => {
    const basic = `Basic ${Buffer.from('sk_test_1:').toString('base64')}`
    expect(
      (await sandbox.request('GET', '/v1/account', undefined, { Authorization: basic })).json['id'],
    ).toBe(sandbox.account)
  })
})

it('two writes to one object at once: the second is refused with lock_timeout if the settings say so', async () => {
  const { id } = await stripe.customers.create({})
  const other = await stripe.customers.create({})
  sandbox.set({ object_lock: 'refuse', latency: '30-30' })
  const answers = await Promise.all(
    [id, id, other.id].map((one, index) => sandbox.request('POST', `/v1/customers/${one}`, `name=${index}`)),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 429, 200])
  expect([
    answers[1]?.error['code'],
    answers[1]?.headers.get('stripe-should-retry'),
    answers[1]?.headers.get('stripe-rate-limited-reason'),
  ]).toEqual(['lock_timeout', 'true', null])
  sandbox.set({ object_lock: 'wait', latency: 0 })
  expect((await sandbox.request('POST', `/v1/customers/${id}`, 'name=again')).status).toBe(200)
})

describe('events by hand', () => {
  it('are sent again, newly signed, also after they were taken', async () => {
    await sandbox.settled()
    receiver.clear()
    await stripe.customers.create({})
    await sandbox.settled()
    const id = receiver.received[0]?.event.id ?? ''
    const { json } = await sandbox.door('POST', `/events/${id}/resend`)
    expect(json['sent']).toMatchObject([{ ok: true, result: '200' }])
    expect(receiver.received.map(({ event }) => event.id)).toEqual([id, id])
    expect((await sandbox.door('POST', '/events/evt_nope/resend')).status).toBe(400)
  })

  it('carry one signature for each living secret after a roll', async () => {
    const [endpoint] = (await stripe.webhookEndpoints.list()).data
    const { json } = await sandbox.door('POST', `/webhook_endpoints/${endpoint?.id ?? ''}/roll_secret`, {
      expires_in_seconds: 60,
    })
    const check = (index: number, secret: string) => {
      const got = receiver.received[index]
      return stripe.webhooks.constructEvent(got?.body ?? '', got?.headers['stripe-signature'] ?? '', secret)
    }
    receiver.clear()
    await stripe.customers.create({})
    await sandbox.settled()
    check(0, 'whsec_1')
    check(0, String(json['secret']))
    await sandbox.clock.advance(60_000)
    await stripe.customers.create({})
    await sandbox.settled()
    check(1, String(json['secret']))
    expect(() => check(1, 'whsec_1')).toThrow()
  })

  it.each([
    'customer.created',
    'customer.updated',
    'customer.deleted',
    'customer.tax_id.created',
    'customer.tax_id.deleted',
    'payment_method.attached',
    'payment_method.updated',
    'payment_method.detached',
    'coupon.created',
  ])('%s can be triggered', async (type) => {
    expect((await sandbox.door('POST', '/trigger', { type })).status).toBe(200)
    expect((await stripe.events.list({ limit: 1 })).data[0]?.type).toBe(type)
  })
})

it('the page shows what happens, with all text escaped', async () => {
  await sandbox.request('POST', '/v1/customers', 'name=x', { 'Idempotency-Key': '<script>alert(1)</script>' })
  const answer = await fetch(`${sandbox.url}/_sandbox`)
  const text = await answer.text()
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(text).toContain('POST /v1/customers')
  expect(text).toContain('customer.created')
  expect(text).not.toContain('<script>')
})

it('the hosted page of an invoice is where its url points', async () => {
  const { id } = await stripe.customers.create({})
  await stripe.invoiceItems.create({ customer: id, amount: 700, currency: 'usd', description: 'Work & more' })
  const draft = await stripe.invoices.create({ customer: id, pending_invoice_items_behavior: 'include' })
  const { hosted_invoice_url } = await stripe.invoices.finalizeInvoice(draft.id)
  const text = await (await fetch(hosted_invoice_url ?? '')).text()
  expect(text).toContain('Work &amp; more')
  expect(text).toContain('7.00 USD')
})
