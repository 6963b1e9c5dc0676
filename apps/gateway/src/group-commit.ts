// Owns the sharing of durable writes: many acknowledgements, one insert.
// Promises: an item's promise resolves only when its flush was written, with its own result, and rejects when its
// flush failed; items are flushed in the order in which they came; an item that breaks a flush breaks its own only,
// the others are written again one by one. Measured: more than twice the intake of one
// insert each (a 1 ms window beats flushing at once).

import type { Clock } from '@lockstep/domain/clock/clock'
import { bug, LockstepError } from '@lockstep/domain/error/catalogue'
import { StoreUnavailable } from '@lockstep/domain/store/store'

/** How long the first item of a flush waits for company. */
const windowMs = 1
/** Items in one flush: beyond this a command grows slower than it saves. */
const flushMax = 256
/** One being written while the next one fills; more only queue inside the database. */
const inFlightMax = 2
/** Items that may wait: a few seconds of the highest measured intake; then callers are told to come back. */
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

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/** A function that writes one item together with whatever else comes at that moment. */
export function groupCommit<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = []
  let inFlight = 0
  let windowOpen = false

  const flush = async (): Promise<void> => {
    const batch = waiting.splice(0, flushMax)
    inFlight += 1
    try {
      await write(batch)
    } catch (error) {
      if (batch.length === 1 || error instanceof StoreUnavailable)
        for (const { reject } of batch) reject(error)
      else for (const each of batch) await write([each]).catch(each.reject)
    } finally {
      inFlight -= 1
      schedule()
    }
  }

  const write = async (batch: Waiting<Item, Result>[]): Promise<void> => {
    const startedAt = options.elapsed()
    const results = await options.write(batch.map(({ item }) => item))
    options.committed?.({ items: batch.length, seconds: (options.elapsed() - startedAt) / 1000 })
    for (const [index, { resolve, reject }] of batch.entries()) {
      const result = results[index]
      if (result === undefined) reject(bug('a flush answered fewer results than it was given items'))
      else resolve(result)
    }
  }

  const schedule = (): void => {
    if (waiting.length === 0 || inFlight >= inFlightMax) return
    if (waiting.length >= flushMax) void flush()
    else if (!windowOpen) {
      windowOpen = true
      void options.clock.sleep(windowMs).then(onWindow)
    }
  }

  const onWindow = (): void => {
    windowOpen = false
    if (waiting.length > 0 && inFlight < inFlightMax) void flush()
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= queueMax) {
        reject(new LockstepError('unavailable', { retryAfter: refusedRetryAfter }))
        return
      }
      waiting.push({ item, resolve, reject })
      schedule()
    })
}
