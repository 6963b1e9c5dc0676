// Customers from files and into files, by the command line as a process, against a real gateway.

import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { childCoverage } from '../../../test/support/child-coverage.ts'
import { startGateway, type TestGateway } from '../../gateway/test/support/gateway.ts'
import { batchesOf } from '../src/import/send-rows.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const chinookText = readFileSync(new URL('../../../data/chinook-customers.csv', import.meta.url), 'utf8')
const invoicesText = readFileSync(new URL('../../../data/chinook-invoices.csv', import.meta.url), 'utf8')

type Place = Pick<TestGateway, 'url' | 'apiKey'>

function started(place: Place, args: string[]) {
  const env = { LOCKSTEP_URL: place.url, LOCKSTEP_API_KEY: place.apiKey }
  let end: (ended: { code: number | null; out: string; err: string }) => void = () => undefined
  const ended = new Promise<Parameters<typeof end>[0]>((resolve) => (end = resolve))
  const child = execFile(
    process.execPath,
    [main, ...args],
    { env: { ...childCoverage(), ...env } },
    (_error, out, err) => end({ code: child.exitCode, out, err }),
  )
  return { child, ended }
}

const called = (place: Place, args: string[]) => started(place, args).ended

/** A folder that is gone after the test. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'lockstep-files-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function file(name: string, text: string): string {
  const path = join(folder(), name)
  writeFileSync(path, text)
  return path
}

async function customers({ store }: TestGateway) {
  const all = []
  for (let offset = 0; ; offset += 100) {
    const page = await store.listCustomers({ tenantId: 'default', limit: 100, offset })
    all.push(...page)
    if (page.length < 100) return all
  }
}

/** What callers' own events of this customer tell, in their order. */
async function eventsIn({ store }: TestGateway, key: string): Promise<unknown[]> {
  const doc = await store.findByKey('default', key)
  const asked = await store.listOperations({ tenantId: 'default', customerId: doc?._id ?? '', limit: 500 })
  return asked.toReversed().flatMap(({ body }) => (body.kind === 'event' ? [JSON.parse(body.data)] : []))
}

test('the Chinook customers are imported, each with a country code, and a second time nobody new', async () => {
  const gateway = await startGateway()
  const chinook = file('chinook.csv', chinookText)
  const first = await called(gateway, ['import', chinook, '--json'])
  expect([first.code, first.err]).toEqual([0, expect.any(String)])
  expect(JSON.parse(first.out)).toEqual({ rows: 59, imported: 59, refused: 0 })
  expect(await customers(gateway)).toHaveLength(59)
  expect((await called(gateway, ['import', chinook])).code).toBe(0)
  expect(await customers(gateway)).toHaveLength(59)
  const { body } = await gateway.call('GET', '/v1/customers/key/chinook-1')
  expect(body.data).toMatchObject({ name: 'Luís Gonçalves', billing_address: { country: 'BR' } })
  expect(existsSync(`${chinook}.progress`)).toBe(false)
})

test('the Chinook invoices are imported as events of their customers, and a second time none is new', async () => {
  const gateway = await startGateway()
  const invoices = file('invoices.csv', invoicesText)
  const early = await called(gateway, ['import', invoices, '--json'])
  expect([early.code, JSON.parse(early.out)]).toEqual([3, { rows: 412, imported: 0, refused: 412 }])
  expect(early.err).toContain('row 1: not_found')
  expect((await called(gateway, ['import', file('chinook.csv', chinookText)])).code).toBe(0)
  for (let times = 0; times < 2; times++) {
    const { code, out } = await called(gateway, ['import', invoices, '--json'])
    expect([code, JSON.parse(out)]).toEqual([0, { rows: 412, imported: 412, refused: 0 }])
  }
  const events = await eventsIn(gateway, 'chinook-2')
  expect(events).toContainEqual({ invoice_id: '1', issued_at: '2021-01-01T00:00:00', total: '1.98' })
  const all = await Promise.all(Array.from({ length: 59 }, (_, n) => eventsIn(gateway, `chinook-${n + 1}`)))
  expect(all.flat()).toHaveLength(412)
})

test('rows are events with --as events, by columns of an event; a column that is none is refused first', async () => {
  const gateway = await startGateway()
  await gateway.call('POST', '/v1/customers', { json: { key: 'ada' } })
  const path = file('orders.csv', 'Customer,type,Total\r\nada,shop.ordered,12\r\nnobody,shop.ordered,5\r\n')
  const refused = await called(gateway, ['import', path, '--as', 'events'])
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('no event has: Customer, Total')])
  const maps = ['--map', 'Customer=customer_key', '--map', 'Total=data.total']
  const { code, out } = await called(gateway, ['import', path, '--as', 'events', ...maps, '--json'])
  expect([code, JSON.parse(out)]).toEqual([3, { rows: 2, imported: 1, refused: 1 }])
  const line = '{"type":"shop.ordered","customer_key":"ada","data":{"total":3}}\n'
  const text = `${line}${line}{"type":"customer.made_up"}\n`
  const lines = await called(gateway, ['import', file('o.ndjson', text), '--as', 'events', '--json'])
  expect([lines.code, JSON.parse(lines.out)]).toEqual([3, { rows: 3, imported: 2, refused: 1 }])
  // Two that say the same are one.
  expect(await eventsIn(gateway, 'ada')).toEqual([{ total: '12' }, { total: 3 }])
})

test('columns are fields by their names, or what --map says; a column that is none is refused first', async () => {
  const gateway = await startGateway()
  const path = file(
    'crm.csv',
    'key,Full name,billing_address.city,shipping.name,shipping.address.country,metadata.plan,tags,Fax,created_at\r\nada,"King, Ada",London,Desk,GB,pro,"[""vip""]",123,2020-01-01\r\nbob,,,,,,,,\r\n',
  )
  const refused = await called(gateway, ['import', path])
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('no fields: Full name, Fax')])
  expect(await customers(gateway)).toHaveLength(0)
  const done = await called(gateway, ['import', path, '--map', 'Full name=name', '--map', 'Fax='])
  expect(done.code).toBe(0)
  const { body } = await gateway.call('GET', '/v1/customers/key/ada')
  expect(body.data).toMatchObject({
    name: 'King, Ada',
    billing_address: { city: 'London' },
    shipping: { name: 'Desk', address: { country: 'GB' } },
    metadata: { plan: 'pro' },
    tags: ['vip'],
  })
  expect((await gateway.call('GET', '/v1/customers/key/bob')).body.data.name).toBeNull()
})

test('a refused row stops no other; it is told, kept with its reason, and ends with 3', async () => {
  const gateway = await startGateway()
  const path = file(
    'c.ndjson',
    '{"key":"a"}\nnonsense\n\n{"email":"nonsense"}\n{"key":"a","name":"x"}\n{"key":"b"}\n',
  )
  const refusedPath = join(folder(), 'refused.ndjson')
  const { code, out, err } = await called(gateway, ['import', path, '--refused', refusedPath, '--json'])
  expect(code).toBe(3)
  expect(JSON.parse(out)).toEqual({ rows: 5, imported: 2, refused: 3 })
  expect(err).toContain('row 3: invalid_request')
  const kept = readFileSync(refusedPath, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(kept.map(({ row, code: reason }) => [row, reason])).toEqual([
    [2, 'malformed'],
    [3, 'invalid_request'],
    [4, 'key_taken'],
  ])
  expect(kept[2].body).toEqual({ key: 'a', name: 'x' })
})

test('an import that was killed goes on behind what was imported, and nobody is missing or twice', async () => {
  const gateway = await startGateway()
  const lines = Array.from({ length: 6_000 }, (_, n) => JSON.stringify({ email: `k${n}@example.com` }))
  const path = file('many.ndjson', lines.join('\n'))
  const { child, ended } = started(gateway, ['import', path])
  await expect.poll(() => existsSync(`${path}.progress`), { timeout: 30_000 }).toBe(true)
  child.kill('SIGKILL')
  await ended
  const { note } = JSON.parse(readFileSync(`${path}.progress`, 'utf8'))
  expect(note.rows).toBeLessThan(6_000)
  const { code, out } = await called(gateway, ['import', path])
  expect([code, out]).toEqual([0, expect.stringContaining('rows were imported before')])
  expect(out).toContain('6000 of 6000 rows are imported')
  const emails = (await customers(gateway)).map(({ email_claim }) => email_claim)
  expect([emails.length, new Set(emails).size]).toEqual([6_000, 6_000])
  expect(existsSync(`${path}.progress`)).toBe(false)
})

test('a dry run reads the whole file and sends nothing', async () => {
  const away = { url: 'http://127.0.0.1:1', apiKey: 'x' }
  const path = file('c.ndjson', '{"key":"a"}\n[]\n{"key":"b"}\n')
  const { code, out } = await called(away, ['import', path, '--dry-run', '--json'])
  expect([code, JSON.parse(out)]).toEqual([3, { dry_run: true, rows: 3, malformed: 1 }])
  const broken = await called(away, ['import', file('c.csv', 'key,name\na,b,c\n'), '--dry-run'])
  expect([broken.code, broken.err]).toEqual([2, expect.stringContaining('The CSV cannot be read')])
})

test('a batch holds 200 rows, or what one request may hold', async () => {
  const operation = 'create_customer' as const
  async function* rows(count: number, size: number) {
    for (let row = 1; row <= count; row++)
      yield {
        row,
        bytes: 0,
        problem: null,
        operation,
        body: { key: `k${row}`, description: 'x'.repeat(size) },
      }
  }
  const sizes = async (count: number, size: number) => {
    const found = []
    for await (const batch of batchesOf(rows(count, size))) found.push(batch.length)
    return found
  }
  expect(await sizes(401, 10)).toEqual([200, 200, 1])
  expect(Math.max(...(await sizes(300, 100_000))) * 100_000).toBeLessThan(8 * 1024 * 1024)
})

test.each(['csv', 'ndjson'])('what was exported as %s is imported as the same customers', async (format) => {
  const from = await startGateway()
  const full = {
    key: 'full',
    name: 'Ada "the first", King',
    email: 'ada@example.com',
    phone: '+441234567890',
    tier: 'pro',
    tags: ['a', 'b'],
    metadata: { plan: 'pro', n: { deep: [1, null] } },
    preferred_locales: ['en-GB'],
    billing_address: { line1: '1 Road', city: 'London', country: 'GB' },
    shipping: { name: 'Desk', address: { city: 'Leeds' } },
  }
  await from.call('POST', '/v1/customers', { json: full })
  for (let n = 0; n < 205; n++) await from.call('POST', '/v1/customers', { json: { key: `k${n}` } })
  const path = join(folder(), `all.${format}`)
  const exported = await called(from, ['export', path, '--json'])
  expect([exported.code, exported.out]).toEqual([0, '{"rows":206}\n'])
  const into = await startGateway()
  const imported = await called(into, ['import', path, '--json'])
  expect(JSON.parse(imported.out)).toEqual({ rows: 206, imported: 206, refused: 0 })
  const { body } = await into.call('GET', '/v1/customers/key/full')
  expect(body.data).toMatchObject(full)
})

test('an export takes the filters of the list', async () => {
  const gateway = await startGateway()
  await gateway.call('POST', '/v1/customers', { json: { key: 'a', tags: ['vip'] } })
  await gateway.call('POST', '/v1/customers', { json: { key: 'b' } })
  const { out } = await called(gateway, ['export', '-', '--format', 'ndjson', '--tag', 'vip'])
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).key),
  ).toEqual(['a'])
})

test('an export that was cut off goes on where it was, with nobody missing or twice', async () => {
  const gateway = await startGateway()
  for (let n = 0; n < 250; n++) await gateway.call('POST', '/v1/customers', { json: { key: `k${n}` } })
  // The first page comes through, then the gateway is gone.
  let asked = 0
  const half = createServer((req, res) => {
    asked += 1
    if (asked > 1) return void req.socket.destroy()
    void fetch(`${gateway.url}${req.url}`, { headers: { Authorization: `Bearer ${gateway.apiKey}` } })
      .then((answer) => answer.text())
      .then((text) => res.setHeader('Content-Type', 'application/json').end(text))
  })
  half.listen(0, '127.0.0.1')
  await new Promise((resolve) => half.once('listening', resolve))
  onTestFinished(() => void half.close())
  const path = join(folder(), 'all.csv')
  const url = `http://127.0.0.1:${(half.address() as AddressInfo).port}` // It listens on TCP.
  expect((await called({ url, apiKey: 'x' }, ['export', path])).code).toBe(4)
  // Something was written after the note, and is not trusted.
  writeFileSync(path, `${readFileSync(path, 'utf8')}half a li`)
  const { code, out } = await called(gateway, ['export', path])
  expect([code, out]).toEqual([0, expect.stringContaining('100 customers were written before')])
  const keys = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',')[1])
  expect([keys.length, new Set(keys).size]).toEqual([250, 250])
})
