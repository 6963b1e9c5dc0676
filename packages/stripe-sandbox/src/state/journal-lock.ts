/**
 * Owns the lock beside a journal: two sandboxes that write one file would each answer from half of the truth.
 * Promises: of several that start, one gets the file and the others are refused with the holder's name; a holder that died, `kill -9`
 * included, holds nobody up on its own host, and nobody elsewhere for longer than `silentMs`.
 */
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** How often a holder shows on the file that it lives (ms). */
const beatMs = 5000
/** A holder on another host, whose process cannot be asked for, counts as gone after three missed beats (ms). */
const silentMs = 3 * beatMs

/** Who holds a lock. `started` tells a process from a later one with its number; '' where the system does not say. */
type Holder = { readonly pid: number; readonly host: string; readonly started: string }

/** Takes the lock of a file; gives the way to release it. Throws an Error that names who has it. */
export function lockJournal(path: string): () => void {
  const lock = `${path}.lock`
  const own = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) })
  while (!made(lock, own)) {
    const text = textOf(lock)
    if (text === undefined) continue
    const holder = holderOf(text)
    if (isAlive(lock, holder)) throw new Error(refusal(path, lock, holder))
    setAside(lock, text)
  }
  const beat = setInterval(() => show(lock), beatMs)
  beat.unref()
  return () => {
    clearInterval(beat)
    if (textOf(lock) === own) rmSync(lock, { force: true })
  }
}

function made(lock: string, own: string): boolean {
  try {
    writeFileSync(lock, own, { flag: 'wx' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function textOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8')
  } catch {
    return undefined
  }
}

function holderOf(text: string): Holder | undefined {
  try {
    const { pid, host, started }: Record<string, unknown> = JSON.parse(text)
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof started !== 'string') return undefined
    return { pid, host, started }
  } catch {
    return undefined
  }
}

/** One that is not readable is being written this moment, or by nobody any more. */
function isAlive(lock: string, holder: Holder | undefined): boolean {
  if (holder?.host !== hostname()) return Date.now() - changedAt(lock) < silentMs
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    // Not ours to signal, but there.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return holder.started === startOf(holder.pid)
}

function changedAt(lock: string): number {
  return statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** The start of a process in ticks since the boot, on Linux. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may hold anything; the start is the twentieth field after it (proc(5), field 22).
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

/** Removes a dead holder's lock; one that another starter has made meanwhile is put back. */
function setAside(lock: string, dead: string): void {
  const aside = `${lock}.${process.pid}`
  try {
    renameSync(lock, aside)
  } catch {
    return
  }
  if (textOf(aside) === dead) rmSync(aside, { force: true })
  else renameSync(aside, lock)
}

function show(lock: string): void {
  try {
    utimesSync(lock, new Date(), new Date())
  } catch {
    // Its folder was removed under a running sandbox: there is nothing left to hold.
  }
}

function refusal(path: string, lock: string, holder: Holder | undefined): string {
  const who = holder
    ? `process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`}`
    : 'another'
  return (
    `${path} is in use by ${who}: two sandboxes cannot share one file. Stop that one, or name another file. ` +
    `(If nothing uses it, remove ${lock}.)`
  )
}
