// Owns the judgement over the event log and its reader.

import { nameOf } from '../watched-store.ts'
import type { Side } from './side.ts'

/** The log has every fact of every customer, and its reader was given each in turn. */
export async function log({ world, tenant, documents }: Side): Promise<string[]> {
  const events = await world.bare.readEvents(tenant.id, 0, 100_000)
  const short = documents.filter(
    ({ _id, seq }) => events.filter(({ customer_id }) => customer_id === _id).length !== seq,
  )
  const seen = new Set<number>()
  const fresh = tenant.delivered.filter(({ pos }) => !seen.has(pos) && seen.add(pos))
  const inTurn = fresh.every(({ pos }, index) => pos === index + 1)
  return [
    ...short.map(({ _id, seq }) => `log: ${nameOf(_id)} told ${seq} facts, not all are in the log`),
    ...(inTurn && fresh.length === events.length
      ? []
      : [
          `log: its reader was given ${fresh.length} of ${events.length} events${inTurn ? '' : ', out of turn'}`,
        ]),
  ]
}
