// Owns `lockstep export`: the customers of a tenant as a CSV or NDJSON file, read through the API.
// Promises: memory does not grow with the tenant; an export that was cut off goes on where it was, with nobody twice; who
// is created meanwhile is not in it.
// Exit codes: 0 all are written, 3 the API refused, 4 the gateway is away, 2 wrong use.

import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import type { Customer, Lockstep } from '@lockstep/client'
import type { Command } from 'commander'
import { z } from 'zod'
import { formatOf, type Format } from '../import/read-rows.ts'
import { printObject, screenFor } from '../terminal/print.ts'
import { type DescribedCall, describedCalls } from '../resources/described-call.ts'
import { addFieldFlags, type Given, queryOf } from '../resources/field-flags.ts'
import { withApi } from '../resources/open-api.ts'
import { newCommand, UsageError } from '../terminal/command-line.ts'
import { progressFile } from '../terminal/progress-file.ts'
import { csvHeader, csvLines, csvRow } from './csv-rows.ts'

/** The API's largest page. */
const pageRows = 100
/** A person is told how far it is so often. */
const toldEvery = 10_000
/** What the export decides itself. */
const own = new Set(['limit', 'offset', 'after', 'sort_by', 'sort_order'])

const noteSchema = z.object({ rows: z.number(), bytes: z.number(), after: z.string().nullable() })
/** How far an export is: what stands in the file, and the last customer of it. */
type Note = z.output<typeof noteSchema>

/** The command. */
export function exportCommand(): Command {
  const command = newCommand('export', 'Writes customers to a CSV or NDJSON file.', [
    'pnpm lockstep export customers.csv',
    'pnpm lockstep export customers.ndjson --state active --tag vip',
    'pnpm lockstep export - --format ndjson | jq -r .email',
  ])
    .argument('<file>', 'the file, or - for standard output')
    .option('--format <format>', 'csv or ndjson, where the name does not tell')
    .option('--restart', 'begin anew, whatever was exported before', false)
    .option('--json', 'print one JSON object', false)
  addFieldFlags(command, listCall())
  return command
    .addHelpText(
      'after',
      `
An exported file can be imported. Reads LOCKSTEP_URL and LOCKSTEP_API_KEY.

How far it is stands beside the file, in FILE.progress: run it again to go on.

Ends with 0 (all are written), 3 (the API refused), 4 (the gateway cannot be
reached) or 2 (wrong use).`,
    )
    .action((path: string) => runExport(path, command.opts<Given>()))
}

/** The list of customers, with its filters alone. */
function listCall(): DescribedCall {
  const call = describedCalls().find(({ group, name }) => group === 'customers' && name === 'list')
  if (!call?.query) throw new Error('bug: there is no list of customers')
  return { ...call, query: call.query.filter(({ name }) => !own.has(name)) }
}

async function runExport(path: string, given: Given): Promise<void> {
  const format = given['format'] ?? formatOf(path)
  if (format !== 'csv' && format !== 'ndjson')
    throw new UsageError(`${path}: say --format csv or --format ndjson`)
  const toOutput = path === '-'
  const json = given['json'] === true
  if (toOutput && json) throw new UsageError('--json goes with a file')
  const query = queryOf(listCall(), given)
  const progress = toOutput ? null : progressFile(path, noteSchema, JSON.stringify([format, query]))
  const found = given['restart'] === true ? null : (progress?.read() ?? null)
  const screen = screenFor(json || toOutput)
  if (found) screen.note(`${found.rows} customers were written before; it goes on behind them`)
  // What was written after the note is written again.
  const file = toOutput ? process.stdout.fd : openSync(path, found ? 'r+' : 'w')
  if (found) ftruncateSync(file, found.bytes)
  const note: Note = found ?? { rows: 0, bytes: 0, after: null }
  const put = (text: string) => {
    note.bytes += writeSync(file, text, toOutput ? null : note.bytes)
  }
  if (!found && format === 'csv') put(csvLines([csvHeader]))
  await withApi(async (api) => {
    for await (const page of pagesOf(api, query, note.after)) {
      put(textOf(page, format))
      note.rows += page.length
      note.after = page.at(-1)?.id ?? note.after
      progress?.write(note)
      if (note.rows % toldEvery < page.length) screen.note(`${note.rows} customers`)
    }
  }).finally(() => {
    if (!toOutput) closeSync(file)
  })
  progress?.remove()
  if (json) printObject({ rows: note.rows })
  else screen.done(`${note.rows} customers are written`)
}

async function* pagesOf(
  api: Lockstep,
  query: Record<string, unknown>,
  from: string | null,
): AsyncGenerator<Customer[]> {
  for (let after = from; ; ) {
    const page = await api.customers.list({ ...query, limit: pageRows, ...(after !== null && { after }) })
    if (page.data.length > 0) yield page.data
    if (!page.hasMore || page.nextAfter === null) return
    after = page.nextAfter
  }
}

function textOf(page: readonly Customer[], format: Format): string {
  if (format === 'csv') return csvLines(page.map(csvRow))
  return page.map((customer) => `${JSON.stringify(customer)}\n`).join('')
}
