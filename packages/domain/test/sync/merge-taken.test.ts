// What desired becomes where Stripe's side wins: Stripe's value to the letter, in the caller's kind where that is possible.

import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/customer/tree.ts'
import { merge } from '../../src/sync/merge.ts'

describe('a value that Stripe wins', () => {
  const taken = (leaf: string, before: Json, o: string) =>
    merge({
      desired: new Map([[leaf, before]]),
      base: new Map([[leaf, typeof before === 'string' ? before : JSON.stringify(before)]]),
      observed: new Map([[leaf, o]]),
      policyFor: () => 'ours',
      unknownPushes: [],
      returned: new Set(),
      refused: new Map(),
    }).taken.get(leaf)

  test('a number that stays a number is a number here, too', () => {
    expect(taken('metadata.seats', 1, '2')).toBe(2)
    expect(taken('metadata.flags', { a: 1 }, '{"a":2}')).toEqual({ a: 2 })
    expect(taken('metadata.on', true, 'no')).toBe('no')
  })

  test('a text that was a text stays one, whatever it looks like', () => {
    expect(taken('metadata.seats', 'one', '2')).toBe('2')
  })

  // Each of these reads as JSON, but is written differently: taken as JSON it would be pushed back in another form.
  test.each([
    '1.0',
    '1e3',
    ' 5',
    '{ "a": 1 }',
    '"x"',
    '""',
    '12345678901234567890',
    '{"b":1,"a":1,"b":2}',
    'null',
  ])('Stripe’s %s is kept to the letter', (o) => {
    expect(taken('metadata.n', 7, o)).toBe(o)
    expect(taken('metadata.n', { a: 0 }, o)).toBe(o)
  })

  test('a cleared leaf is cleared here', () => {
    for (const leaf of ['name', 'metadata.plan', 'tax_exempt', 'preferred_locales']) {
      const merged = merge({
        desired: new Map<string, Json>([[leaf, leaf === 'preferred_locales' ? ['de'] : 'A']]),
        base: new Map([[leaf, leaf === 'preferred_locales' ? '["de"]' : 'A']]),
        observed: new Map(),
        policyFor: () => 'ours',
        unknownPushes: [],
        returned: new Set(),
        refused: new Map(),
      })
      expect([...merged.taken]).toEqual([[leaf, null]])
      expect(merged.base.size).toBe(0)
    }
  })
})
