// Owns that this process does one thing at a time for one customer in a lane: a calm bell and a live one are two jobs, and both
// would make the same call. Other processes may still; the protocol allows for that.

/** Runs `work` after whatever runs for this key, and answers its outcome. */
export function oneAtATime(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work)
    const ended = turn.then(
      () => undefined,
      () => undefined,
    )
    last.set(key, ended)
    void ended.then(() => last.get(key) === ended && last.delete(key))
    return turn
  }
}
