// Owns what a store promises of Stripe's events: once by id, waiting until done, done for good.

import { describe, expect, test } from 'vitest'
import type { StoreUnderTest } from '../conformance.ts'
import { anyTenant, aStripeEvent, at } from '../records.ts'

export function stripeEvents({ store }: StoreUnderTest): void {
  describe('Stripe events', () => {
    test('a second delivery of an event is told from the first, alone or in one batch', async () => {
      const tenant = anyTenant()
      const event = aStripeEvent(tenant)
      const results = await store().insertStripeEvents([
        event,
        aStripeEvent(tenant),
        { ...event, received_at: at + 1 },
      ])
      expect(results).toEqual([{ kind: 'ok' }, { kind: 'ok' }, { kind: 'duplicate', rule: '_id' }])
      expect(await store().insertStripeEvents([event])).toEqual([{ kind: 'duplicate', rule: '_id' }])
      expect(await store().readStripeEvent(tenant, event.event_id)).toEqual(event)
      expect(await store().readStripeEvent(anyTenant(), event.event_id)).toBeNull()
    })

    test('of 40 deliveries at once one is the first', async () => {
      const event = aStripeEvent(anyTenant())
      const results = await Promise.all(Array.from({ length: 40 }, () => store().insertStripeEvents([event])))
      expect(results.flat().filter(({ kind }) => kind === 'ok')).toHaveLength(1)
    })

    test('the waiting ones of a Stripe customer come as received', async () => {
      const tenant = anyTenant()
      const events = [3, 1, 2].map((n) => aStripeEvent(tenant, { received_at: at + n }))
      await store().insertStripeEvents([
        ...events,
        aStripeEvent(tenant, { stripe_customer_id: 'cus_2' }),
        aStripeEvent(anyTenant()),
      ])
      const received = async (limit: number) =>
        (await store().waitingStripeEvents(tenant, 'cus_1', limit)).map((event) => event.received_at - at)
      expect(await received(10)).toEqual([1, 2, 3])
      expect(await received(2)).toEqual([1, 2])
    })

    test('a done event waits no more, keeps its first outcome and loses the values it carried', async () => {
      const tenant = anyTenant()
      const event = aStripeEvent(tenant)
      await store().insertStripeEvents([event])
      await store().markStripeEvents([{ id: event._id, at: at + 1, outcome: 'looked' }])
      await store().markStripeEvents([{ id: event._id, at: at + 2, outcome: 'gone' }])
      await store().markStripeEvents([])
      expect(await store().waitingStripeEvents(tenant, 'cus_1', 10)).toEqual([])
      expect(await store().readStripeEvent(tenant, event.event_id)).toEqual({
        ...event,
        done_at: at + 1,
        outcome: 'looked',
        previous_attributes: null,
      })
    })

    test('what was fetched of a thin event stands in it while it waits, and changes nothing of a done one', async () => {
      const tenant = anyTenant()
      const thin = { type: 'v1.customer.updated', previous_attributes: null }
      const [waiting, done] = [aStripeEvent(tenant, thin), aStripeEvent(tenant, thin)]
      await store().insertStripeEvents([waiting, done])
      await store().markStripeEvents([{ id: done._id, at: at + 1, outcome: 'looked' }])
      const told = { idempotency_key: 'ls:update:c:1.1', previous_attributes: '{"name":"Old"}' }
      await store().completeStripeEvents([
        { id: waiting._id, ...told },
        { id: done._id, ...told },
      ])
      await store().completeStripeEvents([])
      expect(await store().waitingStripeEvents(tenant, 'cus_1', 10)).toEqual([
        { ...waiting, ...told, fetched: true },
      ])
      expect(await store().readStripeEvent(tenant, done.event_id)).toMatchObject({ idempotency_key: null })
    })

    test('an erasure removes the old values of waiting events of these Stripe customers alone', async () => {
      const tenant = anyTenant()
      const mine = aStripeEvent(tenant, { stripe_customer_id: 'cus_mine' })
      const other = aStripeEvent(tenant, { stripe_customer_id: 'cus_other' })
      await store().insertStripeEvents([mine, other])
      await store().eraseStripeEvents(tenant, ['cus_mine', 'cus_before'])
      expect(await store().readStripeEvent(tenant, mine.event_id)).toMatchObject({
        previous_attributes: null,
      })
      expect(await store().readStripeEvent(tenant, other.event_id)).toEqual(other)
    })

    test('an event that is done when it arrives never waits', async () => {
      const tenant = anyTenant()
      const event = aStripeEvent(tenant, { done_at: at, outcome: 'not_mirrored', previous_attributes: null })
      await store().insertStripeEvents([event])
      expect(await store().waitingStripeEvents(tenant, 'cus_1', 10)).toEqual([])
      expect(await store().readStripeEvent(tenant, event.event_id)).toEqual(event)
    })

    test('Stripe customers that wait too long are found once each, the longest wait first', async () => {
      const tenant = anyTenant()
      const waiting = (stripe_customer_id: string | null, received_at: number) =>
        aStripeEvent(tenant, { stripe_customer_id, received_at })
      await store().insertStripeEvents([
        waiting('cus_busy', 30),
        waiting('cus_busy', 31),
        waiting('cus_old', 20),
        waiting('cus_fresh', 50),
        waiting(null, 10),
      ])
      expect(await store().stripeCustomersWaiting({ receivedBefore: 50, limit: 2 })).toEqual([
        { tenantId: tenant, stripeCustomerId: 'cus_old' },
        { tenantId: tenant, stripeCustomerId: 'cus_busy' },
      ])
    })
  })
}
