/** Owns the list of commands, in the order of the help. The first is meant where none is named. */
import { advance, reset, seed } from './change-state.ts'
import type { Command } from './command.ts'
import { faults } from './faults.ts'
import { listen } from './listen.ts'
import { resend, trigger } from './send-events.ts'
import { start } from './start.ts'

/** Every command. */
export const commands: readonly [Command, ...Command[]] = [
  start,
  listen,
  trigger,
  resend,
  seed,
  advance,
  faults,
  reset,
]
