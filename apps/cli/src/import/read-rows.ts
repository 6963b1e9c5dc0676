// Owns how a file becomes customers or events to create: CSV by its header, NDJSON line by line.
// Promises: one row in memory at a time; a row that is no customer is told with its number and stops no other; how far the
// file was read is told with each row.

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { CsvError, parse } from 'csv-parse'
import { z } from 'zod'
import { UsageError } from '../terminal/command-line.ts'
import { columnsOf, type ColumnMap } from './csv-columns.ts'
import { eventsOf, isInvoices } from './event-columns.ts'
import { asNew } from './exported-customer.ts'

/** A row of the file. */
export interface Row {
  /** 1 for the first one; a header is none. */
  row: number
  operation: 'create_customer' | 'create_event'
  /**
   * What `POST /v1/customers` or `/v1/events` is asked for; an event may name its customer by `customer_key`. null where the row
   * says nothing that could be.
   */
  body: Record<string, unknown> | null
  /** Why there is none. */
  problem: string | null
  /** Bytes of the file that were read up to its end. */
  bytes: number
}

export type Format = 'csv' | 'ndjson'
/** What the rows are. */
export type Kind = 'customers' | 'events'

/** The format that a file's name tells; null where it tells none. */
export function formatOf(path: string): Format | null {
  if (/\.csv$/i.test(path)) return 'csv'
  return /\.(ndjson|jsonl)$/i.test(path) ? 'ndjson' : null
}

/** The rows of a file; `-` is standard input. @throws UsageError where the header names what is no field */
export function readRows(file: {
  path: string
  format: Format
  kind: Kind
  map: ColumnMap
}): AsyncGenerator<Row> {
  const input = file.path === '-' ? process.stdin : createReadStream(file.path)
  return file.format === 'csv' ? csvRows(input, file) : ndjsonRows(input, file)
}

const csvRow = z.object({
  record: z.record(z.string(), z.string()),
  info: z.object({ records: z.number(), bytes: z.number() }),
})

async function* csvRows(
  input: NodeJS.ReadableStream,
  { kind, map }: { kind: Kind; map: ColumnMap },
): AsyncGenerator<Row> {
  let bodyOf: ReturnType<typeof columnsOf> | null = null
  let operation: Row['operation'] = 'create_customer'
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n'],
    columns: (header: string[]) => {
      if (kind === 'events' || (map.size === 0 && isInvoices(header))) operation = 'create_event'
      bodyOf = operation === 'create_event' ? eventsOf(header, map) : columnsOf(header, map)
      return header
    },
  })
  // What breaks the reading breaks the parsing too, and so the loop below.
  input.on('error', (error) => parser.destroy(error))
  try {
    for await (const each of input.pipe(parser)) {
      const { record, info } = csvRow.parse(each)
      yield { row: info.records, bytes: info.bytes, operation, ...attempted(() => bodyOf?.(record) ?? {}) }
    }
  } catch (error) {
    throw error instanceof CsvError ? new UsageError(`The CSV cannot be read: ${error.message}`) : error
  }
}

const object = z.record(z.string(), z.unknown(), 'is not a JSON object')

async function* ndjsonRows(input: NodeJS.ReadableStream, { kind }: { kind: Kind }): AsyncGenerator<Row> {
  const operation = kind === 'events' ? 'create_event' : 'create_customer'
  let [row, bytes] = [0, 0]
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    bytes += Buffer.byteLength(line) + 1
    const text = line.replace(/^\uFEFF/, '').trim()
    if (text === '') continue
    row += 1
    const read = () => object.parse(JSON.parse(text))
    yield { row, bytes, operation, ...attempted(() => (kind === 'events' ? read() : asNew(read()))) }
  }
}

function attempted(make: () => Record<string, unknown>): Pick<Row, 'body' | 'problem'> {
  try {
    return { body: make(), problem: null }
  } catch (error) {
    const isJson = error instanceof SyntaxError || error instanceof z.ZodError
    const problem = isJson
      ? 'is not a JSON object'
      : error instanceof Error
        ? error.message
        : 'is no customer'
    return { body: null, problem }
  }
}
