// Owns `lockstep verify`: its flags, what it prints, its exit codes.
// Exit codes: 0 both sides agree, 3 they do not, 4 a side could not be reached, 2 wrong use (a wrong key included).

import { StoreUnavailable } from '@lockstep/domain/store/store'
import { Command } from 'commander'
import { readSidesEnvironment, type SidesEnvironment } from '../environment.ts'
import { ExitWith, UsageError } from '../terminal/command-line.ts'
import { openScreen } from '../terminal/screen.ts'
import { type Comparison, compareSides } from './compare-sides.ts'
import { NotComparable, openSides } from './open-sides.ts'
import { type About, comparisonObject, printComparison } from './print-comparison.ts'
import { KeyRefused, StripeUnreachable } from './stripe-side.ts'

const driftExit = 3
const unreachableExit = 4

/** The command; it reads the environment and writes to standard output. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('Compares every customer of the tenant with every customer of its Stripe account.')
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and STRIPE_SECRET_KEY, and where set STRIPE_API_BASE, TENANT_ID
and REDIS_URL (to share the workers' budget of calls).
Fields that Stripe refused, or that have no form there, are held: no drift.

Ends with 0 (they agree), 3 (they differ), 4 (a side cannot be reached) or 2
(wrong use, or a key of another account).

Examples:
  pnpm lockstep verify
  pnpm lockstep verify --json | jq '.differences[].kind'`,
    )
    .action(verify)
}

async function verify({ json }: { json: boolean }): Promise<void> {
  const environment = readSidesEnvironment(process.env)
  try {
    const { about, comparison } = await compared(environment)
    if (json) process.stdout.write(`${JSON.stringify({ ...about, ...comparisonObject(comparison) })}\n`)
    else printComparison(openScreen(process.stdout, process.env), about, comparison)
    throw new ExitWith(comparison.agreed ? 0 : driftExit)
  } catch (error) {
    const reason = unreachable(error)
    if (reason === null) throw asUsage(error)
    if (json) process.stdout.write(`${JSON.stringify({ error: { code: 'unreachable', message: reason } })}\n`)
    else openScreen(process.stderr, process.env).failed('cannot compare', reason)
    throw new ExitWith(unreachableExit)
  }
}

async function compared(environment: SidesEnvironment): Promise<{ about: About; comparison: Comparison }> {
  const sides = await openSides(environment)
  try {
    const about = { tenant: sides.tenantId, account: sides.account, livemode: sides.tenant.livemode }
    return { about, comparison: await compareSides(sides) }
  } finally {
    await sides.close()
  }
}

function unreachable(error: unknown): string | null {
  if (error instanceof StoreUnavailable) return 'MongoDB is away'
  return error instanceof StripeUnreachable ? error.message : null
}

function asUsage(error: unknown): unknown {
  const wrong = error instanceof NotComparable || error instanceof KeyRefused
  return wrong ? new UsageError(`Nothing was compared: ${error.message}.`) : error
}
