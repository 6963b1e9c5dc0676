// Owns the event-log catch-up: Stripe's own event list is read from a checkpoint on, so that a webhook that never came
// (an outage of ours, an endpoint disabled) is taken in all the same.
// Promises: the checkpoint moves only after every event before it was stored; the overlap is read again, so neither a
// late entry of the list nor the second in which two events fall together is skipped.

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

/** Clocks differ and the list may lag: this much is read again each time (s). */
const overlapS = 300
const page = z.object({ data: z.array(snapshotEventSchema), has_more: z.boolean() })

/** Reads one tenant's list up to now. Answers how many events were new here; null when it could not be read. */
export async function catchUp(ports: Ports, tenantId: string): Promise<number | null> {
  const passage = await ports.gate.outbound(tenantId)
  if (passage.kind !== 'open') return null
  const { tenant } = passage
  const began = Math.floor(ports.clock.now() / 1000)
  const checkpoint = tenant.caught_up_to ?? Math.floor(tenant.created_at / 1000)
  const pages = readPages(page, (cursor) =>
    passage.stripe.call(
      stripeCalls.listEvents({ createdGte: checkpoint - overlapS, type: 'customer.*', ...cursor }),
    ),
  )
  let read = 0
  let fresh = 0
  for await (const part of pages) {
    if (part.kind === 'failed') {
      if (part.answer.kind === 'refused') await ports.gate.recheck(tenantId)
      return null
    }
    const taken = await takeIn(ports, tenant, part.items)
    read += part.items.length
    fresh += taken
    // The overlap is read on only while it holds something new: a busy account has pages of it.
    const oldest = part.items.at(-1)?.created ?? checkpoint
    if (taken === 0 && oldest < checkpoint) break
  }
  await moveCheckpoint(ports, tenantId, began)
  ports.log({ event: 'caught_up', tenant: tenantId, events: read, new_events: fresh })
  return fresh
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
  if (subjects.length > 0) await ports.doorbell.ring('customer-apply', subjects)
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
