// Customers as lines of JSON: read while they come, answered line by line.

import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { boundBody, takeTime } from '../src/http/body-time.ts'
import type { ApiRoute } from '../src/http/route.ts'
import { importCustomersRoute } from '../src/operations/import-customers.ts'
import { startGateway, type TestGateway } from './support/gateway.ts'

const ndjson = { 'Content-Type': 'application/x-ndjson' }
const answerLine = z.looseObject({
  line: z.number().optional(),
  status: z.number().optional(),
  id: z.string().nullish(),
  code: z.string().nullish(),
  done: z.boolean().optional(),
})
type AnswerLine = z.infer<typeof answerLine>

const linesOf = (body: string): AnswerLine[] =>
  body
    .split('\n')
    .filter(Boolean)
    .map((line) => answerLine.parse(JSON.parse(line)))

/** Imports these lines in one request; the answer's lines. */
async function imported(
  { call }: Pick<TestGateway, 'call'>,
  lines: readonly unknown[],
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
): Promise<AnswerLine[]> {
  const raw = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  const { status, text } = await call('POST', `/v1/imports${query}`, {
    raw,
    headers: { ...ndjson, ...headers },
  })
  expect(status).toBe(200)
  return linesOf(text)
}

/** An import whose body the test sends bit by bit, and whose answer it reads when it likes. */
function openImport({ url, apiKey }: TestGateway, query = '') {
  const sending = request(`${url}/v1/imports${query}`, {
    method: 'POST',
    headers: { ...ndjson, Authorization: `Bearer ${apiKey}` },
  })
  sending.on('error', () => undefined)
  const answer = new Promise<AsyncIterator<Buffer>>((resolve) => {
    sending.once('response', (response) => resolve(response[Symbol.asyncIterator]()))
  })
  const rest = async () => {
    const read = await answer
    let body = ''
    for (let each = await read.next(); !each.done; each = await read.next()) body += each.value.toString()
    return linesOf(body)
  }
  return { sending, answer, rest }
}

/** A request that asks for nothing in particular. */
const anIncoming = {
  caller: { tenantId: 'default', keyId: 'key_1', scopes: ['customers'] as const },
  requestId: 'r',
  method: 'POST',
  params: {},
  query: {},
  header: () => undefined,
  signal: new AbortController().signal,
  note: () => undefined,
}

/** A server that gives a body this long (ms), and reads those at `/lines` as lines. */
async function slowServer(ms: number): Promise<{ url: string }> {
  const server = createServer({ requestTimeout: 0 }, (req, res) => {
    boundBody(req, ms)
    if (req.url === '/lines') takeTime(req)
    req.resume().once('end', () => res.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } // It listens on TCP.
}

test('each line is answered by itself, in their order, whatever became of the others', async () => {
  const gateway = await startGateway()
  const told = await imported(gateway, [
    { key: 'a', email: 'a@example.com' },
    '{"key": ',
    '',
    { key: 'b', email: 'nonsense' },
    { key: 'c', email: 'A@example.com' },
    '{"key":"d","metadata":{"__proto__":{"x":1}}}\r',
    JSON.stringify({ key: 'e', description: 'x'.repeat(256 * 1024) }),
    { key: 'f' },
  ])
  expect(told.map(({ line, status, code }) => [line, status, code])).toEqual([
    [1, 201, null],
    [2, 400, 'malformed_json'],
    [4, 422, 'invalid_request'],
    [5, 409, 'email_taken'],
    [6, 201, null],
    [7, 413, 'too_large'],
    [8, 201, null],
    [undefined, undefined, undefined],
  ])
  expect(told[2]).toMatchObject({ errors: [{ field: 'email' }] })
  expect(told.at(-1)).toEqual({ done: true, lines: 7, refused: 4, next_line: null })
  expect((await gateway.store.findByKey('default', 'a'))?._id).toBe(told[0]?.id)
})

test('a line is answered while the next ones are still being written', async () => {
  const gateway = await startGateway()
  const { sending, answer } = openImport(gateway)
  for (let n = 0; n < 300; n++) sending.write(`{"key":"k${n}"}\n`)
  const first = await (await answer).next()
  expect(linesOf(String(first.value).split('\n')[0] ?? '')[0]).toMatchObject({ line: 1, status: 201 })
  sending.end('{"key":"last"}')
  await expect.poll(() => gateway.store.findByKey('default', 'last')).not.toBeNull()
})

test('no line is taken faster than the answers are read', async () => {
  let [taken, told] = [0, 0]
  let open = false
  const reading = Promise.withResolvers<void>()
  async function* lines() {
    for (let n = 0; n < 5_000; n++) {
      taken += 1
      yield { line: n + 1, bytes: Buffer.from('{"key":"k"}') }
    }
  }
  const create = { scope: 'customers', name: 'create_customer' } as ApiRoute // Only handed on to `call`.
  const call = async () => ({ status: 201, body: { status: 'success', data: { id: 'x' } } })
  const route = importCustomersRoute({ create, call, draining: () => false })
  const { stream } = await route.handle({ ...anIncoming, body: lines() })
  const done = stream?.({
    async write() {
      if (told === 10 && !open) await reading.promise
      told += 1
      return true
    },
  })
  await expect.poll(() => told).toBe(10)
  for (let turn = 0; turn < 1_000; turn++) await new Promise(setImmediate)
  // The ten that were told, and those that are under way.
  expect(taken).toBeLessThanOrEqual(10 + 130)
  open = true
  reading.resolve()
  await done
  expect([taken, told]).toEqual([5_000, 5_001])
})

test('a line of any length is told and passed over', async () => {
  const { sending, rest } = openImport(await startGateway())
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  for (let n = 0; n < 64; n++) if (!sending.write(chunk)) await once(sending, 'drain')
  sending.end('\n{"key":"after"}')
  expect((await rest()).map(({ status }) => status)).toEqual([413, 201, undefined])
})

test('a sender that goes away in the middle of a line leaves what it sent before, and no half line', async () => {
  const gateway = await startGateway()
  const { sending, answer } = openImport(gateway)
  for (let n = 0; n < 200; n++) sending.write(`{"key":"k${n}"}\n`)
  await (await answer).next()
  // It could be read as JSON, and is not all of it.
  sending.write('{"key":"half"}', () => sending.destroy())
  await expect.poll(() => gateway.store.findByKey('default', 'k199')).not.toBeNull()
  await expect.poll(() => gateway.lines.filter(({ status }) => status === 499)).toHaveLength(1)
  expect(await gateway.store.findByKey('default', 'half')).toBeNull()
})

test('a body that is read as a whole must be here in time, an import need not', async () => {
  const { url } = await slowServer(50)
  const open = (path: string) => {
    const sending = request(`${url}${path}`, { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } })
    const outcome = new Promise<string>((resolve) => {
      sending.once('error', () => resolve('cut off'))
      sending.once('response', () => resolve('answered'))
    })
    sending.write('{')
    return { sending, outcome }
  }
  // The import began first, and is still open when the other one is cut off.
  const lines = open('/lines')
  expect(await open('/whole').outcome).toBe('cut off')
  lines.sending.end('}')
  expect(await lines.outcome).toBe('answered')
})

test('a repeat under its Idempotency-Key gets the same answers, also from a later line on', async () => {
  const gateway = await startGateway()
  const lines = [{ email: 'one@example.com' }, { email: 'two@example.com' }, { key: 'three' }]
  const headers = { 'Idempotency-Key': 'import-1' }
  const first = await imported(gateway, lines, { headers })
  expect(await imported(gateway, lines, { headers })).toEqual(first)
  const rest = await imported(gateway, lines.slice(1), { headers, query: '?first_line=2' })
  expect(rest.slice(0, -1)).toEqual(first.slice(1, -1))
  expect(await gateway.store.listCustomers({ tenantId: 'default', limit: 10 })).toHaveLength(3)
})

test('only what was refused is told, where that is asked for', async () => {
  const told = await imported(await startGateway(), [{ key: 'a' }, { key: 'a' }, { key: 'b' }], {
    query: '?answers=refused',
  })
  expect(told).toEqual([
    expect.objectContaining({ line: 2, code: 'key_taken' }),
    { done: true, lines: 3, refused: 1, next_line: null },
  ])
})

test('where the database goes away, the last line says from where on to send again, and nothing is lost', async () => {
  const gateway = await startGateway()
  const headers = { 'Idempotency-Key': 'import-2' }
  const lines = Array.from({ length: 400 }, (_, n) => ({ key: `k${n}` }))
  gateway.away(true)
  // The key of the caller is known already; the database is asked for the writes alone.
  const cut = await gateway.call('POST', '/v1/imports', {
    raw: '{"key":"x"}',
    headers: { ...ndjson, ...headers },
  })
  expect(cut.status).toBe(503)
  gateway.away(false)
  const { sending, answer, rest } = openImport(gateway)
  for (const line of lines.slice(0, 200)) sending.write(`${JSON.stringify(line)}\n`)
  await (await answer).next()
  gateway.away(true)
  for (const line of lines.slice(200)) sending.write(`${JSON.stringify(line)}\n`)
  sending.end()
  const end = z.object({ done: z.literal(false), next_line: z.number() }).parse((await rest()).at(-1))
  gateway.away(false)
  const again = lines.slice(end.next_line - 1)
  const told = await imported(gateway, again, { query: `?first_line=${end.next_line}&answers=refused` })
  expect(told.at(-1)).toMatchObject({ done: true })
  for (const { key } of lines) expect(await gateway.store.findByKey('default', key), key).not.toBeNull()
})

test('a process that shuts down ends an import with the line to go on from', async () => {
  let draining = false
  const gateway = await startGateway({ deps: { draining: () => draining } })
  const { sending, answer, rest } = openImport(gateway)
  for (let n = 0; n < 200; n++) sending.write(`{"key":"k${n}"}\n`)
  await (await answer).next()
  draining = true
  sending.write('{"key":"late"}\n')
  expect((await rest()).at(-1)).toEqual({ done: false, lines: 201, refused: 0, next_line: 202 })
  sending.end()
})

test('whoever reads the answer only after all is sent is let send all, also where the import has ended', async () => {
  // It begins to shut down once the import has begun.
  let asked = 0
  const { url, apiKey } = await startGateway({ deps: { draining: () => asked++ > 0 } })
  const rest = Buffer.alloc(16 * 1024 * 1024, '\n')
  const line = '{"key":"a"}\n'
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write(
    `POST /v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${apiKey}\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${line.length + rest.length}\r\n\r\n${line}`,
  )
  await new Promise<void>((resolve) => socket.write(rest, () => resolve()))
  let answer = ''
  for await (const chunk of socket) {
    answer += String(chunk)
    if (answer.includes('"next_line":2')) break
  }
  expect(answer).toContain('"next_line":2')
})

test.each([
  ['JSON', 'application/json', {}],
  ['compressed lines', 'application/x-ndjson', { 'Content-Encoding': 'gzip' }],
])('%s are refused before anything is read', async (_name, type, more) => {
  const { call } = await startGateway()
  const { status, body } = await call('POST', '/v1/imports', {
    raw: '{"key":"a"}',
    headers: { 'Content-Type': type, ...more },
  })
  expect([status, body.code]).toEqual([415, 'unsupported_media_type'])
})

test('no lines are an import of none; a wrong parameter is named', async () => {
  const gateway = await startGateway()
  expect(await imported(gateway, [])).toEqual([{ done: true, lines: 0, refused: 0, next_line: null }])
  const wrong = await gateway.call('POST', '/v1/imports?first_line=0', { raw: '{}', headers: ndjson })
  expect([wrong.status, wrong.body.errors[0]?.field]).toEqual([422, 'first_line'])
})
