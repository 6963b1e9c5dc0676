/**
 * Owns one kind of stored object: by id, and in the order of creation.
 * Promises: reads cost the same at 100,000 rows as at 100; rows keep their place for ever, so the id of a deleted object still works as a
 * cursor; each change is noted in the present unit of work, which can undo it.
 */
import type { JsonObject } from '../json.ts'
import { createGroups, firstAtOrAbove } from './groups.ts'
import { createNames } from './names.ts'

/** A stored value must at least have an id. */
export type Stored = JsonObject & { readonly id: string }

/** One place in the order of creation. A deleted row holds the stub that reads by id are answered with. */
export type Row = { readonly position: number; value: Stored; deleted: boolean }

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
export type TableKey<T extends Stored> = {
  readonly name: string
  readonly holds?: T
  /** What a row belongs to (a payment method to its customer): rows of one group can be walked without the others. */
  readonly groupOf?: (value: T) => string | null
  /** A second name that a live row has to itself (a customer's invoice prefix). */
  readonly nameOf?: (value: T) => string
}

/** The rows of one kind in one realm. */
export type Table<T extends Stored> = {
  /** The value, unless there is none or it was deleted. */
  get(id: string): T | undefined
  /** The live value with this second name. */
  named(name: string): T | undefined
  /** The row, deleted or not. */
  row(id: string): Row | undefined
  /** Inserts, or replaces in its place. */
  put(value: T): void
  /** Marks as deleted and keeps `stub` (by default the last value) for reads by id. */
  remove(id: string, stub?: Stored): void
  /** Forgets a row; its id is unknown from then on. */
  forget(id: string): void
  /** Live rows from the newest, or from the one below `position`; of one group, if given. */
  newestFirst(below?: number, group?: string): Generator<T>
  /** Live rows from the oldest, or from the one above `position`; of one group, if given. */
  oldestFirst(above?: number, group?: string): Generator<T>
  /** Begins to keep groups; rows that are there are put into theirs. Only the first call counts. */
  groupBy(groupOf: (value: T) => string | null): void
  /** Begins to keep second names; those of rows that are there, too. Only the first call counts. */
  nameBy(nameOf: (value: T) => string): void
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

  const groups = createGroups()
  const names = createNames()

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
    set(row, value, deleted)
    noteRow(value.id, row, before, () => {
      live += (before.deleted ? 0 : 1) - (row.deleted ? 0 : 1)
      set(row, before.value, before.deleted)
    })
  }

  function set(row: Row, value: Stored, deleted: boolean): void {
    names.drop(row)
    row.value = value
    row.deleted = deleted
    place(row)
  }

  function place(row: Row): void {
    groups.place(row)
    names.place(row)
  }

  function drop(row: Row): void {
    groups.drop(row)
    names.drop(row)
  }

  return {
    get(id) {
      const row = byId.get(id)
      return row && !row.deleted ? liveValue(row) : undefined
    },
    named(name) {
      const row = names.find(name)
      return row && liveValue(row)
    },
    row: (id) => byId.get(id),
    put(value) {
      const existing = byId.get(value.id)
      if (existing) return change(existing, value, false)
      const row: Row = { position: order.length, value, deleted: false }
      byId.set(value.id, row)
      order.push(row)
      place(row)
      noteRow(value.id, row, undefined, () => {
        byId.delete(value.id)
        order[row.position] = undefined
        drop(row)
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
      drop(row)
      while (head < order.length && order[head] === undefined) head++
      noteRow(id, undefined, row, () => {
        byId.set(id, row)
        order[row.position] = row
        place(row)
        head = Math.min(head, row.position)
        live += row.deleted ? 0 : 1
      })
    },
    *newestFirst(below = order.length, group) {
      const rows = group === undefined ? order : groups.rows(group)
      const start = group === undefined ? below : firstAtOrAbove(rows, below)
      const end = group === undefined ? head : 0
      for (let index = start - 1; index >= end; index--) {
        const row = rows[index]
        if (row && !row.deleted) yield liveValue(row)
      }
    },
    *oldestFirst(above = -1, group) {
      const rows = group === undefined ? order : groups.rows(group)
      const start = group === undefined ? Math.max(above + 1, head) : firstAtOrAbove(rows, above + 1)
      for (let index = start; index < rows.length; index++) {
        const row = rows[index]
        if (row && !row.deleted) yield liveValue(row)
      }
    },
    groupBy(groupOf) {
      // Only live rows are asked for their group, and those hold a T.
      if (groups.start((row) => groupOf(liveValue(row)))) for (const row of byId.values()) groups.place(row)
    },
    nameBy(nameOf) {
      if (names.start((row) => nameOf(liveValue(row)))) for (const row of byId.values()) names.place(row)
    },
    clear() {
      byId.clear()
      order.length = 0
      groups.clear()
      names.clear()
      live = 0
      head = 0
    },
    size: () => live,
  }
}
