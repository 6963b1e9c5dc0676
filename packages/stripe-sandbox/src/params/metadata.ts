/**
 * Owns metadata: its limits, and how an update merges into what is there.
 * Promises: at most 50 keys of 40 characters and values of 500, as Stripe documents; keys such as `__proto__` are ordinary keys.
 */
import { isAppendedList, type FormValue } from '../http/form.ts'
import { badRequest } from '../http/stripe-error.ts'
import { bareObject, characters, type Metadata } from '../json.ts'
import type { ParamValue } from './param.ts'

/** Metadata of an object that has none; shared, since nothing that is stored is ever changed. */
export const noMetadata: Metadata = {}

const keysMax = 50
const keyLengthMax = 40
const valueLengthMax = 500

/** Reads the metadata of a request; a value of '' stands for "remove this key". */
export function readMetadata(value: FormValue, at: string): Metadata {
  if (typeof value === 'string' || isAppendedList(value)) {
    throw badRequest('Invalid object: metadata must be a set of keys and values', { param: at })
  }
  const read = bareObject<string>()
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== 'string')
      throw badRequest('Invalid string: metadata values must be strings', { param: `${at}[${key}]` })
    if (key === '' || /[[\]]/.test(key)) {
      throw badRequest('Metadata keys cannot be empty or contain square brackets.', { param: at })
    }
    if (characters(key) > keyLengthMax) {
      throw badRequest(
        `Metadata keys can have up to ${keyLengthMax} characters, but you passed in a key that is ${characters(key)} characters. ` +
          `Invalid key: ${key.slice(0, 60)}`,
        { param: at },
      )
    }
    if (item.includes('\u0000') || key.includes('\u0000')) {
      throw badRequest('Invalid string: null bytes are not allowed', { param: `${at}[${key}]` })
    }
    if (item.length > valueLengthMax && characters(item) > valueLengthMax) {
      throw badRequest(
        `Metadata values can have up to ${valueLengthMax} characters, but you passed in a value that is ${characters(item)} ` +
          `characters. Invalid value: ${item.slice(0, 60)}`,
        { param: `${at}[${key}]` },
      )
    }
    read[key] = item
  }
  return read
}

/**
 * Merges an update into metadata: absent leaves all, null clears all, '' removes one key. Returns the same object if nothing changed.
 * Throws 400 above 50 keys.
 */
export function mergeMetadata(before: Metadata, update: ParamValue | undefined): Metadata {
  if (update === undefined) return before
  if (update === null) return Object.keys(before).length === 0 ? before : noMetadata
  if (typeof update !== 'object' || Array.isArray(update)) throw new Error('bug: metadata was not checked')
  const merged = bareObject<string>()
  for (const key of Object.keys(before)) merged[key] = before[key] ?? ''
  let changed = false
  for (const [key, value] of Object.entries(update)) {
    if (typeof value !== 'string' || merged[key] === value) continue
    if (value === '' && !(key in merged)) continue
    changed = true
    if (value === '') delete merged[key]
    else merged[key] = value
  }
  if (!changed) return before
  if (Object.keys(merged).length > keysMax) {
    throw badRequest(
      `Metadata can have up to ${keysMax} keys, but you passed in ${Object.keys(merged).length}.`,
      {
        param: 'metadata',
      },
    )
  }
  // An ordinary object with own members takes a fifth of the room of one without a prototype, and is as safe to read by own keys.
  return Object.fromEntries(Object.entries(merged))
}
