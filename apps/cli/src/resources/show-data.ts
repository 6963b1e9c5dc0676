// Owns how what the API answers is shown: to a person as a table or as lines, to a program as JSON.
// Promises: a list is shown as it comes and never held; members without a value are left out for people, never for programs.

import { z } from 'zod'
import { printObject } from '../terminal/print.ts'
import { type Column, tableLines } from '../terminal/table.ts'

/** What a table shows of each kind of thing; of any other its first plain members. */
const columnsOf: Readonly<Record<string, string[]>> = {
  customers: ['key', 'name', 'email', 'state', 'stripe_customer_id'],
  events: ['position', 'type', 'customer_id'],
  webhookEndpoints: ['id', 'url', 'enabled'],
}
const columnsMax = 5
/** Rows that share one table: its widths are those of their values. */
const rowsMax = 50

const members = z.record(z.string(), z.unknown())

/** Shows each item: a table for people, one JSON object on each line for programs. */
export async function showItems(
  items: AsyncIterable<unknown>,
  { json, group }: { json: boolean; group: string },
): Promise<void> {
  let rows: Record<string, unknown>[] = []
  let shown = 0
  for await (const item of items) {
    const object = members.catch({ value: item }).parse(item)
    if (json) printObject(object)
    else rows.push(object)
    shown += 1
    if (rows.length === rowsMax) {
      showRows(rows, group)
      rows = []
    }
  }
  if (rows.length > 0) showRows(rows, group)
  if (!json && shown === 0) process.stdout.write('  none\n')
}

/** One thing: a line for each member that has a value. */
export function showObject(data: unknown): void {
  const lines = Object.entries(members.catch({ value: data }).parse(data)).filter(
    ([, value]) => !isEmpty(value),
  )
  const columns: Column[] = [{}, { shrinks: true }]
  const rows = lines.map(([name, value]) => [name, textOf(value)])
  for (const line of tableLines({ columns, rows, width: wide })) process.stdout.write(`${line}\n`)
}

/** Values are what was asked for: a terminal breaks a long line, a cut value is lost. */
const wide = 10_000

function showRows(rows: readonly Record<string, unknown>[], group: string): void {
  const names =
    columnsOf[group]?.filter((name) => rows.some((row) => name in row)) ??
    Object.keys(rows[0] ?? {}).filter((name) => typeof rows[0]?.[name] !== 'object')
  const columns: Column[] = names.slice(0, columnsMax).map((header) => ({ header, shrinks: header !== 'id' }))
  const cells = rows.map((row) =>
    columns.map(({ header = '' }) => (isEmpty(row[header]) ? '' : textOf(row[header]))),
  )
  for (const line of tableLines({ columns, rows: cells })) process.stdout.write(`${line}\n`)
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

/** Control characters become visible, as on the screen. */
function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
