// Owns `lockstep observe`: Stripe is only read for a tenant from now on, or both ways again.
// Exit codes: 0 it is so, 3 nobody agreed to send again, 4 MongoDB is away, 2 wrong use.

import { systemClock } from '@lockstep/domain/clock/clock'
import type { Store } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { trustedMs } from '@lockstep/worker/tenant-gate'
import type { Command } from 'commander'
import { asked, onTenant } from '../on-tenant.ts'
import { printObject, screenFor } from '../terminal/print.ts'
import { ExitWith, newCommand } from '../terminal/command-line.ts'
import { observeTenant } from './observe-tenant.ts'

const notAgreedExit = 3

interface Flags {
  off: boolean
  yes: boolean
  json: boolean
}

/** The command. */
export function observeCommand(): Command {
  return newCommand('observe', 'Only reads Stripe for the tenant: nothing is sent to it, until --off.', [
    'pnpm lockstep observe',
    'pnpm lockstep observe --off',
  ])
    .option('--off', 'sync both ways again', false)
    .option('--yes', 'with --off: do not ask', false)
    .option('--json', 'print one JSON object; with --off it needs --yes', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and, where set, TENANT_ID. Webhooks are acted on and Stripe is
looked at. Writes of callers are applied here and shown as sync.state
"observing"; what they would send waits, and commands (credits and the like)
stay "waiting". A call that is on its way still ends. With --off all that waits
is sent.

Ends with 0 (it is so), 3 (nobody agreed to send again), 4 (MongoDB cannot be
reached) or 2 (wrong use).`,
    )
    .action((flags: Flags) => onTenant((store, tenant) => observe(store, tenant, flags)))
}

async function observe(store: Store, tenant: Tenant, { off, yes, json }: Flags): Promise<void> {
  const screen = screenFor(json)
  const is = tenant.observe_only === true
  if (off && is && !yes) {
    const { unsyncedCustomers } = await store.backlog()
    if (!json) screen.note(`${unsyncedCustomers} customers have something that waits`)
    if (json || !(await asked(`  Send it to Stripe? [y/N] `))) {
      if (json) printObject({ tenant: tenant._id, observing: true })
      else screen.failed(`tenant ${tenant._id} still only observes`, 'see --yes')
      throw new ExitWith(notAgreedExit)
    }
  }
  if (off === is) await observeTenant(store, tenant._id, !off)
  // Workers trust what they read of a tenant for as long: then it is so for all of them.
  if (off === is && !off) await systemClock.sleep(trustedMs)
  if (json) printObject({ tenant: tenant._id, observing: !off })
  else if (off) screen.done(`tenant ${tenant._id} syncs both ways`)
  else screen.done(`tenant ${tenant._id} only observes`, 'nothing is sent to Stripe')
}
