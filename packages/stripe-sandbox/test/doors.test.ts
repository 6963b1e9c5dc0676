import { describe, expect, it } from 'vitest'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })

describe('the clock', () => {
  it.each([[1e300], [1e9], [-1], ['60'], [null]])('is not advanced by %s seconds', async (seconds) => {
    const { status, json } = await sandbox.door('POST', '/clock/advance', { seconds })
    expect([status, json['error']]).toEqual([400, expect.stringContaining('from 0 to 315576000')])
  })

  it('does not leave the years that can be written', async () => {
    const statuses: number[] = []
    for (let years = 0; years < 9000; years += 10)
      statuses.push((await sandbox.door('POST', '/clock/advance', { seconds: 315_576_000 })).status)
    expect([statuses[0], statuses.at(-1)]).toEqual([200, 400])
    expect((await sandbox.stripe.customers.create({})).created).toBeLessThan(Date.UTC(9999, 11, 31) / 1000)
  })
})

describe('settings', () => {
  it.each([
    [{ account: 'a/b' }, 'account must be the id of an account'],
    [{ account: '_sandbox' }, 'account must be the id of an account'],
    [{ default_currency: 'Dollars' }, 'default_currency must be three small letters'],
    [{ webhook_timeout_ms: 1e12 }, 'webhook_timeout_ms must be a whole number from 0 to 2147483647'],
    [{ invoice_finalize_seconds: 9e15 }, 'invoice_finalize_seconds must be a whole number'],
    [{ payment_retry_seconds: [1e300] }, 'payment_retry_seconds must be a list of seconds'],
    [{ latency: 5, nope: 1 }, 'unknown setting: nope'],
  ])('%j are refused, and none of them is taken', async (changes, reason) => {
    const before = (await sandbox.door('GET', '/settings')).json
    const { status, json } = await sandbox.door('POST', '/settings', changes)
    expect([status, json['error']]).toEqual([400, expect.stringContaining(reason)])
    expect((await sandbox.door('GET', '/settings')).json).toEqual(before)
  })
})

describe('faults', () => {
  it.each([
    [{ action: { kind: 'delay', ms: 1e12 } }, 'action.ms must be milliseconds, from 0 to 2147483647'],
    [{ action: { kind: 'duplicate', count: 1e12 } }, 'action.count must be at most 1000'],
    [
      { rules: [{ action: { kind: 'conflict' } }, { action: { kind: 'nope' } }] },
      'action.kind must be one of',
    ],
    [{ rules: [5] }, 'a fault must be an object'],
  ])('%j are refused, and none of them is added', async (rule, reason) => {
    const { status, json } = await sandbox.door('POST', '/faults', rule)
    expect([status, json['error']]).toEqual([400, expect.stringContaining(reason)])
    expect((await sandbox.door('GET', '/faults')).json).toEqual({ faults: [] })
  })
})

it('permissions are a list of names with rights, nothing else', async () => {
  for (const permissions of [[], ['read'], 'read', { customers: 'all' }, 5]) {
    const { status } = await sandbox.door('POST', '/accounts', { key: 'rk_test_1', permissions })
    expect(status, JSON.stringify(permissions)).toBe(400)
  }
})
