// Owns `lockstep import`: customers, or events of theirs, of a CSV or NDJSON file, written through the API.
// Promises: memory does not grow with the file; a row that is refused stops no other; an import that was cut off goes on
// where it was, and run twice it makes nobody twice.
// Exit codes: 0 all are imported, 3 some were refused, 4 the gateway is away, 2 wrong use.

import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import { printObject, screenFor } from '../terminal/print.ts'
import { apiExits, withApi } from '../resources/open-api.ts'
import { ExitWith, newCommand, UsageError } from '../terminal/command-line.ts'
import type { Screen } from '../terminal/screen.ts'
import type { ColumnMap } from './csv-columns.ts'
import { markOf, type ProgressFile, progressFile } from '../terminal/progress-file.ts'
import { type Format, formatOf, type Kind, readRows } from './read-rows.ts'
import { batchesOf, type KnownKeys, type RefusedRow, sendRows } from './send-rows.ts'

/** Refused rows that are shown one by one; the rest is counted, and `--refused` has all. */
const shownMax = 20

interface Flags {
  format?: Format
  map?: ColumnMap
  as: Kind
  refused?: string
  restart: boolean
  dryRun: boolean
  json: boolean
}

const noteSchema = z.object({ rows: z.number(), imported: z.number(), refused: z.number() })
/** How far an import is. */
type Note = z.output<typeof noteSchema>

/** The command. */
export function importCommand(): Command {
  return newCommand('import', 'Creates customers or events from a CSV or NDJSON file of any size.', [
    'pnpm lockstep import customers.csv',
    "pnpm lockstep import crm.csv --map 'Company=metadata.company' --map 'Fax='",
    'pnpm lockstep import customers.ndjson --refused refused.ndjson --json',
    "pnpm lockstep import orders.csv --as events --map 'Total=data.total'",
  ])
    .argument('<file>', 'the file, or - for standard input')
    .option('--format <format>', 'csv or ndjson, where the name does not tell', format)
    .option('--as <kind>', 'what the rows are: customers or events', kindOf, 'customers')
    .option('--map <column=field>', 'what a column is; may be given again', mapping)
    .option('--refused <file>', 'write the refused rows there, as NDJSON')
    .option('--restart', 'begin anew, whatever was imported before', false)
    .option('--dry-run', 'read the whole file, and send nothing', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
A CSV has a header with the API's fields (email, billing_address.city,
metadata.plan), or that of the Chinook sample database. A line of NDJSON is the
body of POST /v1/customers. With --as events the columns are type, customer_key
or customer_id, and data.…; a line of NDJSON is the body of POST /v1/events,
which may name its customer by customer_key; lines that say the same are one
event. The invoices of the Chinook sample database become events of its
customers: nobody is charged. Reads LOCKSTEP_URL and LOCKSTEP_API_KEY.

How far it is stands beside the file, in FILE.progress: run it again to go on.

Ends with 0 (all are imported), 3 (some were refused), 4 (the gateway cannot be
reached) or 2 (wrong use).`,
    )
    .action(runImport)
}

async function runImport(path: string, flags: Flags): Promise<void> {
  const kind = flags.format ?? formatOf(path)
  if (kind === null) throw new UsageError(`${path}: say --format csv or --format ndjson`)
  const size = sizeOf(path)
  const rows = readRows({ path, format: kind, kind: flags.as, map: flags.map ?? new Map() })
  const screen = screenFor(flags.json)
  if (flags.dryRun) return await readOnly(rows, screen, flags)
  const progress = path === '-' ? null : progressFile(path, noteSchema, markOf(path))
  const note = (flags.restart ? null : progress?.read()) ?? { rows: 0, imported: 0, refused: 0 }
  if (note.rows > 0) screen.note(`${note.rows} rows were imported before; it goes on behind them`)
  const kept = flags.refused === undefined ? null : openSync(flags.refused, note.rows > 0 ? 'a' : 'w')
  const known: KnownKeys = new Map()
  const bar = size === null ? null : screen.progress('percent read', 100)
  try {
    await withApi(async (api) => {
      for await (const batch of batchesOf(rows)) {
        const left = batch.filter(({ row }) => row > note.rows)
        const last = batch.at(-1)
        if (left.length === 0 || !last) continue
        const sent = await sendRows(api, left, known)
        tellRefused(screen, sent.refused, note.refused)
        for (const each of sent.refused) if (kept !== null) writeSync(kept, `${JSON.stringify(each)}\n`)
        take(note, { rows: last.row, imported: sent.imported, refused: sent.refused.length }, progress)
        if (size !== null) bar?.at(Math.min(100, Math.floor((100 * last.bytes) / Math.max(1, size))))
      }
    })
  } finally {
    bar?.end()
    if (kept !== null) closeSync(kept)
  }
  progress?.remove()
  if (flags.json) printObject(note)
  else screen.done(`${note.imported} of ${note.rows} rows are imported`)
  if (note.refused > shownMax) screen.note(`${note.refused} rows were refused: --refused FILE keeps them`)
  if (note.refused > 0) throw new ExitWith(apiExits.refused)
}

function take(note: Note, more: Note, progress: ProgressFile<Note> | null): void {
  note.rows = more.rows
  note.imported += more.imported
  note.refused += more.refused
  progress?.write(note)
}

async function readOnly(rows: ReturnType<typeof readRows>, screen: Screen, { json }: Flags): Promise<void> {
  let [read, malformed] = [0, 0]
  for await (const { row, body, problem } of rows) {
    read += 1
    if (body) continue
    malformed += 1
    if (malformed <= shownMax) screen.failed(`row ${row}`, problem ?? '')
  }
  if (json) printObject({ dry_run: true, rows: read, malformed })
  else screen.done(`${read} rows can be read`, malformed > 0 ? `${malformed} cannot` : undefined)
  if (malformed > 0) throw new ExitWith(apiExits.refused)
}

function tellRefused(screen: Screen, refused: readonly RefusedRow[], before: number): void {
  for (const { row, code, errors } of refused.slice(0, Math.max(0, shownMax - before)))
    screen.failed(`row ${row}: ${code}`, errors.map(({ field, message }) => `${field} ${message}`).join('; '))
}

function sizeOf(path: string): number | null {
  if (path === '-') return null
  try {
    return statSync(path).size
  } catch {
    throw new UsageError(`${path}: there is no such file`)
  }
}

function kindOf(text: string): Kind {
  if (text === 'customers' || text === 'events') return text
  throw new UsageError('--as is customers or events')
}

function format(text: string): Format {
  if (text === 'csv' || text === 'ndjson') return text
  throw new UsageError('--format is csv or ndjson')
}

function mapping(text: string, before: ColumnMap = new Map()): ColumnMap {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--map ${text}: it is COLUMN=FIELD`)
  return new Map([...before, [text.slice(0, at), text.slice(at + 1)]])
}
