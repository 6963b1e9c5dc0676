/**
 * Owns the form of a line of the journal: the changes of one unit of work, as JSON.
 * Promises: what is read is what was written; a value that an earlier entry holds is written once and is one object again when read, so
 * that an event shares its object with the row it tells of; a line that was not written here is refused with the reason.
 */
import { type Json, type JsonObject, isJsonObject } from '../json.ts'
import type { Change } from './table.ts'

/** A change as it is read back. */
export type JournalEntry = Pick<Change, 'realm' | 'table' | 'id' | 'value' | 'deleted'>

/** Stands for a value that an earlier entry holds: its number among the entries. */
const sharedMark = '$same'

/** Writes lines whose entries may share values with entries of lines before. */
export function createLineWriter(): (entries: readonly JournalEntry[]) => string {
  const seen = new Map<unknown, number>()
  let count = 0
  return (entries) => {
    const texts = entries.map(({ realm, table, id, value, deleted }) => {
      const text = JSON.stringify([realm, table, id, value ?? null, deleted], (_key, inner: unknown) => {
        const earlier = typeof inner === 'object' && inner !== null ? seen.get(inner) : undefined
        return earlier === undefined ? inner : { [sharedMark]: earlier }
      })
      if (value) seen.set(value, count)
      count++
      return text
    })
    return `[${texts.join(',')}]\n`
  }
}

/** Reads lines of one such writer, in the same order. Throws an Error that says what is wrong with a line. */
export function createLineReader(): (line: string) => JournalEntry[] {
  const values: JsonObject[] = []
  return (line) => {
    const parsed: Json = JSON.parse(line)
    if (!Array.isArray(parsed)) throw new Error('it is not a list')
    return parsed.map((entry) => readEntry(entry, values))
  }
}

function readEntry(entry: Json, values: JsonObject[]): JournalEntry {
  const [realm, table, id, raw, deleted] = Array.isArray(entry) ? entry : []
  if (typeof realm !== 'string' || typeof table !== 'string' || typeof id !== 'string') {
    throw new Error('an entry of it does not say what it belongs to')
  }
  if (typeof deleted !== 'boolean' || (raw !== null && !isJsonObject(raw))) {
    throw new Error('an entry of it holds no object')
  }
  const value = raw === null ? undefined : unshare(raw, values)
  if (value !== undefined && !isJsonObject(value)) throw new Error('an entry of it holds no object')
  values.push(value ?? {})
  return { realm, table, id, value, deleted }
}

function unshare(value: Json | undefined, values: readonly JsonObject[]): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => unshare(item, values) ?? null)
  if (!isJsonObject(value)) return value
  const mark = value[sharedMark]
  if (typeof mark === 'number') {
    const shared = values[mark]
    if (!shared) throw new Error('it refers to an entry that is not there')
    return shared
  }
  for (const [key, inner] of Object.entries(value)) {
    const shared = isJsonObject(inner) || Array.isArray(inner) ? unshare(inner, values) : inner
    // The line was parsed a moment ago and belongs to nobody else; defineProperty because a key may be `__proto__`.
    if (shared !== inner)
      Object.defineProperty(value, key, {
        value: shared,
        enumerable: true,
        writable: true,
        configurable: true,
      })
  }
  return value
}
