/** Owns how a command that stays is told to end. */

/** The wish of whoever started it. */
export type Signalled = {
  /** Aborted by the first SIGTERM or SIGINT, also by one that comes while the command is starting. */
  readonly signal: AbortSignal
  /** Resolves when it is aborted. */
  readonly came: Promise<void>
  /** Lets signals do again what they do by themselves. */
  readonly ignore: () => void
}

/** Listens to signals from now on. */
export function signalled(): Signalled {
  const end = new AbortController()
  const abort = () => end.abort()
  const names = ['SIGINT', 'SIGTERM'] as const
  for (const name of names) process.once(name, abort)
  return {
    signal: end.signal,
    came: new Promise((resolve) => end.signal.addEventListener('abort', () => resolve())),
    ignore() {
      for (const name of names) process.removeListener(name, abort)
    },
  }
}
