// Owns what is said of the machine beside every figure, and how a process is kept to one core of it.

import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'

/** What a reader needs to compare. */
export interface Machine {
  cpu: string
  cores: number
  memory_gb: number
  node: string
  /** Others at work when the run began: the load average of the last minute. */
  load: number
}

export function machine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

/** True where `taskset` can keep a process to one core. */
export function canPin(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Node with these arguments, kept to the first core where that can be done. */
export function nodeOnOneCore(args: readonly string[]): { command: string; args: string[] } {
  return canPin()
    ? { command: 'taskset', args: ['-c', '0', process.execPath, ...args] }
    : { command: process.execPath, args: [...args] }
}
