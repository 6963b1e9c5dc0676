// Owns what the commands that change a tenant's data share: its store opened and closed, its record read, a person asked.
// Promises: where MongoDB is away they say that nothing more was changed and end with 4; nobody is asked without a
// terminal, and no answer is no.

import { createInterface } from 'node:readline/promises'
import { openMongoStore } from '@lockstep/domain/store/mongo/open-store'
import { type Store, StoreUnavailable } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { readStoreEnvironment } from './environment.ts'
import { ExitWith, UsageError } from './terminal/command-line.ts'
import { openScreen } from './terminal/screen.ts'

const unreachableExit = 4

/** Runs `work` on the environment's tenant. @throws UsageError without such a tenant; ExitWith 4 without MongoDB */
export async function onTenant(work: (store: Store, tenant: Tenant) => Promise<void>): Promise<void> {
  const { mongoUrl, tenantId } = readStoreEnvironment(process.env)
  try {
    const store = await openMongoStore({ url: mongoUrl, poolSize: 1, appName: 'lockstep-cli' })
    try {
      const tenant = await store.readTenant(tenantId)
      if (!tenant)
        throw new UsageError(
          `MongoDB has no tenant ${tenantId}. See TENANT_ID; pnpm lockstep connect makes one.`,
        )
      await work(store, tenant)
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    openScreen(process.stderr, process.env).failed('it was not done, or not to its end', 'MongoDB is away')
    throw new ExitWith(unreachableExit)
  }
}

/** Asks on the terminal; true only for a yes. */
export async function asked(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const input = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await input.question(question).finally(() => input.close())
  return /^y(es)?$/i.test(answer.trim())
}
