// Owns the way of events from a document's outbox into the event log, in gapless positions per tenant.
// Promises (PROTOCOL section 1): positions are highest + 1 under a unique index, so a reader that takes `pos` > cursor
// never skips an event that was written late; an event that is there already is not appended again.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { LoggedEvent } from '@lockstep/domain/event/event'
import type { Ports } from './ports.ts'

/** Appends all entries of the outbox, in order of `seq`; then rings for the subscribers. */
export async function relayOutbox(ports: Ports, doc: CustomerDocument): Promise<void> {
  if (doc.outbox.length === 0) return
  const events = doc.outbox
    .toSorted((a, b) => a.seq - b.seq)
    .map((entry) => ({
      _id: entry.id,
      tenant_id: doc.tenant_id,
      customer_id: doc._id,
      seq: entry.seq,
      type: entry.type,
      at: entry.at,
      data: entry.data,
    }))
  await appendInTurn(ports, doc.tenant_id, events)
  await ports.doorbell.ring('event-deliveries', [{ kind: 'tenant', tenantId: doc.tenant_id }])
}

type Unplaced = Omit<LoggedEvent, 'pos'>

/** What waits in this process for one tenant's log: one writer a process keeps collisions between processes rare. */
interface Line {
  waiting: { event: Unplaced; done: () => void; failed: (error: unknown) => void }[]
  running: boolean
}
const lines = new WeakMap<Ports['store'], Map<string, Line>>()

/** Events in one insert, at most. */
const batchMax = 500

async function appendInTurn(ports: Ports, tenantId: string, events: Unplaced[]): Promise<void> {
  const perTenant = lines.get(ports.store) ?? new Map<string, Line>()
  lines.set(ports.store, perTenant)
  const line = perTenant.get(tenantId) ?? { waiting: [], running: false }
  perTenant.set(tenantId, line)
  const all = events.map(
    (event) => new Promise<void>((done, failed) => line.waiting.push({ event, done, failed })),
  )
  if (!line.running) void drainLine(ports, tenantId, line)
  await Promise.all(all)
}

async function drainLine(ports: Ports, tenantId: string, line: Line): Promise<void> {
  line.running = true
  while (line.waiting.length > 0) {
    const batch = line.waiting.splice(0, batchMax)
    try {
      await append(
        ports,
        tenantId,
        batch.map(({ event }) => event),
      )
      for (const { done } of batch) done()
    } catch (error) {
      for (const { failed } of batch) failed(error)
    }
  }
  line.running = false
}

async function append(ports: Ports, tenantId: string, events: Unplaced[]): Promise<void> {
  let left = events
  while (left.length > 0) {
    const highest = await ports.store.highestPosition(tenantId)
    const placed = left.map((event, index) => ({ ...event, pos: highest + 1 + index }))
    const results = await ports.store.appendEvents(placed)
    // From the first failure on the rest is placed anew: a later seq never stands before an earlier one, and an entry that
    // was there already leaves no gap behind it.
    const failed = results.findIndex((result) => result.kind === 'duplicate')
    if (failed === -1) return
    const result = results[failed]
    const known = result?.kind === 'duplicate' && result.rule === '_id'
    left = left.slice(known ? failed + 1 : failed)
  }
}
