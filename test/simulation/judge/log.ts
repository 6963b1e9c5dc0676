// Owns the judgement over the event log and the webhook endpoint that it is delivered to.

import { nameOf } from '../watched-store.ts'
import type { Side } from './side.ts'

/** The log has every fact of every customer, and the endpoint was sent each, one customer's in their order. */
export async function log({ world, tenant, documents }: Side): Promise<string[]> {
  const events = await world.bare.readEvents(tenant.id, 0, 100_000)
  const short = documents.filter(
    ({ _id, seq }) => events.filter(({ customer_id }) => customer_id === _id).length !== seq,
  )
  const seen = new Set<number>()
  const fresh = tenant.delivered.filter(({ position }) => !seen.has(position) && seen.add(position))
  const seqs = new Map<string | null, number>()
  const inTurn = fresh.every(({ customer_id: id, sequence }) => {
    const next = (seqs.get(id) ?? 0) + 1
    seqs.set(id, next)
    return sequence === null || sequence === next
  })
  return [
    ...short.map(({ _id, seq }) => `log: ${nameOf(_id)} told ${seq} facts, not all are in the log`),
    ...(inTurn && fresh.length === events.length
      ? []
      : [
          `log: its webhook endpoint was given ${fresh.length} of ${events.length} events${inTurn ? '' : ', out of turn'}`,
        ]),
  ]
}
