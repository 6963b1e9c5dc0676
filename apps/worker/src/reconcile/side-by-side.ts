// Owns doing many things a few at a time.

/**
 * Runs `work` on every item, so many at once, in their order of beginning. Where `work` answers false no further one is begun;
 * those that were begun end. Rejects with the first error.
 */
export async function sideBySide<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<boolean>,
): Promise<void> {
  const waiting = [...items]
  let goesOn = true
  const runner = async () => {
    for (let item = waiting.shift(); item !== undefined && goesOn; item = waiting.shift()) {
      if (!(await work(item))) goesOn = false
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, runner))
}
