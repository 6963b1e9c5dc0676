/**
 * Owns the JSON bodies of the v2 API.
 * Promises: they become the same tree as a form, so that one check serves both; null and '' both clear; never throws anything but 400.
 */
import { bareObject, isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { FormObject, FormValue } from './form.ts'
import { badRequest } from './stripe-error.ts'

const deepest = 20

/** A JSON object as a form, as the sandbox calls itself with it. */
export function formOf(object: JsonObject): FormObject {
  const form = bareObject<FormValue>()
  for (const [name, value] of Object.entries(object)) if (value !== undefined) form[name] = toForm(value, 1)
  return form
}

/** Reads a JSON object onto `into`. */
export function parseJsonForm(text: string, into: FormObject): FormObject {
  if (text.trim() === '') return into
  let parsed: Json
  try {
    parsed = JSON.parse(text)
  } catch {
    throw badRequest('Invalid JSON in the request body.', { code: 'invalid_json' })
  }
  if (!isJsonObject(parsed)) throw badRequest('The request body must be a JSON object.')
  for (const [name, value] of Object.entries(parsed)) into[name] = toForm(value, 1)
  return into
}

function toForm(value: Json | undefined, depth: number): FormValue {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'object') return String(value)
  if (depth > deepest)
    throw badRequest(`Invalid request: parameters may not nest deeper than ${deepest} levels.`)
  const level = bareObject<FormValue>()
  for (const [name, inner] of Object.entries(value)) level[name] = toForm(inner, depth + 1)
  return level
}
