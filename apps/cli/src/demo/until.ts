// Owns waiting for a condition of the running system.

import { setTimeout as wait } from 'node:timers/promises'

/** Asks until there is an answer other than null. @throws Error, naming what did not happen, after `limitMs` */
export async function until<T>(
  what: string,
  options: { everyMs: number; limitMs: number },
  ask: () => Promise<T | null>,
): Promise<T> {
  const deadline = performance.now() + options.limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (performance.now() > deadline) throw new Error(`${what}: not within ${options.limitMs / 1000} s`)
    if (options.everyMs > 0) await wait(options.everyMs)
  }
}
