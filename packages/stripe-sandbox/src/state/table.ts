/**
 * Owns one kind of stored object: by id, and in the order of creation.
 * Promises: reads cost the same at 100,000 rows as at 100; rows keep their place for ever, so the id of a deleted object still works as a
 * cursor; each change is noted in the present unit of work, which can undo it.
 */
import type { JsonObject } from '../json.ts'

/** A stored value must at least have an id. */
export type Stored = JsonObject & { readonly id: string }

/** One place in the order of creation. A deleted row holds the stub that reads by id are answered with. */
export type Row = { readonly position: number; readonly id: string; value: Stored; deleted: boolean }

/** A change of one row: what it was before (undefined: it did not exist) and is now (undefined: it was forgotten). */
export type Change = {
  readonly realm: string
  readonly table: string
  readonly id: string
  readonly value: JsonObject | undefined
  readonly deleted: boolean
  undo(): void
}

/** A kind of object and its place in a realm; `T` is what its rows hold. */
export type TableKey<T extends Stored> = { readonly name: string; readonly holds?: T }

/** The rows of one kind in one realm. */
export type Table<T extends Stored> = {
  /** The value, unless there is none or it was deleted. */
  get(id: string): T | undefined
  /** The row, deleted or not. */
  row(id: string): Row | undefined
  /** Inserts, or replaces in its place. */
  put(value: T): void
  /** Marks as deleted and keeps `stub` (by default the last value) for reads by id. */
  remove(id: string, stub?: Stored): void
  /** Forgets a row; its id is unknown from then on. */
  forget(id: string): void
  /** Live rows from the newest, or from the one below `position`. */
  newestFirst(below?: number): Generator<T>
  /** Live rows from the oldest, or from the one above `position`. */
  oldestFirst(above?: number): Generator<T>
  /** Forgets every row, as if there had never been one; not part of a unit of work. */
  clear(): void
  /** The number of rows that are neither deleted nor forgotten. */
  size(): number
}

/** Makes a table; `note` receives every change. */
export function createTable<T extends Stored>(
  realm: string,
  name: string,
  note: (change: Change) => void,
): Table<T> {
  const byId = new Map<string, Row>()
  const order: (Row | undefined)[] = []
  let live = 0
  /** Below it everything is forgotten: pruning the oldest again and again must not walk over the gaps. */
  let head = 0

  /** Only `put` makes a row live, and it takes nothing but T. */
  const liveValue = (row: Row) => row.value as T

  function noteRow(
    id: string,
    row: Row | undefined,
    before: { value: Stored; deleted: boolean } | undefined,
    undo: () => void,
  ): void {
    note({ realm, table: name, id, value: row?.value, deleted: row?.deleted ?? false, undo })
    live += (row && !row.deleted ? 1 : 0) - (before && !before.deleted ? 1 : 0)
  }

  function change(row: Row, value: Stored, deleted: boolean): void {
    const before = { value: row.value, deleted: row.deleted }
    row.value = value
    row.deleted = deleted
    noteRow(row.id, row, before, () => {
      live += (before.deleted ? 0 : 1) - (row.deleted ? 0 : 1)
      row.value = before.value
      row.deleted = before.deleted
    })
  }

  return {
    get(id) {
      const row = byId.get(id)
      return row && !row.deleted ? liveValue(row) : undefined
    },
    row: (id) => byId.get(id),
    put(value) {
      const existing = byId.get(value.id)
      if (existing) return change(existing, value, false)
      const row: Row = { position: order.length, id: value.id, value, deleted: false }
      byId.set(row.id, row)
      order.push(row)
      noteRow(row.id, row, undefined, () => {
        byId.delete(row.id)
        order[row.position] = undefined
        live -= row.deleted ? 0 : 1
      })
    },
    remove(id, stub) {
      const row = byId.get(id)
      if (row && !row.deleted) change(row, stub ?? row.value, true)
    },
    forget(id) {
      const row = byId.get(id)
      if (!row) return
      byId.delete(id)
      order[row.position] = undefined
      while (head < order.length && order[head] === undefined) head++
      noteRow(id, undefined, row, () => {
        byId.set(id, row)
        order[row.position] = row
        head = Math.min(head, row.position)
        live += row.deleted ? 0 : 1
      })
    },
    *newestFirst(below = order.length) {
      for (let position = below - 1; position >= head; position--) {
        const row = order[position]
        if (row && !row.deleted) yield liveValue(row)
      }
    },
    *oldestFirst(above = -1) {
      for (let position = Math.max(above + 1, head); position < order.length; position++) {
        const row = order[position]
        if (row && !row.deleted) yield liveValue(row)
      }
    },
    clear() {
      byId.clear()
      order.length = 0
      live = 0
      head = 0
    },
    size: () => live,
  }
}
