// Owns how rows become customers: batches of creates, each repeatable.
// Promises: a row's Idempotency-Key is made of what it says, so an import that is run again makes nobody twice; a gateway
// that is away for a moment is asked again; what was refused is told with its row.

import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Lockstep } from '@lockstep/client'
import { ConnectionError } from '@lockstep/client'
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

/** Creates the customers of these rows. @throws ConnectionError where the gateway stays away, and what the client throws */
export async function sendRows(api: Lockstep, rows: readonly Row[]): Promise<Sent> {
  const sent: Sent = { imported: 0, refused: [] }
  for (const { row, body, problem } of rows) {
    if (!body)
      sent.refused.push({ row, code: 'malformed', errors: [{ field: 'row', message: problem ?? '' }], body })
  }
  let left = rows.filter(({ body }) => body !== null)
  for (let tries = 1; left.length > 0; tries++) {
    const operations = left.map(({ body }) => ({
      operation: 'create_customer',
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

function keyOf(body: Row['body']): string {
  return `import:${createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 40)}`
}
