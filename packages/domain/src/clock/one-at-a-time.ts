// Owns the turns of work that must not run side by side in this process: first come, first served for each key.

/** Runs `work` after whatever runs for this key, however that ended, and answers its outcome. It is told whether it waited. */
export type OneAtATime = <T>(key: string, work: (waited: boolean) => Promise<T>) => Promise<T>

/** Nothing runs yet. */
export function oneAtATime(): OneAtATime {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const ahead = last.get(key)
    const turn = (ahead ?? Promise.resolve()).then(() => work(ahead !== undefined))
    const ended = turn.then(
      () => undefined,
      () => undefined,
    )
    last.set(key, ended)
    void ended.then(() => last.get(key) === ended && last.delete(key))
    return turn
  }
}
