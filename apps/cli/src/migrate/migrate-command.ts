// Owns `lockstep migrate`: brings the database to this version's shape, or only says what that would change.
// Promises: safe to run while gateways and workers of this version go on, to stop, and to run again.

import { randomUUID } from 'node:crypto'
import { systemClock } from '@lockstep/domain/clock/clock'
import { type MigrateOutcome, migrateDatabase } from '@lockstep/domain/store/mongo/migrations/migrate'
import { migrations } from '@lockstep/domain/store/mongo/migrations/all'
import { StoreUnavailable } from '@lockstep/domain/store/store'
import type { Command } from 'commander'
import { readStoreEnvironment } from '../environment.ts'
import { printObject, screenFor } from '../terminal/print.ts'
import { ExitWith, newCommand } from '../terminal/command-line.ts'
import type { Screen } from '../terminal/screen.ts'

const stoppedExit = 3
const unreachableExit = 4

/** The command. */
export function migrateCommand(): Command {
  return newCommand('migrate', "Brings the database to this version's shape.", [
    'pnpm lockstep migrate --dry-run',
    'pnpm lockstep migrate',
  ])
    .option('--dry-run', 'only count what would change', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL. Run it once every process has this version: they may go on
meanwhile. It can be stopped, and goes on where it was.

Ends with 0 (done), 3 (stopped, or at work elsewhere), 4 (MongoDB cannot be
reached) or 2 (wrong use).`,
    )
    .action(run)
}

async function run({ dryRun, json }: { dryRun: boolean; json: boolean }): Promise<void> {
  const { mongoUrl } = readStoreEnvironment(process.env)
  const screen = screenFor(json)
  const outcome = await migrated(screen, mongoUrl, dryRun)
  if (json) printObject({ dry_run: dryRun, ...outcome })
  else tell(screen, outcome, dryRun)
  if (outcome.kind !== 'done') throw new ExitWith(stoppedExit)
}

async function migrated(screen: Screen, url: string, dryRun: boolean): Promise<MigrateOutcome> {
  const stopping = new AbortController()
  for (const told of ['SIGINT', 'SIGTERM'] as const) process.once(told, () => stopping.abort())
  try {
    return await migrateDatabase(
      { url },
      { clock: systemClock, holder: randomUUID(), dryRun, signal: stopping.signal },
    )
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    screen.failed('not done, or not to its end', 'MongoDB is away: run it again')
    throw new ExitWith(unreachableExit)
  }
}

function tell(screen: Screen, outcome: MigrateOutcome, dryRun: boolean): void {
  if (outcome.kind === 'stopped') return screen.failed('stopped', 'run it again: it goes on where it was')
  if (outcome.kind === 'elsewhere') {
    const until = new Date(outcome.until).toISOString()
    return screen.failed('another process is at it', `its turn ends at ${until} unless it goes on`)
  }
  const { from, to, moves } = outcome
  if (moves.length === 0) return screen.done(`the schema is of version ${to}`, 'nothing is to be done')
  for (const { name, read, changed } of moves) {
    const does = migrations.find((each) => each.name === name)?.does ?? name
    screen.done(`${changed} documents ${dryRun ? 'would change' : 'changed'}`, `of ${read} read`)
    screen.paragraph(does)
  }
  if (dryRun) screen.note(`version ${from} would become ${to}: nothing was written`)
  else screen.note(`the schema is of version ${to} now, it was ${from}`)
}
