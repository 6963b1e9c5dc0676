// Owns the note beside a file of how far it was imported or exported, so that a command that was cut off goes on there.
// Promises: the note is whole or not there (written aside, then renamed); one of a file that has changed since is not heeded.

import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

/** The note of a file at `path`, in a shape of its owner's. */
export interface ProgressFile<Note> {
  path: string
  /** null: there is none that fits. */
  read: () => Note | null
  write: (note: Note) => void
  remove: () => void
}

/** `mark`: what must be the same for a note to fit. */
export function progressFile<Note>(path: string, schema: z.ZodType<Note>, mark: string): ProgressFile<Note> {
  const file = `${path}.progress`
  const stored = z.object({ mark: z.literal(mark), note: schema })
  return {
    path: file,
    read() {
      try {
        return stored.parse(JSON.parse(readFileSync(file, 'utf8'))).note
      } catch {
        return null
      }
    },
    write(note) {
      writeFileSync(`${file}.new`, JSON.stringify({ mark, note }))
      renameSync(`${file}.new`, file)
    },
    remove: () => rmSync(file, { force: true }),
  }
}

/** What a file that is read can be known by: its size and when it was last written. */
export function markOf(path: string): string {
  const { size, mtimeMs } = statSync(path)
  return `${size} bytes at ${mtimeMs}`
}
