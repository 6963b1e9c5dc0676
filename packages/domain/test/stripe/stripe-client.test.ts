// The official client behind the port, against a server of our own: what leaves, and what each answer becomes.

import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openStripe } from '../../src/stripe/stripe-client.ts'
import { type StripeCall, type StripeHttp, stripeCalls } from '../../src/stripe/stripe-http.ts'
import { formOf } from '../../src/sync/form.ts'
import { hostileNames } from '../support/arbitraries.ts'
import { json, openServer, type TestServer } from '../support/http-server.ts'

let server: TestServer
let stripe: StripeHttp & { close(): void }
beforeAll(async () => {
  server = await openServer()
  stripe = openStripe({ secretKey: 'sk_test_secret', apiBase: server.base })
})
afterAll(async () => {
  stripe.close()
  await server.close()
})
beforeEach(() => {
  server.arrived.length = 0
})

const aCreate = stripeCalls.createCustomer([['name', 'Ada']], 'ls:create:c:1.1')
const error = (fields: Record<string, unknown>) => ({
  error: { type: 'invalid_request_error', message: 'no', ...fields },
})

/** The form fields that arrived, decoded, in their order. */
function arrivedForm(): [string, string][] {
  return [...new URLSearchParams(server.arrived.at(-1)?.body ?? '')]
}

describe('what leaves', () => {
  test('is the very form, in its order, with the very key', async () => {
    server.answer(json(200, { id: 'cus_1' }))
    const form: [string, string][] = [
      ['name', 'Ada & Söhne = 100 %+1'],
      ['email', ''],
      ['address[city]', 'Zürich\n'],
      ['preferred_locales[0]', 'de'],
      ['shipping', ''],
    ]
    await stripe.call(stripeCalls.updateCustomer('cus_1', form, 'ls:update:c:1.2'))
    expect(arrivedForm()).toEqual(form)
    expect(server.arrived).toHaveLength(1)
    expect(server.arrived[0]).toMatchObject({ method: 'POST', url: '/v1/customers/cus_1' })
    expect(server.arrived[0]?.headers).toMatchObject({
      'idempotency-key': 'ls:update:c:1.2',
      authorization: 'Bearer sk_test_secret',
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(server.arrived[0]?.headers['x-stripe-client-telemetry']).toBeUndefined()
  })

  test('holds hostile metadata names and values to the letter', async () => {
    server.answer(json(200, { id: 'cus_1' }))
    const leaves = [...hostileNames, '%5B', '+', '; drop', '\u0000', 'a\r\nb', '__defineGetter__'].map(
      (name) => ({
        k: `metadata.${name}`,
        v: `${name} "äöü" \u{1F5DD} %41&x=y`,
      }),
    )
    const form = formOf(leaves)
    await stripe.call(stripeCalls.createCustomer(form, 'ls:create:c:1.1'))
    expect(arrivedForm()).toEqual(form)
  })

  test('has the path of what it asks for, and no body on a read', async () => {
    server.answer(json(200, { id: 'x' }))
    const calls: [StripeCall, string][] = [
      [stripeCalls.getCustomer('cus_1'), '/v1/customers/cus_1'],
      [stripeCalls.getCustomer('../account?x=#'), `/v1/customers/${encodeURIComponent('../account?x=#')}`],
      [stripeCalls.getAccount(), '/v1/account'],
      [
        stripeCalls.listCustomers({ createdGte: 5, startingAfter: 'cus_9' }),
        '/v1/customers?limit=100&created[gte]=5&starting_after=cus_9',
      ],
      [stripeCalls.listEvents({ type: 'customer.created' }), '/v1/events?limit=100&type=customer.created'],
    ]
    for (const [call, url] of calls) {
      expect((await stripe.call(call)).kind).toBe('ok')
      expect(server.arrived.at(-1)).toMatchObject({ method: 'GET', url, body: '' })
    }
  })

  test('counts by the template of its path, never by the path', () => {
    expect(stripeCalls.getCustomer('cus_1').endpoint).toBe(stripeCalls.getCustomer('cus_2').endpoint)
    expect(stripeCalls.updateCustomer('a', [], 'k').endpoint).toBe('POST /v1/customers/{id}')
  })
})

describe('what comes back', () => {
  const answerTo = async (status: number, body: unknown, headers: Record<string, string> = {}) => {
    server.answer(json(status, body, headers))
    return stripe.call(aCreate)
  }

  test('200: the body as it is, and whether it was answered before', async () => {
    expect(await answerTo(200, { id: 'cus_1', metadata: { a: 'b' } })).toEqual({
      kind: 'ok',
      body: { id: 'cus_1', metadata: { a: 'b' } },
      replayed: false,
      requestId: 'req_1',
    })
    expect(await answerTo(200, { id: 'cus_1' }, { 'Idempotent-Replayed': 'true' })).toMatchObject({
      replayed: true,
    })
  })

  test('hostile names in an answer are names', async () => {
    server.answer((response) => response.end('{"id":"cus_1","metadata":{"__proto__":"x","constructor":"y"}}'))
    const answer = await stripe.call(aCreate)
    if (answer.kind !== 'ok') throw new Error(answer.kind)
    const { metadata } = answer.body as { metadata: object } // As it was sent above.
    expect(Object.entries(metadata)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  test.each([409, 424, 429, 502, 503, 504])('%i: busy, the same call again later', async (status) => {
    const headers = status === 429 ? { 'Stripe-Rate-Limited-Reason': 'endpoint-rate' } : {}
    expect(await answerTo(status, error({ code: 'some_code' }), headers)).toEqual({
      kind: 'busy',
      status,
      reason: status === 429 ? 'endpoint-rate' : 'some_code',
      requestId: 'req_1',
    })
    expect(server.arrived).toHaveLength(1)
  })

  test.each([500, 501, 505, 599])('%i: the outcome is stored and unknown', async (status) => {
    expect(await answerTo(status, error({ type: 'api_error' }))).toEqual({
      kind: 'stored_500',
      requestId: 'req_1',
    })
    // Nothing is retried behind our back.
    expect(server.arrived).toHaveLength(1)
  })

  test.each([400, 401, 402, 403, 404, 405, 413, 422])(
    '%i: refused, with code and parameter',
    async (status) => {
      expect(await answerTo(status, error({ code: 'email_invalid', param: 'metadata[a.b]' }))).toEqual({
        kind: 'refused',
        status,
        code: 'email_invalid',
        param: 'metadata[a.b]',
        requestId: 'req_1',
      })
    },
  )

  test('refused without a code or a parameter: the status is the code', async () => {
    expect(await answerTo(400, error({}))).toMatchObject({ kind: 'refused', code: 'status_400', param: null })
  })

  test('a key used for other parameters has its own word, whatever code it bears', async () => {
    for (const code of [undefined, 'idempotency_key_in_use']) {
      expect(await answerTo(400, error({ type: 'idempotency_error', code }))).toMatchObject({
        kind: 'refused',
        code: 'idempotency_error',
      })
    }
  })

  test('a card’s refusal is a refusal', async () => {
    expect(await answerTo(402, error({ type: 'card_error', code: 'card_declined' }))).toMatchObject({
      kind: 'refused',
      status: 402,
      code: 'card_declined',
    })
  })
})

describe('no answer that can be read', () => {
  test('the connection closes before, or in the middle of, an answer', async () => {
    server.answer((_, socket) => socket.destroy())
    expect(await stripe.call(aCreate)).toEqual({ kind: 'silence' })
    // A closed connection may be repeated once, with the same key.
    expect(new Set(server.arrived.map(({ headers }) => headers['idempotency-key']))).toEqual(
      new Set(['ls:create:c:1.1']),
    )
    for (const ending of ['destroy', 'resetAndDestroy'] as const) {
      server.answer((response, socket) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('{"id":', () => socket[ending]())
      })
      expect(await stripe.call(aCreate)).toEqual({ kind: 'silence' })
    }
  })

  test('a body that is no JSON', async () => {
    for (const body of ['<html>Bad gateway</html>', '', '{"id":']) {
      server.answer((response) => response.end(body))
      expect(await stripe.call(aCreate)).toEqual({ kind: 'silence' })
    }
  })

  test('nobody listens there', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const address = closed.address()
    closed.close()
    await once(closed, 'close')
    if (address === null || typeof address === 'string') throw new Error('a port')
    const lost = openStripe({ secretKey: 'sk_test_x', apiBase: `http://127.0.0.1:${address.port}` })
    expect(await lost.call(stripeCalls.getAccount())).toEqual({ kind: 'silence' })
    lost.close()
  })
})

// stripe-node takes every JSON body without `error` for a success, and throws a TypeError at one that is no object.
describe('an answer of another make than Stripe’s', () => {
  test('an error status is an error even where the body names none', async () => {
    for (const [status, kind] of [
      [500, 'stored_500'],
      [502, 'busy'],
      [503, 'busy'],
      [401, 'refused'],
      [404, 'refused'],
    ] as const) {
      server.answer(json(status, { message: 'from a proxy' }))
      expect({ status, kind: (await stripe.call(aCreate)).kind }).toEqual({ status, kind })
    }
  })

  test('an error as a bare text', async () => {
    server.answer(json(429, { error: 'slow_down' }))
    expect((await stripe.call(aCreate)).kind).toBe('busy')
  })
  test('a redirect is not followed, and is no success', async () => {
    server.answer(json(302, {}, { location: 'http://127.0.0.1:9/' }))
    expect((await stripe.call(aCreate)).kind).not.toBe('ok')
  })

  // A bare number or text as the whole body is not tried: the client then throws outside of any promise.
  test('a body that is JSON but no object', async () => {
    for (const body of ['null', '[]']) {
      server.answer((response) => response.end(body))
      expect(['ok', 'silence']).toContain((await stripe.call(aCreate)).kind)
    }
  })
})
