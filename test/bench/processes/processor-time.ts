// Owns how much processor time processes have used, by Linux' own count.

import { readFile } from 'node:fs/promises'

/** The kernel counts in these (per second): `getconf CLK_TCK`, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100
/** Where user and system time stand behind the name, which may hold blanks and ends with the last bracket. */
const [userAt, systemAt] = [11, 12]

/** Seconds of processor time since the process began; null where nobody tells. */
export async function processorSeconds(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[userAt]) + Number(fields[systemAt])) / ticksPerSecond
}
