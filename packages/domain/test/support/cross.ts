// Owns what "every combination" means in a test: the product of a table's axes, and the account of what was tried.

import { expect } from 'vitest'

/** One value of each axis; every combination, once. */
export function cross<const Axes extends Record<string, readonly unknown[]>>(
  axes: Axes,
): { [Name in keyof Axes]: Axes[Name][number] }[] {
  const rows = Object.entries(axes).reduce<Record<string, unknown>[]>(
    (combined, [name, values]) =>
      combined.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  )
  // Each row has been given a value of every axis, which a reduction cannot tell the compiler.
  return rows as { [Name in keyof Axes]: Axes[Name][number] }[]
}

/** What comes out of one combination, by name. */
type Outcome = Record<string, unknown>

/** The account of a table: which combinations were tried, and which came out otherwise than stated. */
export function tally() {
  const ids = new Set<string>()
  const wrong: object[] = []
  return {
    add(combination: object, actual: Outcome, expected: Outcome): void {
      ids.add(JSON.stringify(combination))
      const names = Object.keys({ ...actual, ...expected })
      const apart = names.filter((name) => JSON.stringify(actual[name]) !== JSON.stringify(expected[name]))
      const differs = apart.map((name) => ({ name, actual: actual[name], expected: expected[name] }))
      if (differs.length > 0) wrong.push({ combination, differs })
    },
    /** So many different combinations were tried, and each came out as stated; the first few wrong ones tell enough. */
    expectAll(count: number): void {
      expect(wrong.slice(0, 3)).toEqual([])
      expect(ids.size).toBe(count)
    },
  }
}
