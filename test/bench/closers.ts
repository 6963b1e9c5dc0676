// Owns the end of what a benchmark started.
// Promises: closed once, the last one first, and before this process ends by SIGINT or SIGTERM.

export interface Closers {
  add: (close: () => Promise<unknown>) => void
  close: () => Promise<void>
  /** Whether a signal came: nothing more is to be begun. */
  ending: () => boolean
  /** From now on a signal closes all, then ends this process; a second one ends it at once. */
  endOnSignal: () => void
}

/** What a shell shows for a program that was interrupted. */
const interrupted = 130

export function openClosers(): Closers {
  const open: (() => Promise<unknown>)[] = []
  let ending = false
  const close = async () => {
    for (let next = open.pop(); next; next = open.pop()) await next()
  }
  return {
    add: (one) => void open.push(one),
    close,
    ending: () => ending,
    endOnSignal() {
      const end = () => {
        ending = true
        void close().finally(() => process.exit(interrupted))
      }
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
    },
  }
}
