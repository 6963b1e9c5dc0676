// Owns the sharing of commands: what is asked while other questions are under way goes together as one.
// Promises: each item gets its own result, or the error of its own; items go in the order in which they came; an item that
// breaks a shared run breaks its own only, since the others are run again one by one.

import { bug } from '../error/catalogue.ts'

export interface GatherOptions<Item, Result> {
  /**
   * Answers one result for each item, in their order. It may see an item again after it threw, so running one twice must be
   * harmless.
   */
  run: (items: Item[]) => Promise<Result[]>
  /** Items in one run, at most. */
  most: number
  /** Runs under way at once: others collect meanwhile. */
  atOnce: number
  /** Resolves when the first item of a run has waited long enough for company. */
  company: () => Promise<void>
  /** An error that is no item's fault: each would meet it alone as well. */
  isCommon: (error: unknown) => boolean
}

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/** A function that runs one item together with whatever else comes at that moment. */
export function gather<Item, Result>(options: GatherOptions<Item, Result>): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = []
  let running = 0
  let gathering = false

  const runAll = async (batch: Waiting<Item, Result>[]): Promise<void> => {
    const results = await options.run(batch.map(({ item }) => item))
    for (const [index, { resolve, reject }] of batch.entries()) {
      const result = results[index]
      if (result === undefined) reject(bug('a shared run answered fewer results than it was given items'))
      else resolve(result)
    }
  }

  const start = async (): Promise<void> => {
    const batch = waiting.splice(0, options.most)
    running += 1
    try {
      await runAll(batch)
    } catch (error) {
      if (batch.length === 1 || options.isCommon(error)) for (const { reject } of batch) reject(error)
      else for (const each of batch) await runAll([each]).catch(each.reject)
    } finally {
      running -= 1
      schedule()
    }
  }

  const schedule = (): void => {
    if (waiting.length === 0 || running >= options.atOnce) return
    if (waiting.length >= options.most) void start()
    else if (!gathering) {
      gathering = true
      void options.company().then(() => {
        gathering = false
        if (waiting.length > 0 && running < options.atOnce) void start()
      })
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      schedule()
    })
}
