import { PassThrough } from 'node:stream'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { atOnce } from '../src/demo/at-once.ts'
import { duration, fastest, shareUsed, spreadOf } from '../src/demo/measure/numbers.ts'
import type { DemoResult } from '../src/demo/run-demo.ts'
import { tellBothWays, tellDeath, tellFile, tellNumbers, tellSync } from '../src/demo/tell.ts'
import { openScreen } from '../src/terminal/screen.ts'

describe('the numbers', () => {
  it('p50 and p99 are values that were measured', () => {
    const durations = Array.from({ length: 200 }, (_, at) => 200 - at)
    expect(spreadOf(durations)).toEqual({ count: 200, p50: 100, p99: 198 })
    expect(spreadOf([7])).toEqual({ count: 1, p50: 7, p99: 7 })
  })

  it('the fastest stretch is found wherever it begins', () => {
    expect(fastest([0, 900, 1000, 1100, 1899, 5000], 2)).toBe(200)
    expect(fastest([0, 1000], 2)).toBeNull()
  })

  it('bursts of a full limit, one each 1.1 s, use 91 % of it, not all', () => {
    const bursts = [0, 1100, 2200, 3300].flatMap((at) => Array.from({ length: 25 }, () => at))
    const ms = fastest(bursts, 75) ?? 0
    expect(shareUsed({ calls: 75, ms, perSecond: 25 })).toBe(91)
  })

  it.each([
    [0.4, '0 ms'],
    [340.4, '340 ms'],
    [2449, '2.4 s'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})

describe('working through a list', () => {
  it('takes every item once, a few at a time', async () => {
    const items = Array.from({ length: 20 }, (_, at) => at)
    const seen: number[] = []
    let [running, most] = [0, 0]
    await atOnce(items, 4, async (item) => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      seen.push(item)
      running--
    })
    expect(seen.toSorted((a, b) => a - b)).toEqual(items)
    expect(most).toBe(4)
  })

  it('fails with the failure of an item', async () => {
    const failing = atOnce([1, 2, 3], 2, async (item) => {
      if (item === 2) throw new Error('two')
    })
    await expect(failing).rejects.toThrow('two')
  })
})

it('what the demo says fits 80 columns, with real names and large numbers', () => {
  const output = new PassThrough()
  const screen = openScreen(output, {})
  const customer = {
    id: 'id',
    key: 'chinook-48',
    name: 'Krisztina Szentpétery-Nagyszombathy Hämäläinen Gonçalves',
    email: null,
    phone: '+551239235555',
    description: null,
    billing_address: { country: 'BR' },
    stripe_customer_id: 'cus_ABCDEFGHIJKLMN',
    sync: { state: 'synced' },
  }
  const seen = { calls: 123_456, max_per_second: 25, rate_limited: 3 }
  const result: DemoResult = {
    sync: {
      customers: [customer, { ...customer, name: '王小明', phone: null }],
      refused: [{ key: 'chinook-7', reason: '422 invalid_request: Correct the fields named in `errors`.' }],
      acknowledgedMs: 123_456,
      syncedMs: 1_234_567,
    },
    bothWays: { toStripe: [99_999], fromStripeKnown: [1], fromStripeNew: [12_345] },
    death: { changes: 10_000, inStepAtDeath: 3_334, nextMs: 12_345, allMs: 123_456 },
    comparison: {
      agreed: true,
      ours: 1,
      atStripe: 1,
      heldFields: 0,
      underWay: 0,
      counts: { missing: 0, extra: 0, drifted: 0, deleted: 0, duplicated: 0 },
      differences: [],
    },
    memory: { idle: { gateway: 100, worker: 1_000 }, highest: { gateway: 10_000, worker: 1_000 } },
    load: {
      stats: { total: seen, endpoints: { 'DELETE /v1/customers/{customer}/tax_ids/{id}/and/more': seen } },
      limits: { perEndpoint: 10_000, perAccount: 10_000 },
      busiest: { calls: 30_000, ms: 123_456, percent: 100 },
    },
  }
  const { name } = customer
  const value = {
    key: 'chinook-48',
    name,
    field: 'phone',
    text: '+56 (0)2 635 4444',
    reason: 'too long or too short',
  }
  tellFile(
    screen,
    { customers: [], unnormalised: [{ ...value, field: 'phone', keptAs: 'phone_raw' }] },
    '/a/path'.repeat(20),
  )
  tellSync(screen, result.sync)
  tellBothWays(screen, result.bothWays)
  tellDeath(screen, result.death)
  tellNumbers(screen, result)
  const lines = String(output.read()).split('\n')
  expect(lines.length).toBeGreaterThan(30)
  for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(80)
  // Only what a file or an endpoint brings may be cut; what the demo itself says is whole.
  const cut = lines.filter((line) => line.includes('…'))
  expect(cut.map((line) => line.trim().split(/\s+/)[0])).toEqual([
    '✓',
    'Krisztina',
    '✗',
    'Krisztina',
    'DELETE',
  ])
})
