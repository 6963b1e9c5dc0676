/**
 * Owns the second names of a table's live rows, by which one can be found besides its id.
 * Promises: a deleted row has none; nothing but the map is kept, since there are as many names as rows.
 */
import type { Row } from './table.ts'

/** The names of one table. Nothing is kept until `start` was called. */
export type Names = {
  /** Returns false if names are already kept. */
  start(nameOf: (row: Row) => string): boolean
  /** Takes up a row as it is now. */
  place(row: Row): void
  /** Gives up the name that a row has; call it before its value changes. */
  drop(row: Row): void
  find(name: string): Row | undefined
  clear(): void
}

/** Makes empty names. */
export function createNames(): Names {
  const rows = new Map<string, Row>()
  let nameOf: ((row: Row) => string) | undefined
  return {
    start(chosen) {
      if (nameOf) return false
      nameOf = chosen
      return true
    },
    place(row) {
      if (nameOf && !row.deleted) rows.set(nameOf(row), row)
    },
    drop(row) {
      if (!nameOf || row.deleted) return
      const name = nameOf(row)
      if (rows.get(name) === row) rows.delete(name)
    },
    find: (name) => rows.get(name),
    clear: () => rows.clear(),
  }
}
