// Owns `lockstep resume`: shows why a tenant stands still, asks, and lets it go on.
// Exit codes: 0 nothing is paused any more, 3 it is still paused, 4 MongoDB is away, 2 wrong use.

import type { Store } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import type { Command } from 'commander'
import { asked, onTenant } from '../on-tenant.ts'
import { printObject, screenFor } from '../terminal/print.ts'
import { ExitWith, newCommand } from '../terminal/command-line.ts'
import { type Paused, pausesOf, resumeTenant } from './resume-tenant.ts'
import { showPauses } from './show-pauses.ts'

const stillPausedExit = 3

interface Flags {
  inbound: boolean
  outbound: boolean
  yes: boolean
  json: boolean
}

/** The command. */
export function resumeCommand(): Command {
  return newCommand('resume', 'Shows why the tenant is paused and lets its traffic go on.', [
    'pnpm lockstep resume',
    'pnpm lockstep resume --yes',
  ])
    .option('--inbound', 'only let webhooks be acted on', false)
    .option('--outbound', 'only let Stripe be called', false)
    .option('--yes', 'do not ask', false)
    .option('--json', 'print one JSON object; without --yes it only shows the pause', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and, where set, TENANT_ID. Without --inbound and --outbound it
lifts both. The workers go on within a second or two. A direction that was not
asked for stays as it is.

Ends with 0 (nothing is paused any more), 3 (it is still paused), 4 (MongoDB
cannot be reached) or 2 (wrong use).`,
    )
    .action((flags: Flags) => onTenant((store, tenant) => resume(store, tenant, flags)))
}

async function resume(store: Store, tenant: Tenant, flags: Flags): Promise<void> {
  const { yes, json } = flags
  const screen = screenFor(json)
  const tenantId = tenant._id
  const paused = pausesOf(tenant)
  if (paused === null) {
    if (json) printObject({ tenant: tenantId, resumed: false, paused: null })
    else screen.done(`tenant ${tenantId} is not paused`)
    return
  }
  if (!json) showPauses(screen, paused)
  const agreed = yes || (!json && (await asked(`  Let tenant ${tenantId} go on? [y/N] `)))
  const left = agreed ? await resumeTenant(store, tenantId, chosen(paused, flags)) : paused
  if (json) printObject({ tenant: tenantId, resumed: left === null, paused: left })
  else if (left === null) screen.done(`tenant ${tenantId} goes on`)
  else screen.failed(`tenant ${tenantId} stays paused`)
  if (left !== null) throw new ExitWith(stillPausedExit)
}

/** The directions that were asked for; both where none was. */
function chosen({ inbound, outbound }: Paused, flags: Flags): Paused {
  const both = flags.inbound === flags.outbound
  return {
    inbound: both || flags.inbound ? inbound : null,
    outbound: both || flags.outbound ? outbound : null,
  }
}
