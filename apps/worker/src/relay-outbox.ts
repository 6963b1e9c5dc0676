// Owns the way of events from a document's outbox into the event log, one writer a process and tenant.
// Promises: each is in the log, in its customer's order (append-events.ts), before this resolves; readers are told then, once
// for all that went together.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { appendEvents, type Unplaced } from '@lockstep/domain/store/append-events'
import { ringEndpoints } from '@lockstep/domain/delivery/ring-endpoints'
import type { Ports } from './ports.ts'

/** Appends all entries of the outbox, in order of `seq`. */
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
}

/** What waits in this process for one tenant's log: one writer a process keeps collisions between processes rare. */
interface Line {
  waiting: { event: Unplaced; done: () => void; failed: (error: unknown) => void }[]
  running: boolean
  /** The last position that this process wrote; null: not known. */
  highest: number | null
}
const lines = new WeakMap<Ports['store'], Map<string, Line>>()

/** Events in one insert, at most. */
const batchMax = 500

async function appendInTurn(ports: Ports, tenantId: string, events: Unplaced[]): Promise<void> {
  const perTenant = lines.get(ports.store) ?? new Map<string, Line>()
  lines.set(ports.store, perTenant)
  const line = perTenant.get(tenantId) ?? { waiting: [], running: false, highest: null }
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
    const events = batch.map(({ event }) => event)
    try {
      line.highest = await appendEvents(ports.store, tenantId, events, line.highest)
      for (const { done } of batch) done()
      ports.appended(events)
    } catch (error) {
      line.highest = null
      for (const { failed } of batch) failed(error)
      continue
    }
    await tellReaders(ports, tenantId)
  }
  line.running = false
}

/** Those who deliver the log's events, and those who read it as it grows, in whatever process. */
async function tellReaders(ports: Ports, tenantId: string): Promise<void> {
  await Promise.allSettled([
    ringEndpoints(ports, tenantId),
    ports.notices.publish([{ kind: 'events', id: tenantId }]),
  ])
}
