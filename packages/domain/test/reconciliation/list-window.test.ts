// What pages of Stripe's list prove of those that are not on them.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listStart, type ListPlace, windowOf } from '../../src/reconciliation/list-window.ts'

interface Listed {
  id: string
  created: number
}

/** Reads the whole list in pages of `size`, as it is at each page; answers who was found absent, each as often as found. */
function readWhole(
  linked: readonly Listed[],
  { size, listAt }: { size: number; listAt: (page: number) => readonly Listed[] },
): string[] {
  const absent: string[] = []
  for (let place: ListPlace = listStart, page = 0, more = true; more; page++) {
    const list = listAt(page)
    // The place may have been deleted meanwhile: Stripe goes on behind it all the same.
    const after = place.after
    const from = after === null ? 0 : positionBehind(list, everybody(linked, list), after)
    const items = list.slice(from, from + size)
    more = list.length > from + size
    const window = windowOf(place, { items, hasMore: more })
    for (const { id, created } of linked) {
      const decided = created >= window.from && created <= window.to
      if (decided && !window.living.has(id)) absent.push(id)
    }
    place = window.next
  }
  return absent
}

function everybody(linked: readonly Listed[], list: readonly Listed[]): Listed[] {
  return [...new Map([...linked, ...list].map((each) => [each.id, each])).values()].sort(newestFirst)
}

function positionBehind(list: readonly Listed[], all: readonly Listed[], after: string): number {
  const rank = new Map(all.map(({ id }, index) => [id, index]))
  const place = rank.get(after) ?? 0
  const found = list.findIndex(({ id }) => (rank.get(id) ?? 0) > place)
  return found === -1 ? list.length : found
}

/** Within one second by id: any order that does not change will do. */
function newestFirst(a: Listed, b: Listed): number {
  return b.created - a.created || (a.id < b.id ? 1 : -1)
}

/** Few seconds for many customers, so that pages end within one. */
const population = fc
  .array(fc.integer({ min: 1, max: 6 }), { maxLength: 40 })
  .map((seconds) =>
    seconds.map((created, n) => ({ id: `cus_${String(n).padStart(3, '0')}`, created })).sort(newestFirst),
  )

describe('windows over a list', () => {
  test('whoever is linked and not listed is found once, and nobody else', () => {
    fc.assert(
      fc.property(population, fc.integer({ min: 1, max: 7 }), fc.func(fc.boolean()), (all, size, isGone) => {
        const living = all.filter(({ id }) => !isGone(id))
        const gone = all.filter(({ id }) => isGone(id)).map(({ id }) => id)
        expect(readWhole(all, { size, listAt: () => living }).sort()).toEqual(gone.sort())
      }),
      { numRuns: 500 },
    )
  })

  test('whoever lived all the while is never found, whatever is made and deleted meanwhile', () => {
    fc.assert(
      fc.property(
        population,
        fc.integer({ min: 1, max: 5 }),
        fc.func(fc.nat({ max: 12 })),
        fc.func(fc.nat({ max: 12 })),
        (all, size, diesAt, bornAt) => {
          const later = all.map(({ created }, n) => ({ id: `new_${n}`, created: created + 100 }))
          const listAt = (page: number) =>
            [
              ...later.filter(({ id }) => bornAt(id) <= page),
              ...all.filter(({ id }) => diesAt(id) > page),
            ].sort(newestFirst)
          const steady = new Set(all.filter(({ id }) => diesAt(id) > 50).map(({ id }) => id))
          const accused = readWhole(all, { size, listAt }).filter((id) => steady.has(id))
          expect(accused).toEqual([])
        },
      ),
      { numRuns: 500 },
    )
  })

  test('an empty list proves that nobody lives', () => {
    expect(readWhole([{ id: 'cus_1', created: 5 }], { size: 100, listAt: () => [] })).toEqual(['cus_1'])
  })

  test('a second with more customers than a page is carried on until it ends', () => {
    const first = windowOf(listStart, {
      items: [
        { id: 'a', created: 9 },
        { id: 'b', created: 9 },
      ],
      hasMore: true,
    })
    expect(first).toMatchObject({
      from: 10,
      to: Number.MAX_SAFE_INTEGER,
      next: { frontier: 9, carried: ['a', 'b'] },
    })
    const second = windowOf(first.next, {
      items: [
        { id: 'c', created: 9 },
        { id: 'd', created: 9 },
      ],
      hasMore: true,
    })
    expect(second).toMatchObject({ from: 10, to: 9, next: { carried: ['a', 'b', 'c', 'd'] } })
    const third = windowOf(second.next, {
      items: [
        { id: 'e', created: 9 },
        { id: 'f', created: 7 },
      ],
      hasMore: true,
    })
    expect(third).toMatchObject({ from: 8, to: 9, next: { frontier: 7, carried: ['f'] } })
    expect([...third.living].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })
})
