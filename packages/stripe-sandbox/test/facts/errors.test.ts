import { beforeAll, describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'

const sandbox = await testSandbox()
const { stripe } = sandbox
let id = ''
beforeAll(async () => {
  id = (await stripe.customers.create({})).id
})

const codeUrl = (code: string) => `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`

describe('An error (FACTS 5)', () => {
  it('has a link to its code, and one to the log of its request', async () => {
    const { status, headers, error } = await sandbox.request('GET', '/v1/customers/cus_nope')
    expect([status, error]).toEqual([
      404,
      {
        code: 'resource_missing',
        doc_url: codeUrl('resource_missing'),
        message: "No such customer: 'cus_nope'",
        param: 'id',
        request_log_url: expect.stringMatching(
          new RegExp(`^https://dashboard\\.stripe\\.com/test/logs/${headers.get('request-id')}\\?t=\\d+$`),
        ),
        type: 'invalid_request_error',
      },
    ])
    const live = await sandbox.request('GET', '/v1/customers/x', undefined, {
      Authorization: 'Bearer sk_live_1',
    })
    expect(live.error['request_log_url']).toMatch(/^https:\/\/dashboard\.stripe\.com\/logs\/req_/)
  })

  it('is of one of four types on the wire; the other names are those of the client, by status', async () => {
    const key = { 'Idempotency-Key': 'four' }
    await sandbox.request('POST', '/v1/customers', 'name=a', key)
    sandbox.faults.add({ path: '/v1/account', times: 1, action: { kind: 'server_error', when: 'before' } })
    const answers = [
      await sandbox.request('GET', '/v1/account'),
      await sandbox.request('POST', '/v1/payment_methods/pm_card_chargeDeclined/attach', `customer=${id}`),
      await sandbox.request('POST', '/v1/customers', 'name=b', key),
      await sandbox.request('GET', '/v1/account', undefined, { Authorization: '' }),
    ]
    expect(answers.map(({ status, error }) => [status, error['type']])).toEqual([
      [500, 'api_error'],
      [402, 'card_error'],
      [400, 'idempotency_error'],
      [401, 'invalid_request_error'],
    ])
    expect(await failureOf(sandbox.client('nope').customers.list())).toMatchObject({
      type: 'StripeAuthenticationError',
      rawType: 'invalid_request_error',
    })
  })

  it('has its members in the order of their names', async () => {
    const path = '/v1/payment_methods/pm_card_chargeDeclined/attach'
    const { error } = await sandbox.request('POST', path, `customer=${id}`)
    expect(Object.keys(error)).toEqual([
      'advice_code',
      'code',
      'decline_code',
      'doc_url',
      'message',
      'network_decline_code',
      'param',
      'request_log_url',
      'type',
    ])
  })

  it('of a wrong parameter may have no code', async () => {
    const { error } = await sandbox.request('POST', '/v1/customers', 'tax_exempt=totally')
    expect(error).not.toHaveProperty('code')
    expect(error).not.toHaveProperty('doc_url')
  })

  it('carries a Request-Id of its own, as every answer does', async () => {
    const calls = ['/v1/customers', '/v1/customers/x', '/v1/nope', '/v1/customers?limit=x', '/v2/nope']
    const answers = await Promise.all(calls.map((path) => sandbox.request('GET', path)))
    const tooLarge = await sandbox.request('POST', '/v1/customers', `name=${'x'.repeat(1_100_000)}`)
    expect(tooLarge.status).toBe(413)
    const ids = [...answers, tooLarge].map(({ headers }) => headers.get('request-id'))
    expect(new Set(ids).size).toBe(calls.length + 1)
    for (const one of ids) expect(one).toMatch(/^req_\w{14}$/)
  })
})

describe('What is not there (FACTS 1.1 and 1.2)', () => {
  it.each([
    ['/v1/customers/cus_x', "No such customer: 'cus_x'", 'id'],
    ['/v1/customers/cus_x/balance_transactions', "No such customer: 'cus_x'", 'customer'],
    ['/v1/customers/cus_x/tax_ids', "No such customer: 'cus_x'", 'id'],
    [
      '/v1/customers/ID/balance_transactions/cbtxn_x',
      "No such customer balance transaction: 'cbtxn_x'",
      'transaction',
    ],
    ['/v1/customers/ID/tax_ids/txi_x', "No such tax id: 'txi_x'", 'id'],
    ['/v1/payment_methods/pm_x', "No such PaymentMethod: 'pm_x'", 'payment_method'],
    ['/v1/prices/price_x', "No such price: 'price_x'", 'price'],
    ['/v1/products/prod_x', "No such product: 'prod_x'", 'id'],
    ['/v1/coupons/x', "No such coupon: 'x'", 'coupon'],
    ['/v1/subscriptions/sub_x', "No such subscription: 'sub_x'", 'id'],
    ['/v1/invoices/in_x', "No such invoice: 'in_x'", 'invoice'],
    ['/v1/payment_intents/pi_x', "No such payment_intent: 'pi_x'", 'intent'],
    ['/v1/charges/ch_x', "No such charge: 'ch_x'", 'charge'],
    ['/v1/events/evt_x', "No such event: 'evt_x'", 'id'],
    ['/v1/webhook_endpoints/we_x', "No such webhook endpoint: 'we_x'", 'id'],
  ])('is 404 by path: %s', async (path, message, param) => {
    const { status, error } = await sandbox.request('GET', path.replace('ID', id))
    expect([status, error]).toEqual([
      404,
      {
        code: 'resource_missing',
        doc_url: codeUrl('resource_missing'),
        message,
        param,
        request_log_url: expect.any(String),
        type: 'invalid_request_error',
      },
    ])
  })

  it.each([
    ['GET', '/v1/payment_methods?customer=cus_x', undefined, "No such customer: 'cus_x'", 'customer'],
    [
      'POST',
      '/v1/payment_methods/pm_card_visa/attach',
      'customer=cus_x',
      "No such customer: 'cus_x'",
      'customer',
    ],
    ['POST', '/v1/customers', 'test_clock=clock_x', "No such billingclock: 'clock_x'", 'test_clock'],
    ['POST', '/v1/customers', 'payment_method=pm_x', "No such PaymentMethod: 'pm_x'", 'payment_method'],
  ])('is 400 as a parameter: %s %s', async (verb, path, form, message, param) => {
    const { status, error } = await sandbox.request(verb, path, form)
    expect([status, error]).toMatchObject([400, { code: 'resource_missing', message, param }])
  })

  it('is said to be in the other mode if it is', async () => {
    const live = await sandbox.client('sk_live_lockstep').customers.create({})
    expect(live.livemode).toBe(true)
    const refused = await failureOf(stripe.customers.retrieve(live.id))
    expect(refused.message).toContain('a similar object exists in live mode, but a test mode key was used')
  })

  it.each([
    'DELETE /v1/customers',
    'PUT /v1/customers/cus_1',
    'GET /v1/nope',
    'POST /v1/account',
    'GET /v2/nope',
    'PATCH /v1/events',
    // Paths of Stripe's where an id could stand.
    'GET /v1/invoices/search?query=x',
    'POST /v1/invoices/create_preview',
    'GET /v1/products/search',
  ])('is an unrecognized URL: %s', async (call) => {
    const [method = '', path = ''] = call.split(' ')
    const answer = await sandbox.request(method, path)
    expect(answer.status).toBe(404)
    expect(answer.error['message']).toContain(`Unrecognized request URL (${method}: ${path.split('?')[0]})`)
    expect(answer.error).not.toHaveProperty('code')
  })
})

describe('What is not simulated', () => {
  it.each(['/v1/nope', '/v1/subscriptions?plan=x', '/v1/payment_methods?customer_account=x'])(
    'is refused with the address of what is: %s',
    async (path) => {
      const { error } = await sandbox.request('GET', path)
      const [address = ''] = /http:\S+(?=\.$)/.exec(String(error['message'])) ?? []
      const table = await (await fetch(address)).text()
      expect(table).toContain('<td>/v1/customers/{id}</td><td>DELETE GET POST</td>')
    },
  )
})

describe('A request as such (FACTS 1 and 5)', () => {
  it('is no JSON in v1', async () => {
    const json = { 'Content-Type': 'application/json' }
    const { status, error } = await sandbox.request('POST', '/v1/customers', '{}', json)
    expect([status, error['message']]).toEqual([
      400,
      'Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.',
    ])
  })

  it('echoes its version, and is refused with one that cannot be', async () => {
    const old = await sandbox.request('GET', '/v1/customers', undefined, { 'Stripe-Version': '2024-06-20' })
    expect([old.status, old.headers.get('stripe-version')]).toEqual([200, '2024-06-20'])
    const now = await sandbox.request('GET', '/v1/customers')
    expect(now.headers.get('stripe-version')).toBe('2026-10-28.endive')
    const newest = await sandbox.request('GET', '/v1/customers', undefined, { 'Stripe-Version': 'newest' })
    expect(newest.status).toBe(400)
  })
})
