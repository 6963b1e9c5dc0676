import { beforeEach, describe, expect, it } from 'vitest'
import { startReceiver } from './support/receiver.ts'
import { failureOf, testSandbox, type TestSandbox } from './support/sandbox.ts'

const receiver = await startReceiver()
const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox
beforeEach(() => sandbox.door('POST', '/reset'))

const add = (rule: object) => sandbox.door('POST', '/faults', rule)
const count = async () => (await stripe.customers.list({ limit: 100 })).data.length

describe('request faults', () => {
  it('match by method, template, path, expression and number', async () => {
    const { id } = await stripe.customers.create({})
    await add({ method: 'POST', path: '/v1/customers/{id}', nth: [2], action: { kind: 'conflict' } })
    await add({
      path: `/v1/customers/${id}`,
      method: 'GET',
      times: 1,
      action: { kind: 'status', status: 503 },
    })
    await add({ path_regex: '^/v1/ev', after: 1, times: 1, action: { kind: 'status', status: 502 } })
    await stripe.customers.update(id, { name: '1' })
    expect(await failureOf(stripe.customers.update(id, { name: '2' }))).toMatchObject({ statusCode: 409 })
    await stripe.customers.update(id, { name: '3' })
    expect(await failureOf(stripe.customers.retrieve(id))).toMatchObject({ statusCode: 503 })
    await stripe.customers.retrieve(id)
    await stripe.events.list()
    expect(await failureOf(stripe.events.list())).toMatchObject({ statusCode: 502 })
    const { json } = await sandbox.door('GET', '/faults')
    expect(json['faults']).toMatchObject([
      { matched: 3, applied: 1 },
      { applied: 1 },
      { matched: 2, applied: 1 },
    ])
  })

  it('by chance hit the same requests again with the same seed, also beside other rules', async () => {
    const run = async (seed: number, ...others: object[]) => {
      await sandbox.door('DELETE', '/faults')
      for (const other of others) await add(other)
      await add({ probability: 0.5, seed, action: { kind: 'status', status: 502 } })
      const seen: number[] = []
      for (let turn = 0; turn < 30; turn++) seen.push((await sandbox.request('GET', '/v1/account')).status)
      return seen
    }
    const first = await run(7)
    expect(new Set(first)).toEqual(new Set([200, 502]))
    expect(await run(7)).toEqual(first)
    expect(await run(8)).not.toEqual(first)
    const beside = await run(7, { nth: [3, 9], action: { kind: 'status', status: 503 } })
    expect(beside.flatMap((status, index) => (status === 503 ? [index] : []))).toEqual([2, 8])
    expect(beside.map((status, index) => (status === 503 ? first[index] : status))).toEqual(first)
  })

  it('without a seed of their own are repeated by the seed of the sandbox, and after a reset', async () => {
    const run = async (one: TestSandbox) => {
      for (const probability of [0.3, 0.3])
        one.faults.add({ method: 'POST', probability, action: { kind: 'status', status: 502 } })
      one.faults.add({ event_type: 'customer.*', probability: 0.5, action: { kind: 'drop' } })
      const seen: unknown[] = []
      for (let turn = 0; turn < 30; turn++) {
        seen.push((await one.request('POST', '/v1/customers')).status)
        await one.settled()
      }
      return [...seen, receiver.received.splice(0).length, one.faults.list()]
    }
    const webhooks = [{ url: receiver.url, secret: 'whsec_1' }]
    const [a, b, c] = await Promise.all(
      [5, 5, 6].map((seed) => testSandbox({ frozen: true, seed, webhooks })),
    )
    if (!a || !b || !c) throw new Error('three were started')
    const first = await run(a)
    expect(new Set(first.slice(0, 30))).toEqual(new Set([200, 502]))
    expect(await run(b)).toEqual(first)
    expect(await run(c)).not.toEqual(first)
    await a.door('POST', '/reset')
    expect(await run(a)).toEqual(first)
  })

  it('count what they match whatever other rules do, and a template matches however its ids are called', async () => {
    const { id } = await stripe.customers.create({})
    const path = '/v1/customers/{customer}'
    await add({ path, nth: 1, action: { kind: 'status', status: 501 } })
    await add({ path, nth: 2, action: { kind: 'status', status: 502 } })
    await add({ path, times: 1, action: { kind: 'status', status: 503 } })
    await add({ path, after: 3, times: 1, action: { kind: 'status', status: 504 } })
    const statuses: number[] = []
    for (let turn = 0; turn < 5; turn++)
      statuses.push((await sandbox.request('GET', `/v1/customers/${id}`)).status)
    expect(statuses).toEqual([501, 502, 503, 504, 200])
    expect(sandbox.faults.list()).toMatchObject(Array.from({ length: 4 }, () => ({ matched: 5, applied: 1 })))
  })

  it('cut the connection before the effect, or after it; the key then tells', async () => {
    for (const [when, made] of [
      ['before', 0],
      ['after', 1],
    ] as const) {
      await sandbox.door('POST', '/reset')
      await add({ method: 'POST', times: 1, action: { kind: 'cut', when } })
      const call = () => sandbox.request('POST', '/v1/customers', 'name=x', { 'Idempotency-Key': 'cut' })
      await expect(call()).rejects.toThrow()
      expect(await count()).toBe(made)
      const again = await call()
      expect(again.headers.get('idempotent-replayed')).toBe(made === 1 ? 'true' : null)
      expect(await count()).toBe(1)
    }
  })

  it('of a gateway keep nothing of their own: the key tells what happened', async () => {
    await add({ method: 'POST', times: 1, action: { kind: 'status', status: 504, when: 'after' } })
    const call = () => sandbox.request('POST', '/v1/customers', 'name=x', { 'Idempotency-Key': 'gateway' })
    expect((await call()).status).toBe(504)
    expect((await call()).status).toBe(200)
    expect(await count()).toBe(1)
  })

  it('of a refusal name the parameter and the code that they were given', async () => {
    const action = { kind: 'status', status: 400, code: 'phone_odd', param: 'phone' }
    await add({ method: 'POST', times: 1, action })
    const call = () => sandbox.request('POST', '/v1/customers', 'name=x', { 'Idempotency-Key': 'refused' })
    const refused = await call()
    expect(refused.status).toBe(400)
    expect(refused.json).toMatchObject({
      error: { type: 'invalid_request_error', code: 'phone_odd', param: 'phone' },
    })
    expect((await call()).status).toBe(200)
    expect(await count()).toBe(1)
  })

  it('of a slow answer let the effect be seen first', async () => {
    await add({ method: 'POST', times: 1, action: { kind: 'delay', ms: 200, when: 'after' } })
    let answered = false
    const call = sandbox.request('POST', '/v1/customers', 'name=x').then(() => (answered = true))
    while ((await count()) === 0) expect(answered).toBe(false)
    expect(answered).toBe(false)
    await call
  })

  it('of 409 and 429 have no effect and are not kept', async () => {
    for (const action of [
      { kind: 'conflict' },
      { kind: 'rate_limit', reason: 'global-concurrency' },
      { kind: 'lock_timeout' },
    ]) {
      await add({ method: 'POST', times: 1, action })
      const call = () =>
        sandbox.request('POST', '/v1/customers', 'name=x', { 'Idempotency-Key': `k-${action.kind}` })
      const before = await count()
      expect([409, 429]).toContain((await call()).status)
      expect(await count()).toBe(before)
      expect((await call()).status).toBe(200)
    }
  })

  it.each([
    [{}, 'action must be an object'],
    [{ action: { kind: 'nope' } }, 'action.kind must be one of delay, conflict'],
    [{ action: { kind: 'delay' } }, 'action.ms is missing'],
    [{ action: { kind: 'delay', ms: -1 } }, 'action.ms must be milliseconds, from 0 to'],
    [{ action: { kind: 'delay', ms: 3e9 } }, 'action.ms must be milliseconds, from 0 to'],
    [{ action: { kind: 'delay', ms: '5' } }, 'action.ms must be milliseconds, from 0 to'],
    [
      { action: { kind: 'delay', ms: 5, mss: 6 } },
      'the action delay has no member mss; it takes kind, ms, when',
    ],
    [
      { action: { kind: 'conflict', when: 'after' } },
      'the action conflict has no member when; it takes kind',
    ],
    [{ action: { kind: 'cut', when: 'later' } }, 'action.when must be one of before, after'],
    [
      { action: { kind: 'rate_limit', reason: 'x' } },
      'action.reason must be one of endpoint-rate, global-rate',
    ],
    [{ action: { kind: 'status', status: 200 } }, 'action.status must be from 400 to 599'],
    [{ action: { kind: 'server_error', should_retry: 'yes' } }, 'action.should_retry must be true or false'],
    [
      { action: { kind: 'server_error', when: 'after', roll_forward_ms: 1 } },
      'action.roll_forward_ms goes with',
    ],
    [{ action: { kind: 'drop', retry: 1 } }, 'action.retry must be true or false'],
    [{ action: { kind: 'duplicate', count: 0 } }, 'action.count must be a whole number, 1 or more'],
    [{ nope: 1, action: { kind: 'cut' } }, 'a fault has no member nope; it takes on, method'],
    [{ path_regex: '(', action: { kind: 'cut' } }, 'path_regex: Invalid regular expression'],
    [{ path: 'v1/customers', action: { kind: 'cut' } }, 'path must begin with /'],
    [{ path: '/v1/customer/{id}', action: { kind: 'cut' } }, 'path: no route looks like /v1/customer/{id}'],
    [{ method: 'PATCH', action: { kind: 'cut' } }, 'method must be one of GET, POST, DELETE'],
    [{ nth: [0], action: { kind: 'cut' } }, 'nth must be a whole number, 1 or more'],
    [{ nth: [], action: { kind: 'cut' } }, 'nth must be a whole number, 1 or more, or a list of them'],
    [{ probability: 5, action: { kind: 'cut' } }, 'probability must be a number from 0 to 1'],
    [{ on: 'request', action: { kind: 'drop' } }, 'drop applies to webhooks only'],
    [{ event_type: 'customer.*', action: { kind: 'cut' } }, 'event_type does not go with cut'],
    [{ method: 'POST', action: { kind: 'drop' } }, 'method does not go with drop'],
    [
      { event_type: 'customer.change', action: { kind: 'drop' } },
      'event_type: no event is called customer.change',
    ],
  ])('that make no sense are refused with the reason: %j', async (rule, reason) => {
    const { status, json } = await add(rule)
    expect([status, json['error']]).toEqual([400, expect.stringContaining(reason)])
    expect(sandbox.faults.list()).toEqual([])
  })
})

describe('doors', () => {
  it('log requests with method, path, status, key and request id', async () => {
    const made = await sandbox.request('POST', '/v1/customers', 'name=x', { 'Idempotency-Key': 'logged' })
    const { json } = await sandbox.door('GET', '/requests')
    expect(json['requests']).toMatchObject([
      {
        method: 'POST',
        path: '/v1/customers',
        status: 200,
        idempotency_key: 'logged',
        replayed: false,
        account: sandbox.account,
        request_id: made.headers.get('request-id'),
        at: sandbox.clock.now(),
      },
    ])
  })

  it('change settings all or none, and name what is wrong', async () => {
    const before = { ...sandbox.settings }
    const refused = await sandbox.door('POST', '/settings', { limits: 'live', latency: 'x', nope: 1 })
    expect(refused.status).toBe(400)
    expect(refused.json['error']).toMatch(/unknown setting: nope/)
    expect(refused.json['error']).toMatch(/latency must be/)
    expect(sandbox.settings).toEqual(before)
    expect((await sandbox.door('POST', '/settings', { latency: '5-10' })).json['latency']).toEqual([5, 10])
    sandbox.set({ latency: 0 })
  })

  it('bind keys to accounts: a swapped account sees nothing of the other, a revoked key is 401', async () => {
    const { id } = await stripe.customers.create({})
    await sandbox.door('POST', '/accounts', { key: 'sk_test_lockstep', account: 'acct_swapped' })
    expect((await stripe.accounts.retrieveCurrent()).id).toBe('acct_swapped')
    expect(await failureOf(stripe.customers.retrieve(id))).toMatchObject({ statusCode: 404 })
    await sandbox.door('POST', '/accounts', { key: 'sk_test_lockstep', state: 'revoked' })
    expect(await failureOf(stripe.customers.retrieve(id))).toMatchObject({
      statusCode: 401,
      type: 'StripeAuthenticationError',
    })
    await sandbox.door('POST', '/accounts', { key: 'sk_test_lockstep', state: 'expired' })
    expect(await failureOf(stripe.customers.retrieve(id))).toMatchObject({
      statusCode: 401,
      code: 'api_key_expired',
    })
    await sandbox.door('DELETE', '/accounts/sk_test_lockstep')
    expect((await stripe.customers.retrieve(id)).id).toBe(id)
  })

  it('that do not exist say which do', async () => {
    const { status, json } = await sandbox.door('POST', '/nope')
    expect(status).toBe(404)
    expect(JSON.stringify(json['doors'])).toContain('/_sandbox/clock/advance')
    expect((await sandbox.door('POST', '/clock/advance', { seconds: 'x' })).status).toBe(400)
  })
})
