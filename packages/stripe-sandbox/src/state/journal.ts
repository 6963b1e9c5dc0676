/**
 * Owns the file that lets the sandbox survive `kill -9`: one line for each unit of work, appended before the answer is sent.
 * Promises: what a unit changed is restored together (an effect, its events and its idempotency record can never be separated). A line
 * that a crash tore at the very end of the file is cut off; any other damage is refused, with the line and what to do, and nothing is
 * changed. At the start the file is made again from what is still true of it, under another name and renamed, so it does not grow for
 * ever. One sandbox at a time has the file. It does not promise to survive a power cut: nothing is synced to the disk, since a test
 * double must be fast.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createLineReader, createLineWriter, type JournalEntry } from './journal-line.ts'
import { lockJournal } from './journal-lock.ts'
import { upgraded } from './journal-upgrade.ts'
import type { Change } from './table.ts'

/** The open file. */
export type Journal = {
  /** Calls `restore` with what every row is in the end, each table in the order in which its rows were made. */
  replay(restore: (entry: JournalEntry) => void): void
  append(changes: readonly Change[]): void
  /** Empties the file. */
  clear(): void
  close(): void
}

/** Read and written at once: large enough to be fast, small enough not to matter (bytes). */
const blockBytes = 1_048_576

/** Every line of changes begins so, which tells a torn one from a file that is none of ours. */
const lineStart = '[["'

/**
 * The first line of a file that was made again: that many lines after it share values with each other, and stand for all that was there.
 * A file without it holds changes from its first line on.
 */
type Header = { readonly stripe_sandbox_journal: 1; readonly snapshot: number }
const headerStart = '{"stripe_sandbox_journal":1,'

/**
 * Opens or makes the file. Throws if it cannot be read or written, or if another sandbox has it; `replay` throws if it is damaged, and
 * has closed it then.
 */
export function openJournal(name: string): Journal {
  const path = realPath(name)
  const release = lockJournal(path)
  let file: number
  try {
    file = openSync(path, 'a+')
  } catch (error) {
    release()
    throw error
  }
  // The number of a closed file may be another file's a moment later: what comes too late is written nowhere.
  let closed = false
  const close = () => {
    closed = true
    closeSync(file)
    release()
  }
  return {
    replay(restore) {
      try {
        const { rows, isCompact } = readJournal(file, path)
        if (!isCompact) {
          const again = writeAgain(path, rows)
          closeSync(file)
          file = again
        }
        for (const entry of rows) restore(entry)
      } catch (error) {
        close()
        throw error
      }
    },
    append(changes) {
      if (!closed) writeWhole(file, createLineWriter()(changes))
    },
    clear() {
      if (!closed) ftruncateSync(file, 0)
    },
    close,
  }
}

/** A link is followed, so that making the file again does not replace the link. */
function realPath(name: string): string {
  try {
    return realpathSync(name)
  } catch {
    return join(realpathSync(dirname(name)), basename(name))
  }
}

/** What every row is in the end; `isCompact` if the file says exactly that and no more. */
function readJournal(file: number, path: string): { rows: JournalEntry[]; isCompact: boolean } {
  const rows = new Map<string, JournalEntry>()
  let entries = 0
  let number = 0
  let shared = createLineReader()
  let sharing = 0
  let isTorn = false
  for (const { text, isWhole } of linesOf(file)) {
    number++
    if (!isWhole && isBegun(text)) {
      isTorn = true
      break
    }
    try {
      const header = number === 1 ? readHeader(text) : undefined
      if (header) {
        sharing = header.snapshot
        shared = createLineReader()
        continue
      }
      const read = sharing-- > 0 ? shared : createLineReader()
      for (const entry of read(text)) {
        entries++
        const key = `${entry.realm}\n${entry.table}\n${entry.id}`
        if (entry.value === undefined) rows.delete(key)
        else rows.set(key, upgraded(entry))
      }
    } catch (error) {
      throw new Error(damage(path, number, error instanceof Error ? error.message : String(error)))
    }
  }
  return { rows: Array.from(rows.values()), isCompact: !isTorn && sharing <= 0 && entries === rows.size }
}

/** True for the beginning of a line of ours, which is all that a crash can leave behind. */
function isBegun(text: string): boolean {
  return [lineStart, headerStart].some((start) => start.startsWith(text) || text.startsWith(start))
}

function readHeader(text: string): Header | undefined {
  if (text.startsWith(lineStart)) return undefined
  if (!text.startsWith(headerStart)) throw new Error('it is no line of a journal')
  const { snapshot }: Record<string, unknown> = JSON.parse(text)
  if (typeof snapshot !== 'number') throw new Error('it does not say how long the snapshot is')
  return { stripe_sandbox_journal: 1, snapshot }
}

function damage(path: string, line: number, reason: string): string {
  if (line === 1) {
    return `${path} is not a journal of the sandbox, or damaged in line 1: ${reason}. Nothing was changed. Name another file.`
  }
  return (
    `${path} is damaged in line ${line}: ${reason}. Nothing was changed. To go on with what stands before it: ` +
    `head -n ${line - 1} '${path}' > '${path}.repaired', and start with that file. To begin anew, name another file.`
  )
}

/** Writes the file anew under another name, takes its place, and gives it opened. Whatever dies on the way leaves the old one. */
function writeAgain(path: string, rows: readonly JournalEntry[]): number {
  const name = `${path}.new`
  const file = openSync(name, 'w')
  try {
    const header: Header = { stripe_sandbox_journal: 1, snapshot: rows.length }
    const line = createLineWriter()
    let block = `${JSON.stringify(header)}\n`
    for (const entry of rows) {
      block += line([entry])
      if (block.length < blockBytes) continue
      writeWhole(file, block)
      block = ''
    }
    writeWhole(file, block)
  } finally {
    closeSync(file)
  }
  renameSync(name, path)
  return openSync(path, 'a+')
}

/** A full disk may take a part of a line: that part is taken back, so that the next line begins where this one did. */
function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text)
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(file, bytes, written)
  } catch (error) {
    ftruncateSync(file, fstatSync(file).size - written)
    throw error
  }
}

/** The lines of a file, of any size; the last is not whole if no line break follows it. */
function* linesOf(file: number): Generator<{ readonly text: string; readonly isWhole: boolean }> {
  const block = Buffer.alloc(blockBytes)
  let rest: Buffer[] = []
  let position = 0
  for (;;) {
    const length = readSync(file, block, 0, blockBytes, position)
    if (length === 0) break
    position += length
    let start = 0
    for (let end = block.indexOf(10); end >= 0 && end < length; end = block.indexOf(10, start)) {
      rest.push(block.subarray(start, end))
      yield { text: Buffer.concat(rest).toString('utf8'), isWhole: true }
      rest = []
      start = end + 1
    }
    if (start < length) rest.push(Buffer.from(block.subarray(start, length)))
  }
  if (rest.length > 0) yield { text: Buffer.concat(rest).toString('utf8'), isWhole: false }
}
