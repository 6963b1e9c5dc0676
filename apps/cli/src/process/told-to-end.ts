// Owns the ways in which the stack is asked to end: SIGINT, SIGTERM, SIGHUP, or the end of what launched it.

import { whenLauncherEnds } from './launchers.ts'

/**
 * Resolves at the first of them. A second signal ends this process at once; what it started is then ended by its
 * guards (leash.sh and its like).
 */
export function toldToEnd(): Promise<void> {
  return new Promise((told) => {
    let asked = false
    const ask = () => {
      if (asked) process.exit(0)
      asked = true
      told()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask)
    whenLauncherEnds(() => {
      if (!asked) ask()
    })
  })
}
