import { beforeEach, describe, expect, it } from 'vitest'
import { testSandbox } from '../support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
beforeEach(() => sandbox.door('POST', '/reset'))

const statuses = async (count: number, call: () => Promise<{ status: number }>) => {
  const seen: Record<number, number> = {}
  for (const { status } of await Promise.all(Array.from({ length: count }, call)))
    seen[status] = (seen[status] ?? 0) + 1
  return seen
}
const createOne = () => sandbox.request('POST', '/v1/customers', 'name=x')

describe('Rate limits (FACTS 3)', () => {
  it('hold one endpoint at 25 in a sliding second, all ids together', async () => {
    sandbox.set({ limits: 'live' })
    const ids = [
      (await sandbox.stripe.customers.create({})).id,
      (await sandbox.stripe.customers.create({})).id,
    ]
    let turn = 0
    const update = () => sandbox.request('POST', `/v1/customers/${ids[turn++ % 2]}`, `name=${turn}`)
    expect(await statuses(30, update)).toEqual({ 200: 25, 429: 5 })
    const refused = await update()
    expect(refused.headers.get('stripe-rate-limited-reason')).toBe('endpoint-rate')
    expect(refused.error).toMatchObject({ code: 'rate_limit', type: 'invalid_request_error' })
    expect(refused.headers.get('stripe-should-retry')).toBeNull()
    expect(refused.headers.get('retry-after')).toBeNull()
    await sandbox.clock.advance(999)
    expect((await update()).status).toBe(429)
    await sandbox.clock.advance(1)
    expect((await update()).status).toBe(200)
  })

  it('slide: what was sent late in one second still counts early in the next', async () => {
    sandbox.set({ limits: 'live' })
    expect(await statuses(20, createOne)).toEqual({ 200: 20 })
    await sandbox.clock.advance(900)
    expect(await statuses(10, createOne)).toEqual({ 200: 5, 429: 5 })
    await sandbox.clock.advance(100)
    expect(await statuses(30, createOne)).toEqual({ 200: 20, 429: 10 })
  })

  it('hold a live account at 100 and a sandbox account at 25', async () => {
    for (const [limits, most] of [
      ['live', 100],
      ['sandbox', 25],
    ] as const) {
      await sandbox.door('POST', '/reset')
      sandbox.set({ limits })
      const paths = [
        '/v1/customers',
        '/v1/events',
        '/v1/account',
        '/v1/webhook_endpoints',
        '/v1/customers/cus_1',
        '/v1/events/evt_1',
      ]
      let turn = 0
      const answers = await Promise.all(
        Array.from({ length: 132 }, () => sandbox.request('GET', paths[turn++ % 6] ?? '')),
      )
      const refused = answers.filter(({ status }) => status === 429)
      expect(132 - refused.length).toBe(most)
      expect(new Set(refused.map(({ headers }) => headers.get('stripe-rate-limited-reason')))).toEqual(
        new Set(['global-rate']),
      )
    }
  })

  it('of one account do not touch another', async () => {
    await sandbox.door('POST', '/accounts', { key: 'sk_test_other', account: 'acct_other' })
    sandbox.set({ limits: 'sandbox' })
    await statuses(30, createOne)
    const other = await sandbox.request('POST', '/v1/customers', 'name=x', {
      Authorization: 'Bearer sk_test_other',
    })
    expect(other.status).toBe(200)
  })

  it('come before idempotency: a 429 is not kept, and the key works later', async () => {
    sandbox.set({ limits: 'sandbox', endpoint_limit: 1 })
    await createOne()
    const call = () => sandbox.request('POST', '/v1/customers', 'name=y', { 'Idempotency-Key': 'limited' })
    expect((await call()).status).toBe(429)
    await sandbox.clock.advance(1000)
    expect((await call()).status).toBe(200)
    sandbox.set({ endpoint_limit: null })
  })

  it('of concurrency refuse what is too much at once, for the account or one endpoint', async () => {
    for (const [setting, reason] of [
      ['endpoint_concurrency', 'endpoint-concurrency'],
      ['account_concurrency', 'global-concurrency'],
    ] as const) {
      sandbox.set({ limits: 'off', [setting]: 2, latency: '50-50' })
      const answers = await Promise.all(Array.from({ length: 5 }, createOne))
      const refused = answers.filter(({ status }) => status === 429)
      expect(answers.length - refused.length).toBe(2)
      for (const { headers } of refused) expect(headers.get('stripe-rate-limited-reason')).toBe(reason)
      sandbox.set({ [setting]: null, latency: 0 })
    }
  })

  it('count verbs and templates apart, and test and live mode', async () => {
    sandbox.set({ limits: 'live' })
    const call = (mode: string, method: string, path: string) =>
      sandbox.request(method, path, method === 'POST' ? 'name=x' : undefined, {
        Authorization: `Bearer sk_${mode}_lockstep`,
      })
    const { id } = await sandbox.stripe.customers.create({})
    expect(await statuses(24, createOne)).toEqual({ 200: 24 })
    expect((await createOne()).status).toBe(429)
    expect((await call('test', 'GET', '/v1/customers')).status).toBe(200)
    expect((await call('test', 'POST', `/v1/customers/${id}`)).status).toBe(200)
    expect((await call('live', 'POST', '/v1/customers')).status).toBe(200)
  })
})

it('statistics count every arrival and the highest sliding second', async () => {
  sandbox.set({ limits: 'live' })
  await sandbox.door('POST', '/stats/reset')
  await statuses(20, createOne)
  await sandbox.clock.advance(500)
  await statuses(20, createOne)
  await sandbox.clock.advance(1000)
  await statuses(3, createOne)
  const { json } = await sandbox.door('GET', '/stats')
  const seen = { calls: 43, max_per_second: 40, max_accepted_per_second: 25, rate_limited: 15 }
  expect(json).toMatchObject({
    total: seen,
    endpoints: { 'POST /v1/customers': seen },
    accounts: { 'acct_1LockstepSandbox/test': seen },
  })
})

it('an effect happens between arrival and answer, at any moment of the latency', async () => {
  sandbox.set({ limits: 'off', latency: '40-40' })
  const seenBefore: boolean[] = []
  for (let turn = 0; turn < 12; turn++) {
    let answered = false
    const name = `latency-${turn}`
    const created = sandbox.request('POST', '/v1/customers', `name=${name}`).then(() => (answered = true))
    // The log of effects is the event list, read through a door that has no latency: deliveries and requests are not in question.
    for (let seen = false; !seen; ) {
      const { json } = await sandbox.door('GET', '/events?limit=1')
      seen = JSON.stringify(json).includes(name)
      if (seen) seenBefore.push(!answered)
    }
    await created
  }
  expect(seenBefore).toContain(true)
  sandbox.set({ latency: 0 })
})

it('two writes to one object at once: the second is refused with lock_timeout if the settings say so (FACTS 0)', async () => {
  const { id } = await sandbox.stripe.customers.create({})
  const other = await sandbox.stripe.customers.create({})
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
