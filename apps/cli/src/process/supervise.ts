// Owns keeping one process of the stack alive.
// States: starting → running → (died) → starting …; any → stopped. Promises: a process that dies is started again at
// once, one that keeps dying after growing pauses; nothing is started after `stop`.

import { setTimeout as wait } from 'node:timers/promises'
import type { Leashed } from './leash.ts'

export interface Supervised {
  /** The present process. */
  readonly pid: number
  /** Resolves when it answers for the first time. Rejects, with the log's end, where it does not. */
  ready: Promise<void>
  /** Ends it and the watch over it. */
  stop(): Promise<void>
}

export interface SuperviseOptions {
  name: string
  launch(): Promise<Leashed>
  /** Whether it answers. */
  answers(): Promise<boolean>
  /** Called with the new process id after each restart. */
  restarted(pid: number): void
}

/** A process that lived so long (ms) was well: its next death is a first one. */
const wellMs = 5_000
const firstPauseMs = 100
const longestPauseMs = 2_000
/** Loading TypeScript on a busy machine takes some seconds; a minute is a failure (ms). */
const readyMs = 60_000
const askEveryMs = 50
/** The whole stack must be gone within 30 s, the services (10 s) included (ms). */
const stopPatienceMs = 15_000

/** Starts the process and keeps it alive. Rejects where it cannot be started at all. */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  let current = await options.launch()
  let pauseMs = 0
  const stopping = new AbortController()

  const watch = async () => {
    for (;;) {
      const began = Date.now()
      await current.ended
      if (stopping.signal.aborted) return
      pauseMs = nextPause(pauseMs, Date.now() - began)
      await wait(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      // A machine short of processes or files for a moment: the next turn tries again.
      const next = await options.launch().catch(() => null)
      if (next === null) continue
      current = next
      options.restarted(current.pid)
    }
  }
  const ready = firstAnswer(options, current, stopping.signal)
  // While nobody has waited for it yet, a failure is not unhandled.
  ready.catch(() => undefined)
  const watching = ready.then(watch).catch(() => undefined)

  return {
    get pid() {
      return current.pid
    },
    ready,
    async stop() {
      stopping.abort()
      await current.stop(stopPatienceMs)
      await watching
      // A launch that was under way when the stop came.
      await current.stop(stopPatienceMs)
    },
  }
}

/** At once after a long life; else a little longer each time. */
function nextPause(pauseMs: number, livedMs: number): number {
  if (livedMs > wellMs) return 0
  return Math.min(longestPauseMs, Math.max(firstPauseMs, pauseMs * 2))
}

/** A first start that ends by itself is an error, not something to be tried for ever. */
async function firstAnswer(
  options: SuperviseOptions,
  process: Leashed,
  stopping: AbortSignal,
): Promise<void> {
  const end: { how?: string } = {}
  void process.ended.then((how) => Object.assign(end, { how }))
  const deadline = Date.now() + readyMs
  while (!(await options.answers())) {
    if (stopping.aborted) return
    if (end.how !== undefined)
      throw new Error(`${options.name} ended (${end.how}):\n${await process.logTail()}`)
    if (Date.now() > deadline) throw new Error(`${options.name} does not answer:\n${await process.logTail()}`)
    await wait(askEveryMs)
  }
}
