// Owns noticing that the package manager that launched this process is gone.
// Why: `npx pnpm stack` is four processes deep; a SIGTERM to the outermost ends that one alone, hands its child to
// process 1 and would leave the stack running with nobody who knows of it.
// Promises: on Linux told within a second or two; elsewhere, or without a launcher, never.

import { readFileSync } from 'node:fs'

/** Soon enough that nobody waits for it, seldom enough to cost nothing (ms). */
const lookEveryMs = 1_000
/** npm and pnpm, run by name or as a script of node. */
const packageManager = /(^|[\s/])(npm|npx|pnpm|pnpx|yarn)(\s|\.c?js|$)/

/** Calls `gone` once a launcher has ended. Returns the way to stop looking. */
export function whenLauncherEnds(gone: () => void): () => void {
  const chain = launcherChain()
  if (chain.length < 2) return () => undefined
  const timer = setInterval(() => {
    const same = chain.every((pid, at) => at === chain.length - 1 || parentOf(pid) === chain[at + 1])
    if (same) return
    clearInterval(timer)
    gone()
  }, lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** This process and its ancestors up to the outermost package manager in an unbroken line of them and their shells. */
function launcherChain(): number[] {
  const chain = [process.pid]
  let outermost = 0
  for (let pid = parentOf(process.pid); pid !== null && pid > 1; pid = parentOf(pid)) {
    const command = commandOf(pid)
    const manager = packageManager.test(command)
    if (!manager && !/^(\/bin\/)?(sh|dash|bash) -c /.test(command)) break
    chain.push(pid)
    if (manager) outermost = chain.length - 1
  }
  return chain.slice(0, outermost + 1)
}

function parentOf(pid: number): number | null {
  // `pid (name) state ppid …`; the name may hold blanks and brackets.
  const stat = read(`/proc/${pid}/stat`)
  const parent = /^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1]
  return parent === undefined ? null : Number(parent)
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
