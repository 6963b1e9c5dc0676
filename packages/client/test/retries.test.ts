// What is tried again, with which key, how long, and what ends a call: against a server that answers as it is told.

import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import {
  AbortedError,
  ConflictError,
  ConnectionError,
  lockstep,
  RateLimitError,
  ServerError,
  TimeoutError,
} from '../src/index.ts'
import { pauseBefore, retryAfterOf } from '../src/retry.ts'

type Told = { status: number; headers?: Record<string, string>; body?: unknown } | 'cut' | 'silent'

/** A server that gives these answers in turn, the last one for ever. */
async function serverOf(...answers: Told[]) {
  const seen: { key: string | undefined; method: string | undefined; body: string }[] = []
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const told = answers[Math.min(seen.length, answers.length - 1)]
      seen.push({ key: request.headers['idempotency-key']?.toString(), method: request.method, body })
      if (told === 'silent' || told === undefined) return
      if (told === 'cut') return void request.socket.destroy()
      response.writeHead(told.status, { 'Content-Type': 'application/json', ...told.headers })
      response.end(JSON.stringify(told.body ?? { status: 'success', data: { id: 'x' } }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // It listens on TCP.
  return { seen, api: lockstep({ url: `http://127.0.0.1:${port}/`, apiKey: 'k' }) }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
  return text
}

const failed = (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    () => null,
    (error: unknown) => error,
  )
const problem = (status: number, code: string): Told => ({
  status,
  headers: { 'Retry-After': '0' },
  body: { status, code, detail: 'as told', errors: [], request_id: 'r' },
})

test('what waiting cures is tried again, and every try of a write carries one key', async () => {
  const { api, seen } = await serverOf(problem(503, 'unavailable'), 'cut', { status: 201 })
  expect(await api.customers.create({ key: 'k' })).toEqual({ id: 'x' })
  expect(seen).toHaveLength(3)
  expect(new Set(seen.map(({ key }) => key)).size).toBe(1)
  expect(seen[0]?.key).toMatch(/^[0-9a-f-]{36}$/)
  expect(new Set(seen.map(({ body }) => body))).toEqual(new Set(['{"key":"k"}']))
})

test('two writes never share a key, and a read has none', async () => {
  const { api, seen } = await serverOf({ status: 200 })
  await api.customers.create({ key: 'a' })
  await api.customers.create({ key: 'b' })
  await api.customers.get('c')
  expect(new Set(seen.map(({ key }) => key)).size).toBe(3)
  expect(seen[2]?.key).toBeUndefined()
})

test('what no waiting cures is not tried again', async () => {
  const { api, seen } = await serverOf(problem(409, 'key_taken'))
  expect(await failed(api.customers.create({ key: 'k' }))).toBeInstanceOf(ConflictError)
  expect(seen).toHaveLength(1)
})

test('after the retries the last failure is thrown, by its class', async () => {
  for (const [told, kind] of [
    [problem(429, 'too_many_waiting'), RateLimitError],
    [problem(503, 'unavailable'), ServerError],
    ['cut', ConnectionError],
  ] as const) {
    const { api, seen } = await serverOf(told)
    const error = await failed(api.customers.create({ key: 'k' }, { retries: 1 }))
    expect(error).toBeInstanceOf(kind)
    expect(seen).toHaveLength(2)
  }
})

test('a silent server ends in a TimeoutError, the caller’s signal in an AbortedError', async () => {
  const { api } = await serverOf('silent')
  expect(await failed(api.customers.get('x', {}, { timeoutMs: 50 }))).toBeInstanceOf(TimeoutError)
  const stop = new AbortController()
  const call = failed(api.customers.get('x', {}, { signal: stop.signal }))
  stop.abort(new Error('the user left'))
  expect(await call).toBeInstanceOf(AbortedError)
})

test('an error holds no API key', async () => {
  const { api } = await serverOf('cut')
  const error = await failed(lockstepWithKey(api))
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('lsk_very_secret')
})

function lockstepWithKey(_: unknown): PromiseLike<unknown> {
  return lockstep({ url: 'http://127.0.0.1:1', apiKey: 'lsk_very_secret', retries: 0 }).customers.get('x')
}

test('pauses double up to a bound, half of each by chance; `Retry-After` goes before', () => {
  const pause = (tries: number, chance: number, retryAfter: number | null = null) =>
    pauseBefore({ status: 503, retryAfter }, { tries, retries: 9, chance })
  expect([pause(1, 0), pause(1, 1), pause(2, 1), pause(3, 1)]).toEqual([250, 500, 1000, 2000])
  expect(pause(9, 1)).toBe(8000)
  expect(pause(1, 1, 2)).toBe(2000)
  expect(pause(1, 1, 3600)).toBeNull()
  expect(pause(10, 1)).toBeNull()
})

test('`Retry-After` is seconds or a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  expect(retryAfterOf('2', now)).toBe(2)
  expect(retryAfterOf('Thu, 01 Jan 2026 00:00:30 GMT', now)).toBe(30)
  expect([retryAfterOf(null, now), retryAfterOf('soon', now)]).toEqual([null, null])
})
