import { beforeEach, describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from './support/sandbox.ts'

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

  it('by chance hit the same requests again with the same seed', async () => {
    const run = async () => {
      await sandbox.door('DELETE', '/faults')
      await add({ probability: 0.5, seed: 7, action: { kind: 'status', status: 502 } })
      const seen: number[] = []
      for (let turn = 0; turn < 20; turn++) seen.push((await sandbox.request('GET', '/v1/account')).status)
      return seen
    }
    const first = await run()
    expect(new Set(first)).toEqual(new Set([200, 502]))
    expect(await run()).toEqual(first)
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

  it('that make no sense are refused with the reason', async () => {
    for (const rule of [
      {},
      { action: { kind: 'nope' } },
      { action: { kind: 'delay' } },
      { action: { kind: 'delay', ms: -1 } },
      { nope: 1, action: { kind: 'cut' } },
      { path_regex: '(', action: { kind: 'cut' } },
      { action: { kind: 'rate_limit', reason: 'x' } },
      { on: 'request', action: { kind: 'drop' } },
    ]) {
      expect((await add(rule)).status).toBe(400)
    }
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
