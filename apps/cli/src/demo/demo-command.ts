// Owns the command line of `pnpm demo`.

import type { Command } from 'commander'
import { newCommand } from '../terminal/command-line.ts'

export interface DemoFlags {
  exit: boolean
  customers?: string
  json: boolean
}

/** The command; `run` gets its flags. */
export function demoCommand(run: (flags: DemoFlags) => Promise<void>): Command {
  return newCommand('pnpm demo', 'The first sync on real customers: everything local, nothing to set up.', [
    'pnpm demo',
    'pnpm demo --exit',
    'pnpm demo --customers my-customers.csv',
  ])
    .option('--exit', 'end after it: 0 if both sides agree, 3 if not', false)
    .option('--customers <file>', 'a CSV with the columns of data/chinook-customers.csv')
    .option('--json', 'print what was measured as one JSON object; the rest goes to stderr', false)
    .addHelpText(
      'after',
      `
Starts MongoDB, Redis, a local Stripe, the gateway and a worker; imports the
customers; changes them on both sides; kills the worker in the middle of a
burst; compares both sides. Without --exit it stays up until Ctrl-C.`,
    )
    .action(run)
}
