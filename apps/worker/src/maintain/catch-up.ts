// Owns the event-log catch-up: Stripe's own event list is read from a checkpoint on, so that a webhook that never came
// (an outage of ours, an endpoint disabled) is taken in all the same.
// Promises: the checkpoint moves only after every event before it was stored; the overlap is read again, whole, so neither a
// late entry of the list, nor clocks that differ by less than it, nor the second in which two events fall together hides
// one; a checkpoint that Stripe's list no longer reaches is said so, and has both sides compared as a whole.

import type { Subject } from '@lockstep/domain/doorbell/doorbell'
import { bug } from '@lockstep/domain/error/catalogue'
import { readPages } from '@lockstep/domain/stripe/look-up'
import {
  recordOfSnapshot,
  type SnapshotEvent,
  snapshotEventSchema,
} from '@lockstep/domain/stripe/snapshot-event'
import { stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { z } from 'zod'
import type { Ports } from '../ports.ts'
import { askForPass } from '../reconcile/request.ts'

/** Clocks differ and the list may lag: this much is read again each time (s). */
const overlapS = 300
const dayS = 86_400
/** Stripe lists its events for so long (docs.stripe.com/api/events; s). */
const eventLogS = 30 * dayS
/** A checkpoint older than this is worth an alarm: five days are left to let the list be read again (s). */
const alarmS = 25 * dayS
/** What is listed, one after the other: Stripe takes one pattern at a time. */
const listedTypes = [
  'customer.*',
  'payment_method.*',
  'invoice.*',
  'payment_intent.*',
  'charge.*',
  'entitlements.*',
]
const page = z.object({ data: z.array(snapshotEventSchema), has_more: z.boolean() })

/** Reads one tenant's list up to now. Answers how many events were new here; null when it could not be read. */
export async function catchUp(ports: Ports, tenantId: string): Promise<number | null> {
  const began = Math.floor(ports.clock.now() / 1000)
  const checkpoint = checkpointOf(await ports.gate.tenant(tenantId))
  const age = began - checkpoint
  // Said even where the list cannot be read: a tenant that stands still is how a checkpoint grows old.
  if (age > alarmS) {
    const daysLeft = Math.max(0, Math.floor((eventLogS - age) / dayS))
    ports.log({ event: 'event_log_nears_end', tenant: tenantId, days_left: daysLeft })
  }
  const passage = await ports.gate.outbound(tenantId)
  if (passage.kind !== 'open') return null
  const { tenant } = passage
  if (age > eventLogS) {
    ports.log({ event: 'event_log_gap', tenant: tenantId, days: Math.floor((age - eventLogS) / dayS) })
    // Before the checkpoint moves: after it nobody would know that something is missing.
    await askForPass(ports, tenantId, { reason: 'event_log_gap', expected: null })
  }
  let read = 0
  let fresh = 0
  for (const type of listedTypes) {
    const pages = readPages(page, (cursor) =>
      passage.stripe.call(stripeCalls.listEvents({ createdGte: checkpoint - overlapS, type, ...cursor })),
    )
    for await (const part of pages) {
      if (part.kind === 'failed') {
        if (part.answer.kind === 'refused') await ports.gate.recheck(tenantId)
        return null
      }
      fresh += await takeIn(ports, tenant, part.items)
      read += part.items.length
    }
  }
  await moveCheckpoint(ports, tenantId, began)
  ports.log({ event: 'caught_up', tenant: tenantId, events: read, new_events: fresh })
  return fresh
}

/** Up to when (s) this tenant's events were taken in. */
function checkpointOf(tenant: Tenant): number {
  return tenant.caught_up_to ?? Math.floor(tenant.created_at / 1000)
}

/** Stores those that are not known yet, and rings for them; answers how many there were. */
async function takeIn(ports: Ports, tenant: Tenant, events: SnapshotEvent[]): Promise<number> {
  const records = events
    .filter(({ livemode }) => livemode === tenant.livemode)
    .map((event) => recordOfSnapshot(event, tenant._id, ports.clock.now()))
  if (records.length === 0) return 0
  const results = await ports.store.insertStripeEvents(records)
  const fresh = records.filter((_, index) => results[index]?.kind === 'ok')
  const subjects = fresh.flatMap(({ stripe_customer_id: id }): Subject[] =>
    id === null ? [] : [{ kind: 'stripe_customer', tenantId: tenant._id, id }],
  )
  // After days there are thousands, and no caller waits for them.
  if (subjects.length > 0) await ports.doorbell.ring('customer-apply', subjects, { calm: true })
  return fresh.length
}

async function moveCheckpoint(ports: Ports, tenantId: string, to: number): Promise<void> {
  for (;;) {
    const tenant = await ports.store.readTenant(tenantId)
    if (!tenant) throw bug(`no tenant ${tenantId}`)
    if (tenant.caught_up_to !== null && tenant.caught_up_to >= to) return
    if ((await ports.store.replaceTenant({ ...tenant, caught_up_to: to })).kind === 'ok') return
  }
}
