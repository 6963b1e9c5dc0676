/**
 * Owns the last of something, in memory: requests, attempts of delivery.
 * Promises: what was added last is there, in order, up to the present number; who remembers a mark sees each entry once.
 */

/** The last entries. */
export type Recent<T> = {
  add(entry: T): void
  list(): T[]
  /** What was added since a mark and is still there, and the mark of now. The mark of the beginning is 0. */
  since(mark: number): { readonly entries: T[]; readonly mark: number }
  clear(): void
}

/** Makes an empty one; `size` is asked for each time, since a setting may change it. */
export function createRecent<T>(size: () => number): Recent<T> {
  let entries: T[] = []
  let count = 0
  const last = (wanted: number) => (wanted > 0 ? entries.slice(-Math.min(wanted, Math.max(size(), 1))) : [])
  return {
    add(entry) {
      entries.push(entry)
      count++
      // Cut in blocks: shifting each time would move the whole array for each entry.
      if (entries.length > size() * 2 + 100) entries = entries.slice(-size())
    },
    list: () => last(entries.length),
    since: (mark) => ({ entries: last(count - mark), mark: count }),
    clear() {
      entries = []
    },
  }
}
