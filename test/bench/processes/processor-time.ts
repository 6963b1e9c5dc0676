// Owns how much processor time processes have used, by Linux' own count.

import { readdir, readFile } from 'node:fs/promises'

/** The kernel counts in these (per second): `getconf CLK_TCK`, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100
/** Where user and system time stand behind the name, which may hold blanks and ends with the last bracket. */
const [userAt, systemAt] = [11, 12]

/** Seconds of processor time since the process began; null where nobody tells. */
export async function processorSeconds(pid: number): Promise<number | null> {
  const fields = await statOf(pid)
  return fields && (Number(fields[userAt]) + Number(fields[systemAt])) / ticksPerSecond
}

/** Where a process's parent stands, behind the same bracket. */
const parentAt = 1

/** Where the time of ended children stands, user and system, which the kernel adds to their parent's. */
const [childUserAt, childSystemAt] = [13, 14]

/**
 * The same with all that it ever started: PostgreSQL has a process for each connection, and one that ends must not take its time
 * out of the sum. Null where nobody tells.
 */
export async function secondsOfTree(root: number): Promise<number | null> {
  const names = await readdir('/proc').catch(() => [])
  const parents = new Map<number, number>()
  const ticks = new Map<number, number>()
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue
    const fields = await statOf(Number(name))
    if (!fields) continue
    parents.set(Number(name), Number(fields[parentAt]))
    const counted = [userAt, systemAt, childUserAt, childSystemAt].map((at) => Number(fields[at]))
    ticks.set(
      Number(name),
      counted.reduce((sum, each) => sum + each, 0),
    )
  }
  const below = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === root || below(parents.get(pid)))
  const tree = [...ticks].filter(([pid]) => below(pid))
  return tree.length === 0 ? null : tree.reduce((sum, [, each]) => sum + each, 0) / ticksPerSecond
}

/** What the kernel tells of a process, from its state on; null for one that is gone. */
async function statOf(pid: number): Promise<string[] | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
