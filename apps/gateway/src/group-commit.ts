// Owns the sharing of durable writes: many acknowledgements, one insert.
// Promises: an item's promise resolves only when its flush was written, with its own result, and rejects when its
// flush failed; whoever comes when too many wait is told to come back. Measured: more than twice the intake of one
// insert each (a 1 ms window beats flushing at once).

import type { Clock } from '@lockstep/domain/clock/clock'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import { gather } from '@lockstep/domain/store/gather'
import { StoreUnavailable } from '@lockstep/domain/store/store'

/** How long the first item of a flush waits for company. */
const windowMs = 1
/** Items in one flush: beyond this a command grows slower than it saves. */
const flushMax = 256
/** One being written while the next one fills; more only queue inside the database. */
const inFlightMax = 2
/** Items that may be on their way: a few seconds of the highest measured intake; then callers are told to come back. */
const queueMax = 20_000
/** Seconds until a refused caller may try again: the queue drains within about that. */
const refusedRetryAfter = 2

export interface GroupCommitOptions<Item, Result> {
  /**
   * Writes all and answers one result for each item, in their order. It may see an item again after it threw, so
   * writing one twice must be harmless.
   */
  write: (items: Item[]) => Promise<Result[]>
  /** Hears of each flush that was written, and what it took. */
  committed?: (event: { items: number; seconds: number }) => void
  /** Milliseconds, monotonic. */
  elapsed: () => number
  clock: Pick<Clock, 'sleep'>
}

/** A function that writes one item together with whatever else comes at that moment. */
export function groupCommit<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): (item: Item) => Promise<Result> {
  let onTheirWay = 0
  const put = gather<Item, Result>({
    most: flushMax,
    atOnce: inFlightMax,
    company: () => options.clock.sleep(windowMs),
    isCommon: (error) => error instanceof StoreUnavailable,
    async run(items) {
      const startedAt = options.elapsed()
      const results = await options.write(items)
      options.committed?.({ items: items.length, seconds: (options.elapsed() - startedAt) / 1000 })
      return results
    },
  })
  return async (item) => {
    if (onTheirWay >= queueMax) throw new LockstepError('unavailable', { retryAfter: refusedRetryAfter })
    onTheirWay += 1
    try {
      return await put(item)
    } finally {
      onTheirWay -= 1
    }
  }
}
