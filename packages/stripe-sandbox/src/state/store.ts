/**
 * Owns all state of the sandbox: realms (one account in one mode), their tables, and units of work.
 * Promises: what happens inside one unit happens whole or not at all, in memory and in the journal; work that waits for a unit's end
 * (webhooks) runs only if the unit succeeded.
 */
import type { Journal } from './journal.ts'
import { createTable, type Change, type Stored, type Table, type TableKey } from './table.ts'

/** One account in one mode: nothing of it is seen from another. */
export type Realm = {
  readonly name: string
  readonly account: string
  readonly livemode: boolean
  table<T extends Stored>(key: TableKey<T>): Table<T>
  /** Forgets all that is in it. */
  clear(): void
}

/** All state. */
export type Store = {
  /** The realm of an account and mode; made when first asked for. */
  realm(account: string, livemode: boolean): Realm
  /** Realms that exist so far. */
  realms(): Realm[]
  /** Runs `work` as one unit; inside another unit it becomes part of that one. */
  unit<T>(work: () => T): T
  /** Runs `work` when the present unit has succeeded, or at once outside of one. */
  afterwards(work: () => void): void
  /** Forgets everything. */
  reset(): void
  close(): void
}

/** The account name of what belongs to the sandbox rather than to an account: bound keys, the clock. */
export const ownRealm = '_sandbox'

/** Opens the state, restored from the journal if there is one. */
export function openStore(journal: Journal | undefined): Store {
  const realms = new Map<string, Realm>()
  let unit: { changes: Change[]; later: (() => void)[] } | undefined
  let restoring = false

  const note = (change: Change) => {
    if (unit) unit.changes.push(change)
    else if (!restoring) journal?.append([change])
  }

  function realm(account: string, livemode: boolean): Realm {
    const name = `${account}/${livemode ? 'live' : 'test'}`
    const known = realms.get(name)
    if (known) return known
    const tables = new Map<string, Table<Stored>>()
    const made: Realm = {
      name,
      account,
      livemode,
      table<T extends Stored>(key: TableKey<T>): Table<T> {
        let table = tables.get(key.name)
        if (!table) {
          table = createTable<Stored>(name, key.name, note)
          tables.set(key.name, table)
        }
        const { groupOf, nameOf } = key
        // One name is declared with one row type (see each resource's TableKey), which a Map cannot express.
        const typed = table as unknown as Table<T>
        if (groupOf) typed.groupBy(groupOf)
        if (nameOf) typed.nameBy(nameOf)
        return typed
      },
      clear() {
        for (const table of tables.values()) table.clear()
      },
    }
    realms.set(name, made)
    return made
  }

  function runUnit<T>(work: () => T): T {
    const present = { changes: [] as Change[], later: [] as (() => void)[] }
    unit = present
    let result: T
    try {
      result = work()
      if (present.changes.length > 0) journal?.append(present.changes)
    } catch (error) {
      for (const change of present.changes.toReversed()) change.undo()
      throw error
    } finally {
      unit = undefined
    }
    for (const later of present.later) later()
    return result
  }

  restoring = true
  journal?.replay(({ realm: name, table, id, value, deleted }) => {
    const [account = '', mode] = name.split('/')
    const rows = realm(account, mode === 'live').table({ name: table })
    if (value === undefined) return rows.forget(id)
    // Every stored value has its id; the journal only holds stored values.
    rows.put(value as Stored)
    if (deleted) rows.remove(id)
  })
  restoring = false

  return {
    realm,
    realms: () => [...realms.values()],
    unit: (work) => (unit ? work() : runUnit(work)),
    afterwards: (work) => {
      if (unit) unit.later.push(work)
      else work()
    },
    reset() {
      // Emptied in place: work that is under way still holds its realm, and must find nothing there.
      for (const one of realms.values()) one.clear()
      journal?.clear()
    },
    close: () => journal?.close(),
  }
}
