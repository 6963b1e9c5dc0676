// Owns working through a list a few items at a time.

/** Calls `work` for each item, at most `width` at once; rejects with the first failure after the others ended. */
export async function atOnce<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const lane = async () => {
    for (const item of queue) await work(item)
  }
  const lanes = await Promise.allSettled(Array.from({ length: width }, lane))
  for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason
}
