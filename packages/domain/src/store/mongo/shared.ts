// Owns how calls of the store's port share commands: what many customers ask at one moment goes to the database as one.
// Promises: a call sees everything that was written before it was made, since it never joins a command that was sent already;
// alone it is sent at once; an absent database fails all that share, anything else only the call whose fault it is.

import { gather } from '../gather.ts'
import { isAway } from './failures.ts'

/** Calls in one command. Measured: twice as many take longer for each, and the last waits for all. */
const mostInCommand = 50
/** Commands of one kind under way: one is worked on while the next one is written. */
const commandsAtOnce = 2

/** The call, together with what else comes in the same turn of the event loop or while others are under way. */
export function shared<Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
): (item: Item) => Promise<Result> {
  return gather({
    run,
    most: mostInCommand,
    atOnce: commandsAtOnce,
    company: () => new Promise((go) => setImmediate(go)),
    isCommon: isAway,
  })
}

/** A write of lists that needs no answer: many lists, one write. */
export function sharedWrite<Item>(
  write: (items: Item[]) => Promise<void>,
): (items: readonly Item[]) => Promise<void> {
  const put = shared<readonly Item[], true>(async (lists) => {
    await write(lists.flat())
    return lists.map(() => true)
  })
  return async (items) => {
    if (items.length > 0) await put(items)
  }
}

/** One run for each tenant: an index that begins with the tenant is read best so. The answers stand in the items' order. */
export async function byTenant<Item extends { tenantId: string }, Result>(
  items: Item[],
  run: (tenantId: string, items: Item[]) => Promise<Result[]>,
): Promise<Result[]> {
  const results: Result[] = []
  const groups = Map.groupBy(items.entries(), ([, { tenantId }]) => tenantId)
  await Promise.all(
    [...groups].map(async ([tenantId, ofTenant]) => {
      const answers = await run(
        tenantId,
        ofTenant.map(([, item]) => item),
      )
      for (const [index, [place]] of ofTenant.entries()) {
        const answer = answers[index]
        if (answer !== undefined) results[place] = answer
      }
    }),
  )
  return results
}
