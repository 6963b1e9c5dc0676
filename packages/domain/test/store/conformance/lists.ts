// Owns what a store promises of lists of what happened: the last first, pages without a gap or a repeat, one tenant alone.

import { describe, expect, test } from 'vitest'
import type { Moment } from '../../../src/store/store.ts'
import type { StoreUnderTest } from '../conformance.ts'
import { anOperation, anyTenant, aStripeCall, aStripeEvent, at } from '../records.ts'

export function lists({ store }: StoreUnderTest): void {
  describe('lists of what happened', () => {
    test('operations come by number, the last first, from any number on', async () => {
      const tenant = anyTenant()
      const made = [2, 4, 1, 3].map((number) => anOperation(tenant, { number }))
      await store().insertOperations([...made, anOperation(anyTenant(), { number: 5 })])
      const numbers = async (query: { before?: number; limit: number }) =>
        (await store().listOperations({ tenantId: tenant, ...query })).map(({ number }) => number)
      expect(await numbers({ limit: 10 })).toEqual([4, 3, 2, 1])
      expect(await numbers({ limit: 2 })).toEqual([4, 3])
      expect(await numbers({ before: 3, limit: 2 })).toEqual([2, 1])
    })

    test('operations are listed by customer and by status, one that waits for Stripe as accepted', async () => {
      const tenant = anyTenant()
      const ofAda = (number: number) => anOperation(tenant, { number, customer_id: 'customer-ada' })
      const [fresh, held, parked] = [ofAda(1), ofAda(2), ofAda(3)]
      await store().insertOperations([fresh, held, parked, anOperation(tenant, { number: 4 })])
      await store().holdOperations(tenant, [held._id])
      const outcome = { code: 'link_lost', version: 1, customer: null, parked: true as const }
      await store().settleOperations(tenant, [{ id: parked._id, at, outcome }])
      const found = async (query: { customerId?: string; status?: 'accepted' | 'parked' | 'applied' }) =>
        (await store().listOperations({ tenantId: tenant, ...query, limit: 10 })).map(({ number }) => number)
      expect(await found({ customerId: 'customer-ada' })).toEqual([3, 2, 1])
      expect(await found({ status: 'accepted' })).toEqual([4, 2, 1])
      expect(await found({ customerId: 'customer-ada', status: 'accepted' })).toEqual([2, 1])
      expect(await found({ status: 'parked' })).toEqual([3])
      expect(await found({ status: 'applied' })).toEqual([])
    })

    test('Stripe events come as they were taken in, the last first, also those of one moment', async () => {
      const tenant = anyTenant()
      const made = [
        aStripeEvent(tenant, { event_id: 'evt_a', received_at: at }),
        aStripeEvent(tenant, { event_id: 'evt_c', received_at: at }),
        aStripeEvent(tenant, { event_id: 'evt_b', received_at: at, stripe_customer_id: 'cus_2' }),
        aStripeEvent(tenant, { event_id: 'evt_d', received_at: at + 1, stripe_customer_id: null }),
      ]
      await store().insertStripeEvents([...made, aStripeEvent(anyTenant())])
      const ids = async (query: { before?: Moment; limit: number; stripeCustomerIds?: string[] }) =>
        (await store().listStripeEvents({ tenantId: tenant, ...query })).map(({ event_id }) => event_id)
      expect(await ids({ limit: 10 })).toEqual(['evt_d', 'evt_c', 'evt_b', 'evt_a'])
      expect(await ids({ limit: 2 })).toEqual(['evt_d', 'evt_c'])
      expect(await ids({ before: { at, id: 'evt_c' }, limit: 10 })).toEqual(['evt_b', 'evt_a'])
      expect(await ids({ stripeCustomerIds: ['cus_1'], limit: 10 })).toEqual(['evt_c', 'evt_a'])
      expect(await ids({ stripeCustomerIds: ['cus_1', 'cus_2'], limit: 10 })).toEqual([
        'evt_c',
        'evt_b',
        'evt_a',
      ])
    })

    test('Stripe events are listed by whether they are done', async () => {
      const tenant = anyTenant()
      const [done, waiting] = [aStripeEvent(tenant), aStripeEvent(tenant)]
      await store().insertStripeEvents([done, waiting])
      await store().markStripeEvents([{ id: done._id, at, outcome: 'looked' }])
      const ids = async (state: 'waiting' | 'done') =>
        (await store().listStripeEvents({ tenantId: tenant, state, limit: 10 })).map(({ _id }) => _id)
      expect(await ids('waiting')).toEqual([waiting._id])
      expect(await ids('done')).toEqual([done._id])
    })

    test('a customer’s calls are those made under its id or for its Stripe customers, the last first', async () => {
      const tenant = anyTenant()
      const theirs = { customer_id: null, stripe_id: 'cus_1' }
      const calls = [
        aStripeCall(tenant, { _id: 'a', at }),
        aStripeCall(tenant, { _id: 'c', at, ...theirs }),
        aStripeCall(tenant, { _id: 'b', at }),
        aStripeCall(tenant, { _id: 'd', at: at + 1, ...theirs, answer: 'silence', request_id: null }),
        aStripeCall(tenant, { _id: 'e', at, customer_id: 'customer-bob' }),
        aStripeCall(tenant, { _id: 'f', at, customer_id: null, stripe_id: 'cus_2' }),
        aStripeCall(anyTenant(), { _id: 'g', at }),
      ]
      // One store for the whole suite, and a call's id is unique in it.
      const own = (id: string) => `${tenant}-${id}`
      for (const call of calls) await store().insertStripeCall({ ...call, _id: own(call._id) })
      const query = { tenantId: tenant, customerId: 'customer-ada', stripeIds: ['cus_1'] }
      const ids = async (more: { before?: Moment; limit: number; stripeIds?: string[] }) =>
        (await store().listStripeCalls({ ...query, ...more })).map(({ _id }) => _id.slice(-1)).join('')
      expect(await ids({ limit: 10 })).toBe('dcba')
      expect(await ids({ limit: 2 })).toBe('dc')
      expect(await ids({ before: { at, id: own('c') }, limit: 10 })).toBe('ba')
      expect(await ids({ stripeIds: [], limit: 10 })).toBe('ba')
      const [last] = await store().listStripeCalls({ ...query, limit: 1 })
      expect(last).toEqual({ ...calls[3], _id: own('d') })
    })
  })
}
