// Owns `lockstep parked`: lists the customers that wait for a person, and why.
// Exit codes: 0 they are listed (or nobody is parked), 4 MongoDB is away, 2 wrong use.

import type { Store } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import type { Command } from 'commander'
import { onTenant } from '../on-tenant.ts'
import { printObject, screenFor } from '../terminal/print.ts'
import { wholeNumber, newCommand } from '../terminal/command-line.ts'
import { parkedCustomers } from './retry-parked.ts'
import { type ParkedCustomer, parkedCustomer, showParked } from './show-parked.ts'

/** More than a person reads; a program asks for as many as it wants. */
const limitDefault = 100
const limitMax = 100_000

interface Flags {
  code?: string
  limit: number
  json: boolean
}

/** The command. */
export function parkedCommand(): Command {
  return newCommand('parked', 'Lists the customers whose sync failed for good, and says why.', [
    'pnpm lockstep parked',
    'pnpm lockstep parked --code internal',
    "pnpm lockstep parked --json | jq -r '.parked[].id'",
  ])
    .option('--code <code>', 'only those parked with this code')
    .option('--limit <count>', 'list at most so many', wholeNumber(1, limitMax), limitDefault)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and, where set, TENANT_ID. Put right what the code says, then
free them by: pnpm lockstep retry

Ends with 0 (they are listed), 4 (MongoDB cannot be reached) or 2 (wrong use).`,
    )
    .action((flags: Flags) => onTenant((store, tenant) => list(store, tenant, flags)))
}

async function list(store: Store, tenant: Tenant, { code, limit, json }: Flags): Promise<void> {
  const parked: ParkedCustomer[] = []
  let more = false
  for await (const doc of parkedCustomers(store, { tenantId: tenant._id, ...(code && { code }) })) {
    more = parked.length === limit
    if (more) break
    const customer = parkedCustomer(doc)
    if (customer) parked.push(customer)
  }
  if (json) return printObject({ tenant: tenant._id, parked, more })
  const screen = screenFor(false)
  if (parked.length === 0) return screen.done(`no customer of tenant ${tenant._id} is parked`)
  showParked(screen, parked)
  screen.line()
  if (more) screen.note(`There are more than these ${limit}: see --limit and --code.`)
  screen.note('Put right what the code says, then: pnpm lockstep retry --all --code CODE')
}
