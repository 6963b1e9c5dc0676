import Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { startReceiver } from '../support/receiver.ts'
import { failureOf, testSandbox } from '../support/sandbox.ts'

const receiver = await startReceiver()
const secret = 'whsec_client'
const sandbox = await testSandbox({ webhooks: [{ url: receiver.url, secret }] })
const { stripe } = sandbox
const keysSent = () => sandbox.requests().map(({ method, idempotency_key }) => [method, idempotency_key])

beforeEach(() => sandbox.door('POST', '/reset'))

describe('The official client (FACTS 0 and 5)', () => {
  it('sends a key of its own with every POST that has none, and with no other verb', async () => {
    const { id } = await stripe.customers.create({})
    await stripe.customers.update(id, { name: 'x' })
    await stripe.customers.retrieve(id)
    await stripe.customers.del(id)
    const keys = keysSent()
    expect(keys).toEqual([
      ['POST', expect.stringMatching(/^stripe-node-retry-/)],
      ['POST', expect.stringMatching(/^stripe-node-retry-/)],
      ['GET', null],
      ['DELETE', null],
    ])
    expect(keys[0]?.[1]).not.toBe(keys[1]?.[1])
  })

  it('retries 409 and 5xx twice by default, with one key', async () => {
    const byDefault = new Stripe('sk_test_1', { host: sandbox.host, port: sandbox.port, protocol: 'http' })
    sandbox.faults.add({ times: 1, action: { kind: 'conflict' } })
    sandbox.faults.add({ times: 1, action: { kind: 'status', status: 503, when: 'before' } })
    expect((await byDefault.customers.create({})).id).toMatch(/^cus_/)
    expect(sandbox.requests().map(({ status }) => status)).toEqual([409, 503, 200])
    expect(new Set(keysSent().map(([, key]) => key)).size).toBe(1)
  })

  it('does not retry a limiter 429, and does after a lock time-out', async () => {
    const retrying = sandbox.client('sk_test_lockstep', { maxNetworkRetries: 1 })
    await sandbox.door('POST', '/faults', { times: 1, action: { kind: 'rate_limit', reason: 'global-rate' } })
    expect(await failureOf(retrying.customers.create({}))).toMatchObject({
      statusCode: 429,
      type: 'StripeRateLimitError',
    })
    await sandbox.door('POST', '/faults', { times: 1, action: { kind: 'lock_timeout' } })
    expect((await retrying.customers.create({})).id).toMatch(/^cus_/)
  })

  it('tries once more after a cut connection, even with no retries', async () => {
    sandbox.faults.add({ times: 1, action: { kind: 'cut', when: 'before' } })
    expect((await stripe.customers.create({})).id).toMatch(/^cus_/)
    sandbox.faults.add({ times: 2, action: { kind: 'cut', when: 'before' } })
    expect((await failureOf(stripe.customers.create({}))).type).toBe('StripeConnectionError')
  })

  it.each([
    [400, 'StripeInvalidRequestError'],
    [401, 'StripeAuthenticationError'],
    [403, 'StripePermissionError'],
    [404, 'StripeInvalidRequestError'],
    [409, 'StripeAPIError'],
    [424, 'StripeAPIError'],
    [429, 'StripeRateLimitError'],
    [500, 'StripeAPIError'],
    [502, 'StripeAPIError'],
    [503, 'StripeAPIError'],
    [504, 'StripeAPIError'],
  ])('makes of status %i a %s', async (status, type) => {
    sandbox.faults.add({ times: 1, action: { kind: 'status', status, when: 'before' } })
    const refused = await failureOf(stripe.customers.create({}))
    expect([refused.statusCode, refused.type]).toEqual([status, type])
  })

  it('makes of a decline a card error, and of a mismatch one of idempotency', async () => {
    const { id } = await stripe.customers.create({}, { idempotencyKey: 'k' })
    const declined = stripe.paymentMethods.attach('pm_card_chargeDeclined', { customer: id })
    expect(await failureOf(declined)).toMatchObject({
      type: 'StripeCardError',
      decline_code: 'generic_decline',
      advice_code: 'try_again_later',
    })
    const mismatch = stripe.customers.create({ name: 'x' }, { idempotencyKey: 'k' })
    expect((await failureOf(mismatch)).type).toBe('StripeIdempotencyError')
  })

  it('tells of each request its id and key', async () => {
    const seen: Stripe.ResponseEvent[] = []
    const watched = sandbox.client()
    watched.on('response', (event: Stripe.ResponseEvent) => seen.push(event))
    const { lastResponse } = await watched.customers.create({}, { idempotencyKey: 'told' })
    expect(seen).toMatchObject([{ request_id: lastResponse.requestId, status: 200 }])
    expect(lastResponse).toMatchObject({ idempotencyKey: 'told' })
  })

  it('sends null as an empty string, and gives decimals as objects', async () => {
    const { id } = await stripe.customers.create({ metadata: { a: '1', b: '2' } })
    expect((await stripe.customers.update(id, { metadata: { a: null } })).metadata).toEqual({ b: '2' })
    const price = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 700,
      product_data: { name: 'x' },
    })
    expect([typeof price.unit_amount_decimal, String(price.unit_amount_decimal)]).toEqual(['object', '700'])
  })
})

describe('A signature, by the official client (FACTS 4)', () => {
  const accept = (header: string, body: string, tolerance?: number) =>
    stripe.webhooks.constructEvent(body, header, secret, tolerance)
  const payload = JSON.stringify({ id: 'evt_1', object: 'event', type: 'customer.created' })
  const now = () => Math.floor(Date.now() / 1000)
  const headerOf = (timestamp: number) =>
    stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp })

  it('may be 300 seconds old, or of any age without a tolerance; one from the future passes', () => {
    expect(accept(headerOf(now() - 290), payload).id).toBe('evt_1')
    expect(() => accept(headerOf(now() - 310), payload)).toThrow('Timestamp outside the tolerance zone')
    expect(accept(headerOf(now() - 310), payload, 0).id).toBe('evt_1')
    expect(accept(headerOf(now() + 3600), payload).id).toBe('evt_1')
  })

  it('may be any of several, and of other schemes only v1 counts', () => {
    const [time = '', good = ''] = headerOf(now()).split(',')
    expect(accept(`${time},v1=${'0'.repeat(64)},${good},v0=${'0'.repeat(64)}`, payload).id).toBe('evt_1')
    expect(() => accept(`${time},${good.replace('v1', 'v0')}`, payload)).toThrow(
      Stripe.errors.StripeSignatureVerificationError,
    )
  })

  it('is over the raw bytes, and says whether an event is thin', async () => {
    await stripe.customers.create({ name: 'Žofie' })
    await sandbox.settled()
    const [got] = receiver.received
    const header = String(got?.headers['stripe-signature'])
    expect(accept(header, got?.body ?? '').type).toBe('customer.created')
    expect(() => accept(header, `${got?.body} `)).toThrow(Stripe.errors.StripeSignatureVerificationError)
    expect(() => stripe.parseEventNotification(got?.body ?? '', header, secret)).toThrow(
      'parseEventNotification',
    )
  })
})
