// What an import holds while it runs: counted in rows that the collector could not take, not in bytes, which are V8's choice.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { lockstep } from '@lockstep/client'
import { expect, onTestFinished, test } from 'vitest'
import { readRows, type Row } from '../src/import/read-rows.ts'
import { batchesOf, batchRows, sendRows } from '../src/import/send-rows.ts'

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** A gateway that takes every row, within this process. */
const api = lockstep({
  url: 'http://gateway.test',
  apiKey: 'x',
  fetch: async (_, init) => {
    const text = typeof init?.body === 'string' ? init.body : ''
    const { operations } = JSON.parse(text) as { operations: unknown[] } // As sendRows writes it.
    return Response.json({ data: operations.map(() => ({ status: 201, body: { data: {} } })) })
  },
})

function fileOf(rows: number, format: 'csv' | 'ndjson'): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, `many.${format}`)
  const keys = Array.from({ length: rows }, (_, n) => `k${n}`)
  const lines = format === 'csv' ? ['key', ...keys] : keys.map((key) => JSON.stringify({ key }))
  writeFileSync(path, lines.join('\n'))
  return path
}

/** Imports them all; the most rows that lived after a collection. */
async function mostHeld(rows: number, format: 'csv' | 'ndjson'): Promise<number> {
  const seen: WeakRef<Row>[] = []
  const file = {
    path: fileOf(rows, format),
    format,
    kind: 'customers',
    map: new Map<string, string>(),
  } as const
  async function* watched(): AsyncGenerator<Row> {
    for await (const row of readRows(file)) {
      seen.push(new WeakRef(row))
      yield row
    }
  }
  let [most, imported, batches] = [0, 0, 0]
  for await (const batch of batchesOf(watched())) {
    imported += (await sendRows(api, batch, new Map())).imported
    batches += 1
    if (batches % 10 > 0) continue
    // A reference that was made or followed in this turn keeps what it names until the next one.
    await nextTurn()
    if (typeof collect === 'function') collect()
    most = Math.max(most, seen.filter((row) => row.deref()).length)
  }
  expect(imported).toBe(rows)
  return most
}

test.each(['csv', 'ndjson'] as const)(
  'an import of %s holds a batch of rows, however many the file has',
  async (format) => {
    const few = await mostHeld(10 * batchRows, format)
    expect(few).toBeGreaterThan(0)
    // The batch at hand, and the row that did not fit into it.
    expect(few).toBeLessThanOrEqual(batchRows + 1)
    expect(await mostHeld(100 * batchRows, format)).toBeLessThanOrEqual(batchRows + 1)
  },
)
