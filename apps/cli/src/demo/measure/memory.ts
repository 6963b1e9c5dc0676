// Owns reading how much memory processes hold (resident set), and its highest value over a while.

import { readFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'

/** Megabytes (10^6 bytes) by name, e.g. `gateway`. */
export type Memory = Record<string, number>

export interface MemoryWatch {
  /** The present values. */
  now(): Promise<Memory>
  /** The highest values seen since the start. */
  highest(): Memory
  stop(): void
}

/** A growth that lasts shorter than this needs no memory of note (ms). */
const lookEveryMs = 250

/** Watches the processes that `pids` names at each look: a restarted one has another id. */
export function watchMemory(pids: () => Record<string, number>): MemoryWatch {
  const highest: Memory = {}
  const now = async () => {
    const memory: Memory = {}
    for (const [name, pid] of Object.entries(pids())) {
      const held = await residentMegabytes(pid)
      if (held === null) continue
      memory[name] = held
      highest[name] = Math.max(highest[name] ?? 0, held)
    }
    return memory
  }
  const timer = setInterval(() => void now(), lookEveryMs)
  timer.unref()
  return { now, highest: () => ({ ...highest }), stop: () => clearInterval(timer) }
}

/** From /proc where there is one, else from `ps`; null for a process that is gone. */
async function residentMegabytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? (await residentByPs(pid))
  return /^\d+$/.test(kilobytes) ? Math.round((Number(kilobytes) * 1024) / 1e6) : null
}

function residentByPs(pid: number): Promise<string> {
  return new Promise((answer) => {
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], (_error, out) => answer(out.trim()))
  })
}
