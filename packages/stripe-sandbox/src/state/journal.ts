/**
 * Owns the file that lets the sandbox survive `kill -9`: one line for each unit of work, appended before the answer is sent.
 * Promises: a line is whole or, at the very end of the file after a crash, ignored and cut off; what a unit changed is restored together
 * (an effect, its events and its idempotency record can never be separated). It does not promise to survive a power cut: nothing is
 * synced to the disk, since a test double must be fast.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { type Json, type JsonObject, isJsonObject } from '../json.ts'
import type { Change } from './table.ts'

/** A change as it is read back. */
export type JournalEntry = Pick<Change, 'realm' | 'table' | 'id' | 'value' | 'deleted'>

/** The open file. */
export type Journal = {
  /** Calls `restore` with every change since the beginning, in order. */
  replay(restore: (entry: JournalEntry) => void): void
  append(changes: readonly Change[]): void
  /** Empties the file. */
  clear(): void
  close(): void
}

/** Stands for a value that an earlier entry of the same line holds, so that an event does not repeat its object. */
const sharedMark = '$same'

/** Opens or makes the file. Throws if it cannot be read or written. */
export function openJournal(path: string): Journal {
  const file = openSync(path, 'a+')
  return {
    replay(restore) {
      let whole = 0
      const text = readFileSync(path, 'utf8')
      for (let start = 0; start < text.length; ) {
        const end = text.indexOf('\n', start)
        if (end < 0) break
        for (const entry of decodeLine(text.slice(start, end))) restore(entry)
        start = end + 1
        whole = start
      }
      if (whole < text.length) ftruncateSync(file, Buffer.byteLength(text.slice(0, whole)))
    },
    append(changes) {
      writeSync(file, encodeLine(changes))
    },
    clear: () => ftruncateSync(file, 0),
    close: () => closeSync(file),
  }
}

function encodeLine(changes: readonly Change[]): string {
  const seen = new Map<unknown, number>()
  const entries = changes.map(({ realm, table, id, value, deleted }, index) => {
    const text = JSON.stringify([realm, table, id, value ?? null, deleted], (_key, inner: unknown) => {
      const earlier = typeof inner === 'object' && inner !== null ? seen.get(inner) : undefined
      return earlier === undefined ? inner : { [sharedMark]: earlier }
    })
    if (value) seen.set(value, index)
    return text
  })
  return `[${entries.join(',')}]\n`
}

function decodeLine(line: string): JournalEntry[] {
  const parsed: Json = JSON.parse(line)
  if (!Array.isArray(parsed)) throw new Error('the journal is damaged: a line is not a list')
  const values: JsonObject[] = []
  return parsed.map((entry: Json) => {
    const [realm, table, id, raw, deleted] = Array.isArray(entry) ? entry : []
    const value = isJsonObject(raw) ? unshare(raw, values) : undefined
    values.push(isJsonObject(value) ? value : {})
    return {
      realm: String(realm),
      table: String(table),
      id: String(id),
      value: isJsonObject(value) ? value : undefined,
      deleted: deleted === true,
    }
  })
}

function unshare(value: Json | undefined, values: readonly JsonObject[]): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => unshare(item, values) ?? null)
  if (!isJsonObject(value)) return value
  const mark = value[sharedMark]
  if (typeof mark === 'number') return values[mark]
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
