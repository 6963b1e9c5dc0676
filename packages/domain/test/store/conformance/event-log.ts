// Owns what a store promises of the event log: one gapless order a tenant, each event once.

import { describe, expect, test } from 'vitest'
import type { LoggedEvent } from '../../../src/event/event.ts'
import type { StoreUnderTest } from '../conformance.ts'
import { aLoggedEvent, anyTenant } from '../records.ts'

export function eventLog({ store }: StoreUnderTest): void {
  const ok = { kind: 'ok' }
  const idTaken = { kind: 'duplicate', rule: '_id' }
  const posTaken = { kind: 'duplicate', rule: 'pos' }

  /** The relay of PROTOCOL section 1, shortest form: until every event is in the log. */
  async function relay(tenantId: string, events: LoggedEvent[]): Promise<void> {
    let left = events
    while (left.length > 0) {
      const highest = await store().highestPosition(tenantId)
      const batch = left.map((event, n) => ({ ...event, pos: highest + 1 + n }))
      const results = await store().appendEvents(batch)
      left = left.filter((_, n) => {
        const result = results[n]
        return result?.kind === 'duplicate' && result.rule === 'pos'
      })
    }
  }

  describe('the event log', () => {
    test('an erasure empties the events of this customer alone, and moves none', async () => {
      const tenant = anyTenant()
      const customerId = 'customer-ada'
      const mine = aLoggedEvent(tenant, 1, { customer_id: customerId, data: '{"name":"Ada"}' })
      const other = aLoggedEvent(tenant, 2, { data: '{"name":"Bob"}' })
      await store().appendEvents([mine, other])
      await store().eraseEvents({ tenantId: tenant, customerId })
      const [first, second] = await store().readEvents(tenant, 0, 10)
      expect(first).toEqual({ ...mine, data: '{"erased":true}' })
      expect(second).toEqual(other)
    })

    test('one event is found by its id, in its own tenant alone', async () => {
      const tenant = anyTenant()
      const event = aLoggedEvent(tenant, 1, { customer_id: null, seq: null, type: 'billing.plan_chosen' })
      await store().appendEvents([event])
      expect(await store().readEvent(tenant, event._id)).toEqual(event)
      expect(await store().readEvent(anyTenant(), event._id)).toBeNull()
    })

    test('one customer’s events are read by position, and nobody else’s among them', async () => {
      const tenant = anyTenant()
      const events = [1, 2, 3, 4, 5].map((pos) =>
        aLoggedEvent(tenant, pos, { customer_id: pos % 2 === 0 ? 'even' : 'odd' }),
      )
      await store().appendEvents(events)
      const read = async (after: number, limit: number) =>
        (await store().readCustomerEvents({ tenantId: tenant, customerId: 'odd' }, after, limit)).map(
          ({ pos }) => pos,
        )
      expect(await read(0, 10)).toEqual([1, 3, 5])
      expect(await read(1, 1)).toEqual([3])
      expect(await read(5, 10)).toEqual([])
    })

    test('one customer’s latest events are read backwards from any position', async () => {
      const tenant = anyTenant()
      const ref = { tenantId: tenant, customerId: 'odd' }
      const events = [1, 2, 3, 4, 5].map((pos) =>
        aLoggedEvent(tenant, pos, { customer_id: pos % 2 === 0 ? 'even' : 'odd' }),
      )
      await store().appendEvents(events)
      const read = async (before: number, limit: number) =>
        (await store().latestCustomerEvents(ref, before, limit)).map(({ pos }) => pos)
      expect(await read(Number.MAX_SAFE_INTEGER, 2)).toEqual([5, 3])
      expect(await read(3, 10)).toEqual([1])
      expect(await read(1, 10)).toEqual([])
    })

    test('an empty log ends at 0 and has nothing to read', async () => {
      const tenant = anyTenant()
      expect(await store().highestPosition(tenant)).toBe(0)
      expect(await store().readEvents(tenant, 0, 10)).toEqual([])
      expect(await store().appendEvents([])).toEqual([])
    })

    test('what was appended is read by position, from any cursor, of one tenant', async () => {
      const [tenant, other] = [anyTenant(), anyTenant()]
      const events = [1, 2, 3, 4, 5].map((pos) => aLoggedEvent(tenant, pos, { data: `{"$where":${pos}}` }))
      expect(await store().appendEvents(events)).toEqual([ok, ok, ok, ok, ok])
      expect(await store().appendEvents([aLoggedEvent(other, 1)])).toEqual([ok])
      expect(await store().highestPosition(tenant)).toBe(5)
      expect(await store().readEvents(tenant, 0, 10)).toEqual(events)
      expect(await store().readEvents(tenant, 2, 2)).toEqual(events.slice(2, 4))
      expect(await store().readEvents(tenant, 5, 10)).toEqual([])
      expect(await store().highestPosition(other)).toBe(1)
    })

    test('a log whose beginning was pruned is read from where it starts', async () => {
      const tenant = anyTenant()
      await store().appendEvents([aLoggedEvent(tenant, 41), aLoggedEvent(tenant, 42)])
      const read = await store().readEvents(tenant, 0, 10)
      expect(read.map(({ pos }) => pos)).toEqual([41, 42])
    })

    test('an event already there and a position already taken are told apart', async () => {
      const tenant = anyTenant()
      const first = aLoggedEvent(tenant, 1)
      await store().appendEvents([first])
      expect(await store().appendEvents([{ ...first, pos: 2 }])).toEqual([idTaken])
      expect(await store().appendEvents([aLoggedEvent(tenant, 1)])).toEqual([posTaken])
    })

    test('nothing of a batch is appended behind its first duplicate: no hole that is filled later', async () => {
      const tenant = anyTenant()
      const first = aLoggedEvent(tenant, 1)
      await store().appendEvents([first])
      const batch = [aLoggedEvent(tenant, 2), { ...first, pos: 3 }, aLoggedEvent(tenant, 4)]
      expect(await store().appendEvents(batch)).toEqual([ok, idTaken, posTaken])
      expect(await store().highestPosition(tenant)).toBe(2)
      expect(await store().readEvents(tenant, 0, 10)).toHaveLength(2)
    })

    test('eight relays at once leave each event in the log once, without gaps, each customer in order', async () => {
      const tenant = anyTenant()
      const batches = Array.from({ length: 8 }, (_, customer) =>
        Array.from({ length: 6 }, (__, n) =>
          aLoggedEvent(tenant, 0, { customer_id: `customer-${customer}`, seq: n + 1 }),
        ),
      )
      // Each batch twice: a relay that died half-way is repeated by another.
      await Promise.all([...batches, ...batches.slice(0, 2)].map((batch) => relay(tenant, batch)))
      const log = await store().readEvents(tenant, 0, 100)
      expect(log.map(({ pos }) => pos)).toEqual(Array.from({ length: 48 }, (_, n) => n + 1))
      expect(new Set(log.map(({ _id }) => _id)).size).toBe(48)
      for (const batch of batches) {
        const seqs = log.filter((event) => event.customer_id === batch[0]?.customer_id).map(({ seq }) => seq)
        expect(seqs).toEqual([1, 2, 3, 4, 5, 6])
      }
    })

    test('a reader that follows eight writers misses nothing and never goes back', async () => {
      const tenant = anyTenant()
      const batches = Array.from({ length: 8 }, () =>
        Array.from({ length: 6 }, () => aLoggedEvent(tenant, 0)),
      )
      const writing = { done: false }
      const writers = Promise.all(batches.map((batch) => relay(tenant, batch))).finally(() => {
        writing.done = true
      })
      const seen: string[] = []
      let cursor = 0
      for (;;) {
        const finished = writing.done
        const read = await store().readEvents(tenant, cursor, 5)
        seen.push(...read.map(({ _id }) => _id))
        cursor = read.at(-1)?.pos ?? cursor
        if (finished && read.length === 0) break
      }
      await writers
      expect(seen.toSorted()).toEqual(
        batches
          .flat()
          .map(({ _id }) => _id)
          .toSorted(),
      )
    })

    test('of some ids those that stand in the tenant’s log are told', async () => {
      const [tenant, other] = [anyTenant(), anyTenant()]
      const [mine, theirs] = [aLoggedEvent(tenant, 1), aLoggedEvent(other, 1)]
      await store().appendEvents([mine])
      await store().appendEvents([theirs])
      const asked = [mine._id, theirs._id, 'unheard']
      expect(await store().loggedEvents(tenant, asked)).toEqual(new Set([mine._id]))
    })
  })
}
