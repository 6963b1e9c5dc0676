// Owns how rows become customers or events: batches of creates, each repeatable.
// Promises: a row's Idempotency-Key is made of what it says, so an import that is run again makes nobody twice; a gateway
// that is away for a moment is asked again; what was refused is told with its row.

import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Lockstep } from '@lockstep/client'
import { ConnectionError, NotFoundError } from '@lockstep/client'
import { z } from 'zod'
import type { Row } from './read-rows.ts'

/** Rows of one request: enough that its round trip costs nothing, few enough that a repeat costs little. */
export const batchRows = 200
/** Bytes of one request's rows: below the 8 MB that the gateway takes. */
const batchBytes = 6 * 1024 * 1024
/** For a batch whose rows each wait until they are applied (ms). */
const batchMs = 120_000
/** How often rows that met an absent database are sent again, and after how long (ms): a failover takes seconds. */
const againMax = 20
const againMs = 1_500

/** A row that was not taken. */
export interface RefusedRow {
  row: number
  code: string
  errors: { field: string; message: string }[]
  body: Record<string, unknown> | null
}

/** What became of a batch. */
export interface Sent {
  imported: number
  refused: RefusedRow[]
}

const answered = z.object({
  code: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
})

/** Rows in batches that one request may hold. */
export async function* batchesOf(rows: AsyncIterable<Row>): AsyncGenerator<Row[]> {
  let [batch, bytes]: [Row[], number] = [[], 0]
  for await (const row of rows) {
    const size = row.body ? Buffer.byteLength(JSON.stringify(row.body)) : 0
    if (batch.length === batchRows || (batch.length > 0 && bytes + size > batchBytes)) {
      yield batch
      ;[batch, bytes] = [[], 0]
    }
    batch.push(row)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

/** The customers of keys that were asked for before: rows of one customer often follow each other. */
export type KnownKeys = Map<string, string>

/** Keys that are remembered; then they are asked for anew. */
const knownMax = 10_000

/** Creates what these rows say. @throws ConnectionError where the gateway stays away, and what the client throws */
export async function sendRows(api: Lockstep, rows: readonly Row[], known: KnownKeys): Promise<Sent> {
  const sent: Sent = { imported: 0, refused: [] }
  for (const { row, body, problem } of rows) {
    if (!body)
      sent.refused.push({ row, code: 'malformed', errors: [{ field: 'row', message: problem ?? '' }], body })
  }
  const readable = rows.filter(({ body }) => body !== null)
  let left: Row[] = []
  for (const row of readable) {
    const addressed = await withCustomer(api, row, known)
    if (addressed) left.push(addressed)
    else {
      const errors = [{ field: 'customer_key', message: 'names no customer' }]
      sent.refused.push({ row: row.row, code: 'not_found', errors, body: row.body })
    }
  }
  for (let tries = 1; left.length > 0; tries++) {
    const operations = left.map(({ operation, body }) => ({
      operation,
      body,
      idempotency_key: keyOf(body),
    }))
    const answers = await api.operations.batch({ operations }, { timeoutMs: batchMs })
    const away: Row[] = []
    for (const [index, each] of left.entries()) {
      const { code, errors = [] } = answered.catch({ code: 'internal' }).parse(answers[index]?.body)
      if (code === 'unavailable') away.push(each)
      else if (code === undefined) sent.imported += 1
      else sent.refused.push({ row: each.row, code, errors, body: each.body })
    }
    if (away.length > 0 && tries === againMax) throw new ConnectionError('the database stays away')
    if (away.length > 0) await wait(againMs)
    left = away
  }
  sent.refused.sort((a, b) => a.row - b.row)
  return sent
}

/** The row with its customer's id in place of its key; null where nobody has it. */
async function withCustomer(api: Lockstep, row: Row, known: KnownKeys): Promise<Row | null> {
  if (row.operation !== 'create_event' || row.body?.['customer_key'] === undefined) return row
  const { customer_key: key, ...body } = row.body
  if (typeof key !== 'string') return null
  const id = known.get(key) ?? (await idOf(api, key))
  if (id === null) return null
  if (known.size >= knownMax) known.clear()
  known.set(key, id)
  return { ...row, body: { ...body, customer_id: id } }
}

async function idOf(api: Lockstep, key: string): Promise<string | null> {
  try {
    return (await api.customers.getByKey(key)).id
  } catch (error) {
    if (error instanceof NotFoundError) return null
    throw error
  }
}

function keyOf(body: Row['body']): string {
  return `import:${createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 40)}`
}
