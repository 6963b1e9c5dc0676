/**
 * Owns the dispatch of `/_sandbox/…`.
 * Promises: a wrong door is 404 with the list of doors; a refused input is 400 with the reason; never an answer of Stripe's kind.
 */
import type { ServerResponse } from 'node:http'
import type { Core } from '../core.ts'
import { doors } from './all.ts'
import type { Door, DoorCall } from './door.ts'
import { isPage, type Page } from './html.ts'
import { isStream, sendStream } from './stream.ts'

/** A request to a door. */
export type DoorRequest = {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: string
  /** A browser sent it for a page of another site, which must not be able to reset what runs on this machine. */
  readonly isForeign: boolean
}

/** Answers one request to a door. Never rejects. */
export async function answerDoor(core: Core, request: DoorRequest, response: ServerResponse): Promise<void> {
  try {
    if (request.isForeign) throw new Error('the doors are not open to pages of other sites in a browser')
    const found = findDoor(request.method, request.path)
    if (!found)
      return send(response, 404, {
        error: `no such door: ${request.method} ${request.path}`,
        doors: listDoors(),
      })
    const result = await found.door.run({
      core,
      id: found.id,
      query: new URLSearchParams(request.query),
      body: readBody(request.body),
    })
    if (isPage(result)) sendPage(response, result)
    else if (isStream(result)) sendStream(response, result)
    else send(response, 200, result ?? {})
  } catch (error) {
    send(response, 400, { error: error instanceof Error ? error.message : String(error) })
  }
}

/** Verb, path and purpose of each door. */
export function listDoors(): { method: string; path: string; about: string }[] {
  return doors.map(({ method, path, about }) => ({ method, path, about }))
}

function findDoor(method: string, path: string): { door: Door; id: string } | undefined {
  for (const door of doors) {
    if (door.method !== method) continue
    if (door.path === path) return { door, id: '' }
    const [before = '', after = ''] = door.path.split('{id}')
    if (!door.path.includes('{id}') || !path.startsWith(before) || !path.endsWith(after)) continue
    const id = path.slice(before.length, path.length - after.length)
    if (id !== '' && !id.includes('/')) return { door, id: decodeURIComponent(id) }
  }
  return undefined
}

function readBody(text: string): DoorCall['body'] {
  if (text.trim() === '') return {}
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Error('the body must be a JSON object')
  // Neither null nor a list: members can be read by name, and each door checks what it reads.
  return parsed as DoorCall['body']
}

/** A page loads nothing from anywhere, and runs only what it brought itself. */
function sendPage(response: ServerResponse, { page, nonce }: Page): void {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(page),
    'Content-Security-Policy':
      `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; ` +
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(page)
}

function send(response: ServerResponse, status: number, result: unknown): void {
  if (response.headersSent || response.destroyed) return
  const text = JSON.stringify(result, null, 2)
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}
