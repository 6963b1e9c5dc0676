// Owns how the plan of a query is read, on MongoDB and on its stand-in, which tell it in words of their own.
// Promises: what is explained is the very command that the store sent.

import mongoose from 'mongoose'
import { openMongoStore } from '../../src/store/mongo/open-store.ts'
import type { Store } from '../../src/store/store.ts'

export interface Plan {
  indexes: string[]
  scans: boolean
  sorts: boolean
}

export interface PlannedStore {
  store: Store
  /** The plan of every query that this sends. */
  plansOf: (run: () => Promise<unknown>) => Promise<Plan[]>
}

/** A store in this database whose commands are seen. */
export async function openPlannedStore(mongoUrl: string, db: string): Promise<PlannedStore> {
  const url = new URL(mongoUrl)
  url.searchParams.set('monitorCommands', 'true')
  const store = await openMongoStore({ url: url.href, db, poolSize: 8, timeoutMs: 30_000 })
  const connection = mongoose.connections.findLast(({ name }) => name === db)
  if (!connection) throw new Error('the store has no connection')
  const sent: mongoose.mongo.Document[] = []
  connection.getClient().on('commandStarted', ({ command }) => void sent.push(command))
  return {
    store,
    async plansOf(run) {
      sent.length = 0
      await run()
      const finds = sent.filter((command) => 'find' in command)
      return await Promise.all(
        finds.map(async ({ lsid: _, $db: __, readConcern: ___, $readPreference: ____, ...find }) => {
          const told = await connection.db?.command({ explain: find, verbosity: 'queryPlanner' })
          return planIn(told)
        }),
      )
    },
  }
}

/** MongoDB: `stage` and `indexName` of the winning plan. Stand-in: `Node Type` and `IndexDetails` of PostgreSQL's. */
function planIn(told: unknown): Plan {
  const plan: Plan = { indexes: [], scans: false, sorts: false }
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) walk(each)
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return
    for (const [name, value] of Object.entries(node)) {
      // Plans that were thought of and not taken.
      if (name === 'rejectedPlans' || name === 'IndexCosts') continue
      if (name === 'stage' || name === 'Node Type') {
        plan.scans ||= value === 'COLLSCAN' || value === 'Seq Scan'
        plan.sorts ||= value === 'SORT' || value === 'Sort'
      }
      if (name === 'indexName') plan.indexes.push(String(value))
      walk(value)
    }
  }
  walk(told)
  return plan
}
