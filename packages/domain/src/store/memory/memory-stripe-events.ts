// Owns the Stripe events of the in-process store. Promises: taken in once by id; a done one stays as it is.

import type { StripeEventRecord } from '../../stripe/stripe-event.ts'
import { isBefore, latestFirst } from '../latest-first.ts'
import type { StripeEventStore } from '../store.ts'

/** The port, and every record for the backlog's counts. */
export function memoryStripeEvents(): { port: StripeEventStore; all: () => StripeEventRecord[] } {
  const byId = new Map<string, StripeEventRecord>()

  const placeOf = ({ received_at: at, event_id: id }: StripeEventRecord) => ({ at, id })
  const undone = () =>
    [...byId.values()]
      .filter((event) => event.done_at === null)
      .sort((a, b) => a.received_at - b.received_at || (a._id < b._id ? -1 : 1))

  const port: StripeEventStore = {
    async insertStripeEvents(events) {
      return events.map((event) => {
        if (byId.has(event._id)) return { kind: 'duplicate', rule: '_id' }
        byId.set(event._id, structuredClone(event))
        return { kind: 'ok' }
      })
    },
    async readStripeEvent(tenantId, eventId) {
      return structuredClone(byId.get(`${tenantId}/${eventId}`) ?? null)
    },
    async waitingStripeEvents(tenantId, stripeCustomerId, limit) {
      const found = undone().filter(
        (event) => event.tenant_id === tenantId && event.stripe_customer_id === stripeCustomerId,
      )
      return structuredClone(found.slice(0, limit))
    },
    async markStripeEvents(done) {
      for (const { id, at, outcome } of done) {
        const event = byId.get(id)
        if (!event || event.done_at !== null) continue
        byId.set(id, { ...event, done_at: at, outcome, previous_attributes: null })
      }
    },
    async completeStripeEvents(fetched) {
      for (const { id, ...particulars } of fetched) {
        const event = byId.get(id)
        if (event?.done_at === null) byId.set(id, { ...event, ...particulars, fetched: true })
      }
    },
    async reopenStripeEvent(tenantId, eventId) {
      const event = byId.get(`${tenantId}/${eventId}`)
      if (!event || event.done_at === null || event.stripe_customer_id === null) return false
      event.done_at = null
      event.outcome = null
      return true
    },
    async listStripeEvents({ tenantId, stripeCustomerIds, state, before, limit }) {
      const found = [...byId.values()].filter(
        (event) =>
          event.tenant_id === tenantId &&
          (stripeCustomerIds === undefined || stripeCustomerIds.includes(event.stripe_customer_id ?? '')) &&
          (state === undefined || (event.done_at === null ? 'waiting' : 'done') === state) &&
          isBefore(placeOf(event), before),
      )
      found.sort((a, b) => latestFirst(placeOf(a), placeOf(b)))
      return structuredClone(found.slice(0, limit))
    },
    async eraseStripeEvents(tenantId, stripeCustomerIds) {
      for (const event of byId.values()) {
        const theirs = event.tenant_id === tenantId && event.stripe_customer_id !== null
        if (!theirs || !stripeCustomerIds.includes(event.stripe_customer_id ?? '')) continue
        event.previous_attributes = null
      }
    },
    async stripeCustomersWaiting({ receivedBefore, limit }) {
      const found = new Map<string, { tenantId: string; stripeCustomerId: string }>()
      for (const { tenant_id, stripe_customer_id, received_at } of undone()) {
        if (stripe_customer_id === null || received_at >= receivedBefore) continue
        found.set(`${tenant_id}/${stripe_customer_id}`, {
          tenantId: tenant_id,
          stripeCustomerId: stripe_customer_id,
        })
      }
      return [...found.values()].slice(0, limit)
    },
  }
  return { port, all: () => [...byId.values()] }
}
