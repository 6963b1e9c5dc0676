// The table of the merge, every row: three trees × kind of field × policy × held or not.

import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/customer/tree.ts'
import { type LostValue, merge, type Policy } from '../../src/sync/merge.ts'

type Value = string | null
/** What desired becomes: stays, or takes Stripe's value. */
type Side = 'stays' | 'taken'
type Held = 'free' | 'refused' | 'unmirrorable'

/** How the three trees stand to each other, as names of values; `-` is absent. */
const patterns = [
  ['all agree', 'aaa'],
  ['nobody has it', '---'],
  ['only Stripe changed', 'aab'],
  ['only Stripe filled', '--b'],
  ['only Stripe cleared', 'aa-'],
  ['only we changed', 'baa'],
  ['only we filled', 'a--'],
  ['only we cleared', '-aa'],
  ['both made the same change', 'bab'],
  ['both filled the same', 'b-b'],
  ['both cleared', '-a-'],
  ['both changed', 'bac'],
  ['both filled', 'b-c'],
  ['we changed, Stripe cleared', 'ba-'],
  ['we cleared, Stripe changed', '-ac'],
] as const

/** Desired, base, observed → what happens under `ours`, under `stripe`, and where our value is held. */
const outcomes: Record<string, { ours: Side; stripe: Side; conflict: boolean }> = {
  aaa: { ours: 'stays', stripe: 'stays', conflict: false },
  '---': { ours: 'stays', stripe: 'stays', conflict: false },
  aab: { ours: 'taken', stripe: 'taken', conflict: false },
  '--b': { ours: 'taken', stripe: 'taken', conflict: false },
  'aa-': { ours: 'taken', stripe: 'taken', conflict: false },
  baa: { ours: 'stays', stripe: 'stays', conflict: false },
  'a--': { ours: 'stays', stripe: 'stays', conflict: false },
  '-aa': { ours: 'stays', stripe: 'stays', conflict: false },
  bab: { ours: 'stays', stripe: 'stays', conflict: false },
  'b-b': { ours: 'stays', stripe: 'stays', conflict: false },
  '-a-': { ours: 'stays', stripe: 'stays', conflict: false },
  bac: { ours: 'stays', stripe: 'taken', conflict: true },
  'b-c': { ours: 'stays', stripe: 'taken', conflict: true },
  'ba-': { ours: 'stays', stripe: 'taken', conflict: true },
  '-ac': { ours: 'stays', stripe: 'taken', conflict: true },
}

interface Kind {
  kind: string
  leaf: string
  /** Three values of the kind, canonical. */
  values: { a: string; b: string; c: string }
  /** As a caller would write them, where that differs. */
  written?: Record<string, Json>
  /** A value that no form at Stripe can hold. */
  impossible?: string
}

const kinds: Kind[] = [
  { kind: 'text', leaf: 'name', values: { a: 'A', b: 'B', c: 'C' }, impossible: 'n'.repeat(257) },
  {
    kind: 'address part',
    leaf: 'address.city',
    values: { a: 'A', b: 'B', c: 'C' },
    impossible: 'n'.repeat(5001),
  },
  {
    kind: 'country',
    leaf: 'address.country',
    values: { a: 'AT', b: 'BE', c: 'CH' },
    written: { AT: 'at', BE: ' be ' },
  },
  { kind: 'shipping part', leaf: 'shipping.phone', values: { a: '+1', b: '+2', c: '+3' } },
  {
    kind: 'metadata text',
    leaf: 'metadata.plan',
    values: { a: 'A', b: 'B', c: 'C' },
    impossible: 'n'.repeat(501),
  },
  {
    kind: 'metadata JSON',
    leaf: 'metadata.__proto__',
    values: { a: '{"seats":1}', b: '[2]', c: 'true' },
    written: { '{"seats":1}': { seats: 1 }, '[2]': [2], true: true },
  },
  { kind: 'tax_exempt', leaf: 'tax_exempt', values: { a: 'exempt', b: 'reverse', c: 'other' } },
  {
    kind: 'locales',
    leaf: 'preferred_locales',
    values: { a: '["de"]', b: '["en"]', c: '["de","en"]' },
    written: { '["de"]': ['de'], '["en"]': ['en'], '["de","en"]': ['de', 'en'] },
  },
]

/** Shipping needs a name and an address; both sides have agreed on them. */
const surroundings: [string, string][] = [
  ['shipping.name', 'Ship'],
  ['shipping.address.line1', 'Pier 1'],
]

function run(kind: Kind, trees: { d: Value; b: Value; o: Value }, how: { policy: Policy; held: Held }) {
  const around = kind.leaf.startsWith('shipping.') ? surroundings : []
  const tree = (value: Json) =>
    new Map<string, Json>(value === null ? around : [...around, [kind.leaf, value]])
  return merge({
    desired: tree(trees.d === null ? null : (kind.written?.[trees.d] ?? trees.d)),
    base: tree(trees.b),
    observed: tree(trees.o),
    policyFor: () => how.policy,
    unknownPushes: [],
    returned: new Set(),
    refused: new Map(how.held === 'refused' ? [[kind.leaf, trees.d]] : []),
  })
}

describe.each(kinds)('$kind', (kind) => {
  const valueOf = (letter: string | undefined): Value =>
    letter === '-' ? null : kind.values[letter as 'a' | 'b' | 'c'] // The patterns hold no other letter.
  const cases = patterns.flatMap(([name, pattern]) =>
    (['ours', 'stripe'] as const).map((policy) => ({ name, pattern, policy })),
  )

  test.each(cases)('$name, policy $policy', ({ pattern, policy }) => {
    const [d, b, o] = Array.from(pattern).map(valueOf)
    if (d === undefined || b === undefined || o === undefined) throw new Error('three letters')
    const merged = run(kind, { d, b, o }, { policy, held: 'free' })
    const outcome = outcomes[pattern]
    expect(merged.base.get(kind.leaf) ?? null).toBe(o)
    expect(merged.taken.has(kind.leaf)).toBe(outcome?.[policy] === 'taken')
    const expected: LostValue[] = outcome?.conflict
      ? [
          policy === 'ours'
            ? { k: kind.leaf, lost: o, won: d, winner: 'ours', by: 'merge' }
            : { k: kind.leaf, lost: d, won: o, winner: 'stripe', by: 'merge' },
        ]
      : []
    expect(merged.lost).toEqual(expected)
  })

  test.each(cases)(
    '$name, our value refused, policy $policy: it stays, a new value there is on record',
    ({ pattern, policy }) => {
      const [d, b, o] = Array.from(pattern).map(valueOf)
      if (d === undefined || b === undefined || o === undefined) throw new Error('three letters')
      const merged = run(kind, { d, b, o }, { policy, held: 'refused' })
      expect(merged.base.get(kind.leaf) ?? null).toBe(o)
      const outcome = outcomes[pattern]
      expect(merged.taken.has(kind.leaf)).toBe(outcome?.ours === 'taken')
      expect(merged.lost).toEqual(
        outcome?.conflict ? [{ k: kind.leaf, lost: o, won: d, winner: 'ours', by: 'refused' }] : [],
      )
    },
  )
})

test('a refusal of another value holds nothing', () => {
  const merged = merge({
    desired: new Map([['email', 'ours']]),
    base: new Map([['email', 'old']]),
    observed: new Map([['email', 'theirs']]),
    policyFor: () => 'stripe',
    unknownPushes: [],
    returned: new Set(),
    refused: new Map([['email', 'bad']]),
  })
  expect(merged.lost).toMatchObject([{ winner: 'stripe', by: 'merge' }])
})

describe('a value that has no form at Stripe', () => {
  test.each(kinds.filter(({ impossible }) => impossible))(
    '$kind: it stays here, what Stripe has anew is on record',
    (kind) => {
      const d = kind.impossible ?? null
      for (const policy of ['ours', 'stripe'] as const) {
        const merged = run(kind, { d, b: kind.values.a, o: kind.values.b }, { policy, held: 'unmirrorable' })
        expect(merged.taken.size).toBe(0)
        expect(merged.lost).toEqual([
          { k: kind.leaf, lost: kind.values.b, won: d, winner: 'ours', by: 'refused' },
        ])
        expect(
          run(kind, { d, b: kind.values.a, o: kind.values.a }, { policy, held: 'unmirrorable' }).lost,
        ).toEqual([])
      }
    },
  )

  test('shipping without an address: what Stripe has is on record, not taken over in part', () => {
    const merged = merge({
      desired: new Map([['shipping.name', 'Ours']]),
      base: new Map(),
      observed: new Map([['shipping.name', 'Theirs']]),
      policyFor: () => 'ours',
      unknownPushes: [],
      returned: new Set(),
      refused: new Map(),
    })
    expect(merged.lost).toEqual([
      { k: 'shipping.name', lost: 'Theirs', won: 'Ours', winner: 'ours', by: 'refused' },
    ])
  })
})

describe('reserved metadata', () => {
  test.each(patterns)('%s: ours is pushed, nothing is taken and nothing is a conflict', (_, pattern) => {
    const [d, b, o] = Array.from(pattern).map((letter) => (letter === '-' ? null : letter))
    for (const policy of ['ours', 'stripe'] as const) {
      const kind = { kind: 'reserved', leaf: 'metadata.lockstep_status', values: { a: 'a', b: 'b', c: 'c' } }
      const merged = run(kind, { d: d ?? null, b: b ?? null, o: o ?? null }, { policy, held: 'free' })
      expect(merged.taken.size + merged.lost.length).toBe(0)
      expect(merged.base.get(kind.leaf) ?? null).toBe(o)
    }
  })
})
