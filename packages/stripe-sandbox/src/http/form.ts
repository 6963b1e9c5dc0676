/**
 * Owns the decoding of form bodies and query strings with nested brackets (`a[b][c]=v`, `a[]=v`, `a[0][b]=v`).
 * Promises: never throws anything but a StripeError 400; caller-chosen keys live in objects without a prototype; the work is linear in
 * the input.
 */
import { bareObject } from '../json.ts'
import { badRequest } from './stripe-error.ts'

/** A decoded form: text at the leaves, objects without a prototype in between. Lists are objects with the keys 0, 1, 2 … */
export type FormValue = string | FormObject
/** One level of a decoded form. */
export type FormObject = { [key: string]: FormValue }

/** Stripe's own limit is not published; deeper than this is never sent by a client and only serves to exhaust a stack. */
const deepest = 20

/** Decodes `text` onto `into` (a fresh object by default) and returns it. A later value for the same key wins. */
export function parseForm(text: string, into: FormObject = bareObject<FormValue>()): FormObject {
  if (text === '') return into
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const key = decode(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1))
    assign(into, splitKey(key), value)
  }
  return into
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.includes('+') ? text.replaceAll('+', ' ') : text)
  } catch {
    throw badRequest('Invalid request: the parameters contain an invalid %-encoding or invalid UTF-8.')
  }
}

/** `a[b][c]` → a, b, c. Text that does not nest properly is one plain key, as in Rack. */
function splitKey(key: string): string[] {
  const open = key.indexOf('[')
  if (open <= 0 || !key.endsWith(']')) return [key]
  const parts = [key.slice(0, open), ...key.slice(open + 1, -1).split('][')]
  if (parts.length > deepest)
    throw badRequest(`Invalid request: parameters may not nest deeper than ${deepest} levels.`)
  return parts
}

function assign(root: FormObject, parts: readonly string[], value: string): void {
  let level = root
  for (let index = 0; index < parts.length - 1; index++) {
    const part = parts[index] ?? ''
    const key = part === '' && index > 0 ? appendKey(level, parts[index + 1] ?? '') : part
    const next = level[key]
    if (typeof next === 'string') {
      throw badRequest(
        `Invalid request: expected ${parts.slice(0, index + 1).join('.')} to be either a value or an object, not both.`,
      )
    }
    if (next === undefined) {
      const fresh = bareObject<FormValue>()
      level[key] = fresh
      level = fresh
    } else {
      level = next
    }
  }
  const last = parts.at(-1) ?? ''
  const key = last === '' && parts.length > 1 ? nextIndex(level) : last
  if (typeof level[key] === 'object') {
    throw badRequest(
      `Invalid request: expected ${parts.join('.')} to be either a value or an object, not both.`,
    )
  }
  level[key] = value
}

/** How often `[]` appended to a list; beside the lists, since every key inside them may be the caller's own. */
const appended = new WeakMap<FormObject, number>()

/** True if the object was written with `[]`, and so is a list whatever its keys look like. */
export function isAppendedList(value: FormObject): boolean {
  return appended.has(value)
}

function nextIndex(list: FormObject): string {
  let index = appended.get(list) ?? 0
  while (String(index) in list) index++
  appended.set(list, index + 1)
  return String(index)
}

/** `a[][b]=1&a[][c]=2` is one item, a second `a[][b]` begins the next one. */
function appendKey(list: FormObject, member: string): string {
  const current = String((appended.get(list) ?? 0) - 1)
  const last = list[current]
  if (typeof last === 'object' && member !== '' && !(member in last)) return current
  return nextIndex(list)
}
