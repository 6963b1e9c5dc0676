// Owns the sweeper: a plain timer in every worker that finds due work whose doorbell was lost, and rings again.
// Promises (PROTOCOL section 1): whatever Redis forgot comes back within two turns; the truth it reads is MongoDB's.

import { ringDueEndpoints, ringEndpoints } from '@lockstep/domain/delivery/ring-endpoints'
import { type Subject, subjectKey } from '@lockstep/domain/doorbell/doorbell'
import type { CustomerRef } from '@lockstep/domain/store/store'
import type { Ports } from '../ports.ts'

/** Work younger than this has its own bell still ringing (ms). */
const ripeMs = 3_000
/** Bells in one turn: after a flush a whole backlog comes back within a minute, and one turn stays short. */
const bellsMax = 5_000
/**
 * More than so many are a backlog, which must not stand before what callers ask for now. Few are rung like any other: a job of
 * its own beside the one that waits would hide how often a customer's job has died (G11).
 */
const fewMax = 100
/** What cannot go on now (no adoption, a paused tenant) is asked for again after this, doubled each time (ms). */
const againFirstMs = 5_000
const againLongestMs = 10 * 60_000

export interface Sweeper {
  /** One turn. Answers how many bells it rang. */
  sweep(): Promise<number>
  /** Rings for the event log's readers: a lost bell of theirs would wait for the tenant's next event. */
  ringReaders(): Promise<void>
}

export function openSweeper(ports: Ports): Sweeper {
  const adoptable = patience()
  const pausedOnes = patience()
  const observedOnes = patience()

  return {
    async sweep() {
      const now = ports.clock.now()
      const before = now - ripeMs
      const due = await ports.store.dueCustomers({ now: before, limit: bellsMax })
      const waiting = await ports.store.customersWaiting({ acceptedBefore: before, limit: bellsMax })
      const events = await ports.store.stripeCustomersWaiting({ receivedBefore: before, limit: bellsMax })
      const flowing = await flowingTenants(ports, [...due, ...events])
      const open = due.filter(({ tenantId }) => flowing.outbound.has(tenantId))
      const sync = open.filter(({ tenantId }) => !flowing.observing.has(tenantId)).map(subjectOf)
      // What they would send waits; whether one of them is to be looked at, only its document tells.
      const observed = open.filter(({ tenantId }) => flowing.observing.has(tenantId)).map(subjectOf)
      sync.push(...observedOnes(observed, now))
      const apply = waiting.map(subjectOf)
      const notes = events
        .filter(({ tenantId }) => flowing.inbound.has(tenantId))
        .map(({ tenantId, stripeCustomerId: id }): Subject => ({ kind: 'stripe_customer', tenantId, id }))
      const ripe = adoptable(notes, now)
      const standing = due.filter(({ tenantId }) => !flowing.outbound.has(tenantId)).map(subjectOf)
      sync.push(...(await unsettled(ports, pausedOnes(standing, now))))
      const mirrors = await ports.store.dueMirrors({ now: before, limit: bellsMax })
      const open_ = await flowingTenants(ports, mirrors)
      const stale = mirrors
        .filter(({ tenantId }) => open_.outbound.has(tenantId))
        .map(({ tenantId, stripeId: id }): Subject => ({ kind: 'mirror', tenantId, id }))
      if (stale.length > 0) await ports.doorbell.ring('stripe-mirror', stale, { calm: true })
      if (sync.length > 0) await ports.doorbell.ring('stripe-sync', sync, { calm: sync.length > fewMax })
      if (apply.length > 0) await ports.doorbell.ring('customer-apply', apply)
      await ringDueEndpoints(ports)
      if (ripe.length > 0) await ports.doorbell.ring('customer-apply', ripe, { calm: ripe.length > fewMax })
      const bells = sync.length + apply.length + ripe.length + stale.length
      if (bells > 0) {
        const counts = {
          customers: sync.length,
          operations: apply.length,
          stripe_events: ripe.length,
          mirrors: stale.length,
        }
        ports.log({ event: 'swept', ...counts })
      }
      return bells
    },
    // Nothing in the database says cheaply what was delivered, so all are rung, and seldom.
    async ringReaders() {
      for (const { _id } of await ports.store.listTenants()) await ringEndpoints(ports, _id)
    },
  }
}

type CustomerSubject = Extract<Subject, { kind: 'customer' }>

function subjectOf({ tenantId, customerId: id }: CustomerRef): CustomerSubject {
  return { kind: 'customer', tenantId, id }
}

/** Of a paused tenant's customers those with marks or events that a crash left: these ask nothing of Stripe. */
async function unsettled(ports: Ports, subjects: CustomerSubject[]): Promise<CustomerSubject[]> {
  // All at once: the store lets them share commands.
  const docs = await Promise.all(
    subjects.map(({ tenantId, id: customerId }) => ports.store.readCustomer({ tenantId, customerId })),
  )
  return subjects.filter((_, index) => {
    const doc = docs[index]
    return doc && doc.outbox.length + doc.applied.length > 0
  })
}

/** Lets a subject through ever more rarely while it stays among those asked for; to ask costs a call or a read. */
function patience(): <S extends Subject>(subjects: S[], now: number) => S[] {
  const known = new Map<string, { next: number; pause: number }>()
  return (subjects, now) => {
    const keys = new Set(subjects.map(subjectKey))
    for (const key of known.keys()) if (!keys.has(key)) known.delete(key)
    return subjects.filter((subject) => {
      const key = subjectKey(subject)
      const before = known.get(key)
      if (before && before.next > now) return false
      const pause = before ? Math.min(before.pause * 2, againLongestMs) : againFirstMs
      known.set(key, { next: now + pause, pause })
      return true
    })
  }
}

/** A paused tenant's work waits for a person; ringing for it again and again would only wake workers. */
async function flowingTenants(ports: Ports, found: { tenantId: string }[]) {
  const outbound = new Set<string>()
  const inbound = new Set<string>()
  const observing = new Set<string>()
  for (const tenantId of new Set(found.map((one) => one.tenantId))) {
    const tenant = await ports.gate.tenant(tenantId)
    if (!tenant.paused_outbound && ports.gate.serves(tenantId)) outbound.add(tenantId)
    if (!tenant.paused_inbound) inbound.add(tenantId)
    if (tenant.observe_only) observing.add(tenantId)
  }
  return { outbound, inbound, observing }
}
