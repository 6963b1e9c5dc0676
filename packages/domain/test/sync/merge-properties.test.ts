// What holds of every merge, whatever the trees.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SentLeaf } from '../../src/customer/document.ts'
import { type Json, leafNames, type Tree, withLeaf } from '../../src/customer/tree.ts'
import { canonical, isReserved, unmirrorable } from '../../src/sync/canonical.ts'
import { merge, type MergeInput } from '../../src/sync/merge.ts'
import { callersTree, policy, stripeTree } from '../support/arbitraries.ts'

/** Some of the leaves of desired as refused, and pushes of unknown outcome that sent some of what is observed. */
const input: fc.Arbitrary<MergeInput> = fc
  .record({
    desired: callersTree,
    base: stripeTree,
    observed: stripeTree,
    rule: policy,
    refusedEvery: fc.integer({ min: 1, max: 5 }),
    unknown: fc.array(fc.record({ every: fc.integer({ min: 1, max: 4 }), looked: fc.boolean() }), {
      maxLength: 2,
    }),
  })
  .map(({ desired, base, observed, rule, refusedEvery, unknown }) => ({
    desired,
    base,
    observed,
    policyFor: () => rule,
    unknownPushes: unknown.map(({ every, looked }) => ({ looked, sent: someOf(observed, every) })),
    returned: new Set<string>(),
    refused: new Map(
      [...desired]
        .filter((_, n) => n % 5 >= refusedEvery)
        .map(([leaf, value]) => [leaf, canonical(leaf, value)]),
    ),
  }))

function someOf(tree: ReadonlyMap<string, string>, every: number): SentLeaf[] {
  return [...tree].filter((_, n) => n % every === 0).map(([k, v]) => ({ k, v }))
}

function afterwards(given: MergeInput): { desired: Tree; base: Tree } {
  const merged = merge(given)
  let desired: Tree = given.desired
  for (const [leaf, value] of merged.taken) desired = withLeaf(desired, leaf, value)
  return { desired, base: merged.base }
}

const form = (tree: Tree, leaf: string) => canonical(leaf, tree.get(leaf))

describe('a merge', () => {
  test('leaves base equal to what was observed', () => {
    fc.assert(
      fc.property(input, (given) => {
        expect(new Map(merge(given).base)).toEqual(new Map(given.observed))
      }),
    )
  })

  test('done again on its own outcome does nothing', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { desired, base } = afterwards(given)
        const second = merge({ ...given, desired, base })
        expect([...second.taken]).toEqual([])
        expect(second.lost).toEqual([])
      }),
    )
  })

  test('leaves nothing to push on a leaf whose value it took', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { desired, base } = afterwards(given)
        for (const leaf of merge(given).taken.keys()) expect(form(desired, leaf)).toBe(base.get(leaf) ?? null)
      }),
    )
  })

  test('loses no caller’s value silently: it stands, Stripe’s later edit replaced it, or it is on record', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { desired } = afterwards(given)
        const { lost } = merge(given)
        for (const leaf of given.desired.keys()) {
          const d = form(given.desired, leaf)
          const stands = form(desired, leaf) === d
          const onRecord = lost.some((entry) => entry.k === leaf && entry.lost === d)
          // A value equal to the base was there first: Stripe's edit is the later change of that field.
          expect(stands || onRecord || d === (given.base.get(leaf) ?? null)).toBe(true)
        }
      }),
    )
  })

  test('loses no edit made at Stripe silently, unless it is what we sent ourselves', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { desired } = afterwards(given)
        const { lost } = merge(given)
        for (const leaf of leafNames(given.base, given.observed)) {
          const o = given.observed.get(leaf) ?? null
          if (isReserved(leaf) || o === (given.base.get(leaf) ?? null)) continue
          const ourOwn = given.unknownPushes.some((push) =>
            push.sent.some(({ k, v }) => k === leaf && v === o),
          )
          const onRecord = lost.some((entry) => entry.k === leaf && entry.lost === o)
          expect(form(desired, leaf) === o || onRecord || ourOwn).toBe(true)
        }
      }),
    )
  })

  test('records exactly the two values that stood against each other', () => {
    fc.assert(
      fc.property(input, (given) => {
        for (const { k, lost, won, winner } of merge(given).lost) {
          const sides = { d: form(given.desired, k), o: given.observed.get(k) ?? null }
          expect(winner === 'ours' ? { d: won, o: lost } : { d: lost, o: won }).toEqual(sides)
          expect(lost).not.toBe(won)
        }
      }),
    )
  })

  test('does not depend on the order of leaves', () => {
    fc.assert(
      fc.property(input, fc.infiniteStream(fc.nat()), (given, numbers) => {
        const shuffled = <V>(tree: ReadonlyMap<string, V>) => new Map(shuffle([...tree], numbers))
        const other = merge({
          ...given,
          desired: shuffled<Json>(given.desired),
          base: shuffled(given.base),
          observed: shuffled(given.observed),
        })
        const one = merge(given)
        expect(sorted([...other.taken])).toEqual(sorted([...one.taken]))
        expect(sorted(other.lost)).toEqual(sorted(one.lost))
      }),
    )
  })

  test('holds back the same metadata entries in whatever order more than 45 of them come', () => {
    const many = Array.from({ length: 60 }, (_, n): [string, Json] => [`metadata.k${n}`, 'ours'])
    const base = new Map(many.slice(30, 60).map(([leaf]) => [leaf, 'old']))
    const held = (tree: [string, Json][]) => [...unmirrorable(new Map(tree), base).keys()].sort()
    expect(held(many.toReversed())).toEqual(held(many))
    expect(held(many)).toHaveLength(15)
  })
})

function shuffle<V>(values: V[], numbers: Iterable<number>): V[] {
  const weights = [...values].map(() => 0)
  let n = 0
  for (const number of numbers) {
    if (n >= values.length) break
    weights[n++] = number
  }
  return values
    .map((value, index) => ({ value, weight: weights[index] ?? 0 }))
    .sort((x, y) => x.weight - y.weight)
    .map(({ value }) => value)
}

function sorted<V>(values: V[]): V[] {
  return values.toSorted((x, y) => JSON.stringify(x).localeCompare(JSON.stringify(y)))
}
