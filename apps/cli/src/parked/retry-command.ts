// Owns `lockstep retry`: lets parked customers go on, one by its id, or all.
// Exit codes: 0 whatever was asked for goes on, 3 some stay parked, 4 MongoDB is away, 2 wrong use.

import type { Store } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import type { Command } from 'commander'
import { asked, onTenant } from '../on-tenant.ts'
import { printObject, screenFor } from '../terminal/print.ts'
import { ExitWith, UsageError, newCommand } from '../terminal/command-line.ts'
import { parkedCustomers, type RetryResult, retryAll, retryOne } from './retry-parked.ts'

const stillParkedExit = 3
/** So many of those that stay are named on a screen; `--json` names all. */
const namedMax = 20

interface Flags {
  all: boolean
  code?: string
  yes: boolean
  json: boolean
}

/** The command. */
export function retryCommand(): Command {
  return newCommand('retry', 'Lets parked customers go on, once what their code says was put right.', [
    'pnpm lockstep retry 01980b5e-7a3c-7cc4-a0b1-2f6d1c9e8a77',
    'pnpm lockstep retry --all --code internal',
    'pnpm lockstep retry --all --yes',
  ])
    .argument('[customer id]', 'the one to free')
    .option('--all', 'free all that are parked', false)
    .option('--code <code>', 'with --all: only those parked with this code')
    .option('--yes', 'with --all: do not ask', false)
    .option('--json', 'print one JSON object; with --all it needs --yes', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and, where set, TENANT_ID. A worker goes on within ten seconds;
while the tenant is paused, after it was resumed.
A Stripe call that was under way is repeated under its own key. After
idempotency_error its outcome counts as unknown, and Stripe is looked at first.
doubt_too_old is not lifted by a retry.

Ends with 0 (all that was asked for goes on), 3 (some stay parked), 4 (MongoDB
cannot be reached) or 2 (wrong use).`,
    )
    .action((id: string | undefined, flags: Flags) => {
      if ((id === undefined) !== flags.all) throw new UsageError('Name either one customer id or --all.')
      if (flags.code !== undefined && !flags.all) throw new UsageError('--code goes with --all.')
      if (flags.json && flags.all && !flags.yes) throw new UsageError('--json with --all needs --yes.')
      return onTenant((store, tenant) =>
        id === undefined ? retryMany(store, tenant, flags) : retrySingle(store, tenant, id, flags),
      )
    })
}

async function retrySingle(store: Store, tenant: Tenant, id: string, { json }: Flags): Promise<void> {
  const doc = await store.readCustomer({ tenantId: tenant._id, customerId: id })
  if (!doc) throw new UsageError(`Tenant ${tenant._id} has no customer ${id}.`)
  tell(tenant, await retryOne(store, doc, Date.now()), json)
}

async function retryMany(store: Store, tenant: Tenant, { code, yes, json }: Flags): Promise<void> {
  const query = { tenantId: tenant._id, ...(code !== undefined && { code }) }
  if (!yes) {
    let count = 0
    for await (const _ of parkedCustomers(store, query)) count++
    if (count > 0 && !(await asked(`  Retry ${customers(count)} of tenant ${tenant._id}? [y/N] `))) {
      screenFor(json).failed(`${customers(count)} parked, nothing was changed`, 'see --yes')
      throw new ExitWith(stillParkedExit)
    }
  }
  tell(tenant, await retryAll(store, { ...query, now: Date.now() }), json)
}

function tell(tenant: Tenant, { freed, left }: RetryResult, json: boolean): void {
  if (json) printObject({ tenant: tenant._id, retried: freed, left })
  else {
    const screen = screenFor(false)
    if (freed.length > 0) {
      screen.done(`${customers(freed.length)} retried`, 'a worker goes on within ten seconds')
      if (tenant.paused_outbound) screen.note('The tenant is paused: they wait for pnpm lockstep resume.')
    } else if (left.length === 0) screen.done('nothing was parked')
    for (const { id, code, reason } of left.slice(0, namedMax)) {
      screen.failed(id, `stays parked: ${code}`)
      screen.paragraph(reason)
    }
    if (left.length > namedMax) screen.note(`… and ${customers(left.length - namedMax)} more`)
  }
  if (left.length > 0) throw new ExitWith(stillParkedExit)
}

function customers(count: number): string {
  return count === 1 ? '1 customer' : `${count} customers`
}
