/**
 * Owns the way from a command to a running sandbox: its doors, and the API itself.
 * Promises: one that does not answer ends the command with 4 and says how to start one; what it refuses ends it with 1 and its own text.
 */
import { isJsonObject, plainText, type Json, type JsonObject } from '../json.ts'
import { CommandError, type Flag, type Given, textFlag } from './command.ts'

/** Stripe's own mock listens here, so tools already know the port. */
export const portDefault = 12_111

/** Where the sandbox runs. */
export const urlFlag: Flag = {
  name: 'url',
  value: 'URL',
  about: `Where the sandbox runs (http://127.0.0.1:${portDefault}).`,
}

/** A running sandbox. */
export type RunningSandbox = {
  readonly url: string
  readonly door: (method: 'GET' | 'POST' | 'DELETE', path: string, body?: JsonObject) => Promise<JsonObject>
  /** A call of the API: a form for v1, JSON for v2. */
  readonly api: (method: 'POST' | 'DELETE', path: string, body?: JsonObject) => Promise<JsonObject>
}

/** The sandbox that a command is meant for. */
export function runningSandbox(given: Given): RunningSandbox {
  const url = urlOf(textFlag(given, 'url') ?? `http://127.0.0.1:${portDefault}`)
  return {
    url,
    door: (method, path, body) =>
      call(url, `/_sandbox${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) }),
    api: (method, path, body = {}) =>
      call(url, path, {
        method,
        headers: { Authorization: 'Bearer sk_test_command_line' },
        ...(method === 'DELETE'
          ? {}
          : { body: path.startsWith('/v2/') ? JSON.stringify(body) : formOf(body) }),
      }),
  }
}

/** An address without its last slash; a scheme may be left out. */
export function urlOf(text: string): string {
  const url = /^https?:\/\//.test(text) ? text : `http://${text}`
  if (!URL.canParse(url)) throw new CommandError(`${text} is no address`)
  return url.replace(/\/$/, '')
}

/** What to say when no sandbox answers. */
export function nobodyAt(url: string): CommandError {
  return new CommandError(
    `No sandbox answers at ${url}. Start one with: stripe-sandbox (or say where it runs: --url URL)`,
    4,
  )
}

async function call(url: string, path: string, request: RequestInit): Promise<JsonObject> {
  const response = await fetch(url + path, request).catch(() => {
    throw nobodyAt(url)
  })
  // What JSON.parse gives is JSON.
  const parsed = (await response.json().catch(() => undefined)) as Json | undefined
  if (!isJsonObject(parsed)) throw new CommandError(`What answers at ${url} is no sandbox.`, 4)
  if (response.ok) return parsed
  const { error } = parsed
  const text = isJsonObject(error) ? error['message'] : error
  throw new CommandError(typeof text === 'string' ? text : `${path} answers ${response.status}`)
}

/** Only what commands send: text, and lists of text. */
function formOf(body: JsonObject): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(body)) {
    if (Array.isArray(value)) for (const one of value) form.append(`${name}[]`, plainText(one))
    else form.append(name, plainText(value))
  }
  return form
}
