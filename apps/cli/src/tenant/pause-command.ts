// Owns `lockstep pause`: lets a tenant stand still until `lockstep resume`.
// Exit codes: 0 it stands still, 4 MongoDB is away, 2 wrong use.

import type { Store } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { type Command, InvalidArgumentError } from 'commander'
import { onTenant } from '../on-tenant.ts'
import { printObject, screenFor } from '../terminal/print.ts'
import { pauseTenant } from './pause-tenant.ts'
import { showPauses } from './show-pauses.ts'
import { newCommand } from '../terminal/command-line.ts'

/** A reason is a line that people read on `/ops`, no report (characters). */
const reasonMax = 200

interface Flags {
  inbound: boolean
  outbound: boolean
  reason: string
  json: boolean
}

/** The command. */
export function pauseCommand(): Command {
  return newCommand('pause', 'Lets the tenant stand still, both ways or one, until somebody resumes it.', [
    "pnpm lockstep pause --reason 'moving to another account'",
    "pnpm lockstep pause --outbound --reason 'Stripe asked us to stop'",
  ])
    .requiredOption('--reason <text>', 'why, for whoever finds it paused', reasonText)
    .option('--inbound', 'webhooks are kept, not acted on', false)
    .option('--outbound', 'nothing is sent to Stripe', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and, where set, TENANT_ID. Without --inbound and --outbound it
pauses both. It takes hold within a second or two; a call that is on its way
still ends. What stands still already keeps its first reason.

Ends with 0 (it stands still), 4 (MongoDB cannot be reached) or 2 (wrong use).`,
    )
    .action((flags: Flags) => onTenant((store, tenant) => pause(store, tenant, flags)))
}

async function pause(store: Store, tenant: Tenant, flags: Flags): Promise<void> {
  const both = flags.inbound === flags.outbound
  const paused = await pauseTenant(store, tenant._id, {
    inbound: both || flags.inbound,
    outbound: both || flags.outbound,
    detail: flags.reason,
    at: Date.now(),
  })
  if (flags.json) return printObject({ tenant: tenant._id, paused })
  const screen = screenFor(false)
  screen.done(`tenant ${tenant._id} is paused`)
  showPauses(screen, paused)
  screen.line()
  screen.note('pnpm lockstep resume lets it go on.')
}

function reasonText(text: string): string {
  const reason = text.trim()
  if (reason.length > 0 && reason.length <= reasonMax) return reason
  throw new InvalidArgumentError(`It must be a text of 1 to ${reasonMax} characters.`)
}
