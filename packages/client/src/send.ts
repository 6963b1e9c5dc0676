// Owns one call over HTTP: headers, tries, time, abort.
// Promises: every try of a write carries the same Idempotency-Key; the time bounds the whole call; the caller's signal
// ends it at once; nothing but `fetch` is needed of the platform.

import type { CallOptions, RawAnswer } from './api-call.ts'
import { AbortedError, ConnectionError, errorOf, type FieldError, TimeoutError } from './errors.ts'
import { pauseBefore, retryAfterOf } from './retry.ts'

/** What the client was made with. */
export interface Sending {
  url: string
  apiKey: string
  fetch: typeof globalThis.fetch
  timeoutMs: number
  retries: number
}

/** Parameters; one without a value is left out. */
export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>

/** One request, before its headers. */
export interface Asked {
  verb: string
  path: string
  query?: Query
  body?: unknown
}

/** The answer of a success. Throws what errors.ts lists. */
export async function send(sending: Sending, asked: Asked, options: CallOptions = {}): Promise<RawAnswer> {
  const timeoutMs = options.timeoutMs ?? sending.timeoutMs
  const late = AbortSignal.timeout(timeoutMs)
  const signal = options.signal ? AbortSignal.any([late, options.signal]) : late
  const request = { method: asked.verb, headers: headersOf(sending, asked, options), signal }
  const url = urlOf(sending.url, asked)
  const body = asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }
  for (let tries = 1; ; tries++) {
    const { answer, error } = await attempt(() => sending.fetch(url, { ...request, ...body }))
    throwIfEnded(options.signal, late, timeoutMs)
    if (answer && answer.status < 400) return answer
    const retryAfter = retryAfterOf(answer?.headers.get('retry-after') ?? null, Date.now())
    const pause = pauseBefore(
      { status: answer?.status ?? null, retryAfter },
      { tries, retries: options.retries ?? sending.retries, chance: Math.random() },
    )
    if (pause === null) {
      if (answer) throw refusalOf(answer, retryAfter)
      throw new ConnectionError(`no answer from ${new URL(sending.url).host} after ${tries} tries`, {
        cause: error,
      })
    }
    await sleep(pause, signal)
    throwIfEnded(options.signal, late, timeoutMs)
  }
}

async function attempt(fetchIt: () => Promise<Response>): Promise<{ answer?: RawAnswer; error?: unknown }> {
  try {
    const response = await fetchIt()
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const body: unknown = isJson && text !== '' ? JSON.parse(text) : text
    return {
      answer: {
        status: response.status,
        headers: response.headers,
        requestId: response.headers.get('request-id'),
        body,
        data: memberOf(body, 'data'),
      },
    }
  } catch (error) {
    return { error }
  }
}

function throwIfEnded(given: AbortSignal | undefined, late: AbortSignal, timeoutMs: number): void {
  if (given?.aborted) throw new AbortedError('the call was aborted by its signal', { cause: given.reason })
  if (late.aborted) throw new TimeoutError(`no outcome within ${timeoutMs} ms`)
}

function refusalOf(answer: RawAnswer, retryAfter: number | null): Error {
  const problem = isObject(answer.body) ? answer.body : {}
  return errorOf({
    status: answer.status,
    code: textOf(problem['code']) ?? `http_${answer.status}`,
    detail: textOf(problem['detail']) ?? 'the answer has no problem+json body: something stands between',
    errors: Array.isArray(problem['errors']) ? problem['errors'].filter(isFieldError) : [],
    requestId: answer.requestId,
    retryAfter,
    problem,
  })
}

function headersOf({ apiKey }: Sending, { verb, body }: Asked, options: CallOptions): Record<string, string> {
  const writes = verb !== 'GET'
  const wait = [
    ...(options.wait === undefined ? [] : [`wait=${options.wait}`]),
    ...(options.untilSynced ? ['until=synced'] : []),
  ]
  return {
    Authorization: `Bearer ${apiKey}`,
    Accept: 'application/json',
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(writes && { 'Idempotency-Key': options.idempotencyKey ?? crypto.randomUUID() }),
    ...(writes && wait.length > 0 && { Prefer: wait.join('; ') }),
    ...(options.ifMatch !== undefined && { 'If-Match': `"${options.ifMatch}"` }),
    ...options.headers,
  }
}

function urlOf(base: string, { path, query = {} }: Asked): string {
  const url = new URL(`${base.replace(/\/+$/, '')}${path}`)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) url.searchParams.set(name, String(value))
  }
  return url.href
}

/** Resolves when the time is over or the signal aborts. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}

/** A member of a JSON object; undefined where it is none. */
export function memberOf(body: unknown, name: string): unknown {
  return isObject(body) ? body[name] : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function isFieldError(value: unknown): value is FieldError {
  return isObject(value) && typeof value['field'] === 'string' && typeof value['message'] === 'string'
}
