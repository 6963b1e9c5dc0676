/**
 * Owns `previous_attributes`: what an update replaced.
 * Promises: only what changed, with its old value; metadata by key, a new key as null; arrays whole; undefined if nothing changed. Members
 * are own ones: a caller may name its metadata `constructor` or `__proto__`.
 */
import { bareObject, isJsonObject, type Json, type JsonObject } from '../json.ts'

/** Compares two versions of an object. `nested` says how objects other than metadata are cut. */
export function previousAttributes(
  before: JsonObject,
  after: JsonObject,
  nested: 'leaf' | 'whole',
): JsonObject | undefined {
  const previous = bareObject<Json>()
  let changed = false
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const old = own(before, name)
    const now = own(after, name)
    if (old === now || sameJson(old, now)) continue
    changed = true
    const byMember = isJsonObject(old) && isJsonObject(now) && (name === 'metadata' || nested === 'leaf')
    previous[name] = byMember ? (previousAttributes(old, now, nested) ?? {}) : old
  }
  return changed ? previous : undefined
}

/** True if both say the same, whatever the order of members. An absent member and null are the same. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]))
  if (!isJsonObject(a) || !isJsonObject(b)) return (a ?? null) === (b ?? null)
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
    if (!sameJson(own(a, key), own(b, key))) return false
  return true
}

/** An object after an update, with the time of it if the update changed anything. `updated` in seconds. */
export function touched<T extends JsonObject>(before: T, after: T, updated: number): T {
  return sameJson(before, after) ? before : { ...after, updated }
}

function own(object: JsonObject, name: string): Json {
  return (Object.hasOwn(object, name) ? object[name] : null) ?? null
}
