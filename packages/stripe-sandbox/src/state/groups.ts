/**
 * Owns the groups of a table: which rows belong together, in the order of creation.
 * Promises: a row is in at most one group; a deleted row stays in its last one, so that it can still be a cursor there.
 */
import type { Row } from './table.ts'

/** The groups of one table. Nothing is kept until `start` was called. */
export type Groups = {
  /** Returns false if groups are already kept. */
  start(groupOf: (row: Row) => string | null): boolean
  /** Puts a row where it belongs now. */
  place(row: Row): void
  drop(row: Row): void
  rows(group: string): readonly Row[]
  clear(): void
}

/** Makes empty groups. */
export function createGroups(): Groups {
  const rowsOf = new Map<string, Row[]>()
  const groupOfRow = new Map<Row, string>()
  let groupOf: ((row: Row) => string | null) | undefined

  function drop(row: Row): void {
    const group = groupOfRow.get(row)
    if (group === undefined) return
    groupOfRow.delete(row)
    const rows = rowsOf.get(group) ?? []
    const index = firstAtOrAbove(rows, row.position)
    if (rows[index] === row) rows.splice(index, 1)
    if (rows.length === 0) rowsOf.delete(group)
  }

  return {
    start(chosen) {
      if (groupOf) return false
      groupOf = chosen
      return true
    },
    place(row) {
      if (!groupOf || row.deleted) return
      const group = groupOf(row)
      if (groupOfRow.get(row) === (group ?? undefined)) return
      drop(row)
      if (group === null) return
      groupOfRow.set(row, group)
      const rows = rowsOf.get(group) ?? []
      rows.splice(firstAtOrAbove(rows, row.position), 0, row)
      rowsOf.set(group, rows)
    },
    drop,
    rows: (group) => rowsOf.get(group) ?? [],
    clear() {
      rowsOf.clear()
      groupOfRow.clear()
    },
  }
}

/** The index of the first row whose position is at least `position`; the rows are in order. */
export function firstAtOrAbove(rows: readonly (Row | undefined)[], position: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.position ?? 0) < position) low = middle + 1
    else high = middle
  }
  return low
}
