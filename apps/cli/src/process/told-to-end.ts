// Owns the ways in which the stack is asked to end: SIGINT, SIGTERM, SIGHUP, or the end of what launched it.

import { whenLauncherEnds } from './launchers.ts'

/** One Ctrl-C may arrive twice: from the terminal and passed on by the package manager (ms). */
const sameSignalMs = 1_000

/**
 * Resolves at the first of them. A second signal ends this process at once; what it started is then ended by its
 * guards (leash.sh and its like).
 */
export function toldToEnd(): Promise<void> {
  return new Promise((told) => {
    let asked: number | null = null
    const ask = () => {
      if (asked !== null && performance.now() - asked > sameSignalMs) process.exit(0)
      asked ??= performance.now()
      told()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask)
    whenLauncherEnds(told)
  })
}
