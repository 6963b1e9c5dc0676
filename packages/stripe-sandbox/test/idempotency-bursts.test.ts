import { expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

/** `pnpm prove sandbox-idempotency` sends 1,000. */
const bursts = Number(process.env['SANDBOX_BURSTS'] ?? 5)

const sandbox = await testSandbox()
const { stripe } = sandbox
const create = (key: string) =>
  sandbox.request('POST', '/v1/customers', `name=${key}&email=${key}@example.com`, { 'Idempotency-Key': key })

/** 30 at once, each on a connection of its own. */
const burst = (key: string) => Promise.all(Array.from({ length: 30 }, () => create(key)))

it.each([
  ['without latency', '0'],
  ['with latency', '20-40'],
  ['with latency that draws apart who comes first', '0-40'],
])(`30 concurrent creates with one key make one object, ${bursts} times over, %s`, async (_name, latency) => {
  await sandbox.door('POST', '/reset')
  sandbox.set({ latency })
  const made: string[] = []
  let lost = false
  for (let done = 0; done < bursts; done++) {
    const key = `burst-${done}`
    const answers = await burst(key)
    const fine = answers.filter(({ status }) => status === 200)
    const losers = answers.filter(({ status }) => status !== 200)
    for (const { status, error } of losers) {
      expect([status, error]).toMatchObject([
        409,
        { code: 'idempotency_key_in_use', type: 'invalid_request_error' },
      ])
    }
    lost ||= losers.length > 0
    const [first] = fine.filter(({ headers }) => !headers.has('idempotent-replayed'))
    // Whoever lost may come again.
    for (const { text } of [...fine, await create(key)]) expect(text).toBe(first?.text)
    made.unshift(String(first?.json['id']))
  }
  sandbox.set({ latency: 0 })
  const kept = await stripe.customers.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 })
  expect(kept.map(({ id }) => id)).toEqual(made)
  const told = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 })
  expect(told.map(({ data: { object } }) => 'id' in object && object.id)).toEqual(made)
  expect(lost).toBe(latency !== '0')
})

it('one key that is used in two modes at once is two keys', async () => {
  sandbox.set({ latency: '20-40' })
  const modes = ['test', 'live'].map((mode) =>
    sandbox.request('POST', '/v1/customers', 'name=both', {
      'Idempotency-Key': 'both',
      Authorization: `Bearer sk_${mode}_1`,
    }),
  )
  const made = await Promise.all(modes)
  expect(made.map(({ status }) => status)).toEqual([200, 200])
  expect(new Set(made.map(({ json }) => json['id'])).size).toBe(2)
})
