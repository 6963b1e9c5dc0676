// Owns the sweeper: a plain timer in every worker that finds due work whose doorbell was lost, and rings again.
// Promises (PROTOCOL section 1): whatever Redis forgot comes back within two turns; the truth it reads is MongoDB's.

import { type Subject, subjectKey } from '@lockstep/domain/doorbell/doorbell'
import type { Ports } from '../ports.ts'

/** Work younger than this has its own bell still ringing (ms). */
const ripeMs = 3_000
/** Bells in one turn: after a flush a whole backlog comes back within a minute, and one turn stays short. */
const bellsMax = 5_000
/** A Stripe customer that cannot be adopted now is asked for again after this, doubled each time (ms). */
const againFirstMs = 5_000
const againLongestMs = 10 * 60_000

export interface Sweeper {
  /** One turn. Answers how many bells it rang. */
  sweep(): Promise<number>
}

export function openSweeper(ports: Ports): Sweeper {
  const patience = new Map<string, { next: number; pause: number }>()

  /** Each ring for the same undone Stripe customer comes later than the one before; a bell costs a call to Stripe. */
  function patient(subjects: Subject[], now: number): Subject[] {
    const keys = new Set(subjects.map(subjectKey))
    for (const key of patience.keys()) if (!keys.has(key)) patience.delete(key)
    return subjects.filter((subject) => {
      const key = subjectKey(subject)
      const known = patience.get(key)
      if (known && known.next > now) return false
      const pause = known ? Math.min(known.pause * 2, againLongestMs) : againFirstMs
      patience.set(key, { next: now + pause, pause })
      return true
    })
  }

  return {
    async sweep() {
      const now = ports.clock.now()
      const before = now - ripeMs
      const due = await ports.store.dueCustomers({ now: before, limit: bellsMax })
      const waiting = await ports.store.customersWaiting({ acceptedBefore: before, limit: bellsMax })
      const events = await ports.store.stripeCustomersWaiting({ receivedBefore: before, limit: bellsMax })
      const flowing = await flowingTenants(ports, [...due, ...events])
      const sync = due
        .filter(({ tenantId }) => flowing.outbound.has(tenantId))
        .map(({ tenantId, customerId: id }): Subject => ({ kind: 'customer', tenantId, id }))
      const apply = waiting.map(
        ({ tenantId, customerId: id }): Subject => ({ kind: 'customer', tenantId, id }),
      )
      const notes = events
        .filter(({ tenantId }) => flowing.inbound.has(tenantId))
        .map(({ tenantId, stripeCustomerId: id }): Subject => ({ kind: 'stripe_customer', tenantId, id }))
      const ripe = patient(notes, now)
      if (sync.length > 0) await ports.doorbell.ring('stripe-sync', sync)
      if (apply.length + ripe.length > 0) await ports.doorbell.ring('customer-apply', [...apply, ...ripe])
      const bells = sync.length + apply.length + ripe.length
      if (bells > 0) {
        const counts = { customers: sync.length, operations: apply.length, stripe_events: ripe.length }
        ports.log({ event: 'swept', ...counts })
      }
      return bells
    },
  }
}

/** A paused tenant's work waits for a person; ringing for it would only wake workers. */
async function flowingTenants(ports: Ports, found: { tenantId: string }[]) {
  const outbound = new Set<string>()
  const inbound = new Set<string>()
  for (const tenantId of new Set(found.map((one) => one.tenantId))) {
    const tenant = await ports.gate.tenant(tenantId)
    if (!tenant.paused_outbound) outbound.add(tenantId)
    if (!tenant.paused_inbound) inbound.add(tenantId)
  }
  return { outbound, inbound }
}
