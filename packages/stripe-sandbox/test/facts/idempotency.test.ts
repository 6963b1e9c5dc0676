import { describe, expect, it } from 'vitest'
import { testSandbox } from '../support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const keyed = (key: string, body: string, path = '/v1/customers') =>
  sandbox.request('POST', path, body, { 'Idempotency-Key': key })
const customersCalled = async (name: string) => {
  const listed = await sandbox.request('GET', '/v1/customers?limit=100')
  return JSON.stringify(listed.json['data']).split(`"name":"${name}"`).length - 1
}

describe('An idempotency key (FACTS 2)', () => {
  it('replays status and body with a new Request-Id, whatever happened to the object since', async () => {
    const first = await keyed('replay', 'name=replay&email=a@b.c')
    await sandbox.request('POST', `/v1/customers/${String(first.json['id'])}`, 'name=changed')
    const second = await keyed('replay', 'email=a@b.c&name=replay')
    expect([second.status, second.json]).toEqual([200, first.json])
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect(second.headers.get('original-request')).toBe(first.headers.get('request-id'))
    expect(second.headers.get('request-id')).not.toBe(first.headers.get('request-id'))
    expect(second.headers.get('idempotency-key')).toBe('replay')
  })

  it('with other parameters is an idempotency_error that changes nothing', async () => {
    await keyed('mismatch', 'name=one')
    for (const answer of [
      await keyed('mismatch', 'name=two'),
      await keyed('mismatch', 'name=one', '/v1/webhook_endpoints'),
    ]) {
      expect(answer.status).toBe(400)
      expect(answer.error['type']).toBe('idempotency_error')
      expect(answer.error['message']).toBe(
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'mismatch' if you meant to execute a different request.",
      )
    }
    expect(await customersCalled('two')).toBe(0)
  })

  it('is free again after failed validation, and kept after an error in execution', async () => {
    expect((await keyed('validation', 'email=nope')).status).toBe(400)
    expect((await keyed('validation', 'email=a@b.c')).status).toBe(200)
    const missing = await keyed('execution', 'name=x', '/v1/customers/cus_missing')
    const again = await keyed('execution', 'name=x', '/v1/customers/cus_missing')
    expect([missing.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([
      404,
      404,
      'true',
    ])
  })

  it('replays a 500 for ever, whether the effect happened or not', async () => {
    for (const when of ['before', 'after'] as const) {
      sandbox.faults.add({
        method: 'POST',
        path: '/v1/customers',
        times: 1,
        action: { kind: 'server_error', when },
      })
      const first = await keyed(`fault ${when}`, `name=fault-${when}`)
      const second = await keyed(`fault ${when}`, `name=fault-${when}`)
      expect([first.status, second.status, second.headers.get('idempotent-replayed')]).toEqual([
        500,
        500,
        'true',
      ])
      expect([first.error['type'], first.headers.get('stripe-should-retry')]).toEqual(['api_error', 'false'])
      expect(await customersCalled(`fault-${when}`)).toBe(when === 'after' ? 1 : 0)
    }
  })

  it('may roll forward later under the first request and key', async () => {
    sandbox.faults.add({
      method: 'POST',
      times: 1,
      action: { kind: 'server_error', when: 'before', roll_forward_ms: 5000 },
    })
    const failed = await keyed('forward', 'name=forward')
    expect(await customersCalled('forward')).toBe(0)
    await sandbox.clock.advance(5000)
    expect(await customersCalled('forward')).toBe(1)
    const events = await sandbox.stripe.events.list({ limit: 1 })
    expect(events.data[0]?.request).toEqual({
      id: failed.headers.get('request-id'),
      idempotency_key: 'forward',
    })
    expect((await keyed('forward', 'name=forward')).status).toBe(500)
  })

  it('is kept for 24 hours and makes a new object afterwards', async () => {
    const first = await keyed('prune', 'name=prune')
    await sandbox.clock.advance(86_399_000)
    expect((await keyed('prune', 'name=prune')).json['id']).toBe(first.json['id'])
    await sandbox.clock.advance(1000)
    expect((await keyed('prune', 'name=prune')).json['id']).not.toBe(first.json['id'])
  })

  it('belongs to one account and mode', async () => {
    const test = await keyed('scope', 'name=scope')
    const live = await sandbox.request('POST', '/v1/customers', 'name=scope', {
      'Idempotency-Key': 'scope',
      Authorization: 'Bearer sk_live_1',
    })
    expect(live.json['id']).not.toBe(test.json['id'])
  })

  it('longer than 255 characters is refused', async () => {
    expect((await keyed('k'.repeat(255), 'name=long')).status).toBe(200)
    expect((await keyed('k'.repeat(256), 'name=long')).status).toBe(400)
  })

  it('is not used by GET and DELETE', async () => {
    const { id } = await sandbox.stripe.customers.create({})
    const headers = { 'Idempotency-Key': 'delete' }
    await sandbox.request('DELETE', `/v1/customers/${id}`, undefined, headers)
    expect((await sandbox.request('DELETE', `/v1/customers/${id}`, undefined, headers)).status).toBe(404)
  })

  it('compares what the parameters mean, however they are written', async () => {
    const first = await keyed('meaning', 'name=a%20b&metadata[k]=v')
    for (const form of [
      'metadata%5Bk%5D=v&name=a+b',
      '&name=a b&metadata[k]=%76&',
      'name=a+b&metadata[k%5D=v',
    ])
      expect((await keyed('meaning', form)).json['id']).toBe(first.json['id'])
    expect((await keyed('meaning', 'name=a%20b&metadata[k]=w')).error['type']).toBe('idempotency_error')
    const locales = 'preferred_locales[]=en&preferred_locales[]=de'
    await keyed('order', locales)
    const turned = await keyed('order', 'preferred_locales[]=de&preferred_locales[]=en')
    expect(turned.error['type']).toBe('idempotency_error')
  })

  it('is kept by a refusal in execution, and free again after what comes before it', async () => {
    const { id } = await sandbox.stripe.customers.create({ balance: 1 })
    const path = `/v1/customers/${id}/balance_transactions`
    const refused = await keyed('kept', 'amount=1&currency=eur', path)
    const again = await keyed('kept', 'amount=1&currency=eur', path)
    expect([refused.status, again.status, again.json]).toEqual([400, 400, refused.json])
    expect(again.headers.get('idempotent-replayed')).toBe('true')

    const headers = { 'Idempotency-Key': 'free' }
    const before = [
      await sandbox.request('POST', '/v1/customers', 'nope=1', headers),
      await sandbox.request('POST', path, 'currency=eur', headers),
      await sandbox.request('POST', '/v1/payment_methods/pm_card_visa/attach', '', headers),
      await sandbox.request('POST', '/v1/nope', '', headers),
      await sandbox.request('POST', '/v1/customers', '', { ...headers, Authorization: '' }),
      await sandbox.request('POST', '/v1/customers', '', { ...headers, 'Stripe-Version': 'x' }),
    ]
    expect(before.map(({ status }) => status)).toEqual([400, 400, 400, 404, 401, 400])
    for (const { headers: answered } of before) expect(answered.get('idempotent-replayed')).toBeNull()
    const made = await keyed('free', 'name=free')
    expect([made.status, made.headers.get('idempotent-replayed')]).toEqual([200, null])
  })

  it('is echoed by every answer to it, refusals too, and by none without one', async () => {
    for (const answer of [
      await keyed('echo', 'name=x'),
      await keyed('echo', 'name=x'),
      await keyed('echo', 'name=y'),
      await keyed('echo', 'nope=1'),
    ])
      expect(answer.headers.get('idempotency-key')).toBe('echo')
    expect(
      (await sandbox.request('POST', '/v1/customers', 'name=x')).headers.get('idempotency-key'),
    ).toBeNull()
  })
})

describe('An idempotency key of v2 (FACTS 2)', () => {
  const body = JSON.stringify({
    name: 'n',
    type: 'webhook_endpoint',
    event_payload: 'thin',
    enabled_events: ['*'],
    webhook_endpoint: { url: 'http://127.0.0.1:1' },
  })
  const destinations = '/v2/core/event_destinations'
  const call = (method: string, path: string, key: string, json?: string) =>
    sandbox.request(method, path, json, { 'Idempotency-Key': key, 'Content-Type': 'application/json' })

  it('holds for POST and DELETE, and a failed request is executed again', async () => {
    const first = await call('POST', destinations, 'v2', body)
    const again = await call('POST', destinations, 'v2', body)
    expect([again.json['id'], again.headers.get('idempotent-replayed')]).toEqual([first.json['id'], 'true'])
    const path = `${destinations}/${String(first.json['id'])}`
    const gone = await call('DELETE', path, 'gone')
    const goneAgain = await call('DELETE', path, 'gone')
    expect([gone.status, goneAgain.status, goneAgain.headers.get('idempotency-key')]).toEqual([
      200,
      200,
      'gone',
    ])
    const missing = await call('POST', path, 'missing', '{}')
    const missingAgain = await call('POST', path, 'missing', '{}')
    expect([missing.status, missingAgain.status, missingAgain.headers.get('idempotent-replayed')]).toEqual([
      404,
      404,
      null,
    ])
  })

  it('is kept for 30 days', async () => {
    const first = await call('POST', destinations, 'month', body)
    await sandbox.clock.advance(30 * 86_400_000 - 1000)
    expect((await call('POST', destinations, 'month', body)).json['id']).toBe(first.json['id'])
    await sandbox.clock.advance(1000)
    expect((await call('POST', destinations, 'month', body)).json['id']).not.toBe(first.json['id'])
  })
})
