// Owns `lockstep verify`: its flags, what it prints, its exit codes.
// Exit codes: 0 both sides agree, 3 they do not, 4 a side could not be reached, 2 wrong use (a wrong key included).

import type { Command } from 'commander'
import { readSidesEnvironment } from '../environment.ts'
import { ExitWith, newCommand } from '../terminal/command-line.ts'
import { openScreen } from '../terminal/screen.ts'
import { compareSides } from './compare-sides.ts'
import { onSides } from './on-sides.ts'
import { aboutOf, comparisonObject, printComparison } from './print-comparison.ts'

const driftExit = 3

/** The command; it reads the environment and writes to standard output. */
export function verifyCommand(): Command {
  return newCommand(
    'verify',
    'Compares every customer of the tenant with every customer of its Stripe account.',
    ['pnpm lockstep verify', "pnpm lockstep verify --json | jq '.differences[].kind'"],
  )
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and STRIPE_SECRET_KEY, and where set STRIPE_API_BASE, TENANT_ID
and REDIS_URL (to share the workers' budget of calls).
Fields that Stripe refused, or that have no form there, are held: no drift,
unless Stripe shows a value that was not looked at yet.

Ends with 0 (they agree), 3 (they differ), 4 (a side cannot be reached) or 2
(wrong use, or a key of another account).`,
    )
    .action(verify)
}

async function verify({ json }: { json: boolean }): Promise<void> {
  const environment = readSidesEnvironment(process.env)
  const { about, comparison } = await onSides(
    environment,
    { json, nothingWas: 'nothing was compared' },
    async (sides) => ({ about: aboutOf(sides), comparison: await compareSides(sides) }),
  )
  if (json) process.stdout.write(`${JSON.stringify({ ...about, ...comparisonObject(comparison) })}\n`)
  else printComparison(openScreen(process.stdout, process.env), about, comparison)
  throw new ExitWith(comparison.agreed ? 0 : driftExit)
}
