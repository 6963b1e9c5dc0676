// Owns the command line of `pnpm stack`.

import { type Command, Option } from 'commander'
import { newCommand, wholeNumber } from '../terminal/command-line.ts'
import type { SandboxLimits } from './programs.ts'

export interface StackFlags {
  workers: number
  gateways: number
  sandboxLimits: SandboxLimits
  json: boolean
}

/** More processes than this on one machine is a slip of the finger. */
const processesMax = 32

/** The command; `run` gets its flags. */
export function stackCommand(run: (flags: StackFlags) => Promise<void>): Command {
  return newCommand(
    'pnpm stack',
    'Runs the whole system in the foreground: MongoDB, Redis, a local Stripe, gateways and workers.',
    ['pnpm stack', 'pnpm stack --workers 2 --gateways 2', 'pnpm stack --sandbox-limits off --json | head -1'],
  )
    .option('--workers <n>', 'worker processes', wholeNumber(0, processesMax), 1)
    .option(
      '--gateways <n>',
      'gateway processes; Stripe’s webhooks go to the first',
      wholeNumber(1, processesMax),
      1,
    )
    .addOption(
      new Option('--sandbox-limits <limits>', 'rate limits of the local Stripe, and of the workers')
        .choices(['off', 'sandbox', 'live'])
        .default('sandbox'),
    )
    .option('--json', 'print one JSON object when everything is ready, then one line for each restart', false)
    .addHelpText(
      'after',
      `
A process that dies is started again. SIGTERM or Ctrl-C ends everything.`,
    )
    .action(run)
}
