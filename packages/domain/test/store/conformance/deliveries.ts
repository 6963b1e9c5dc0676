// Owns what a store promises of webhook endpoints, of the deliveries that wait on their own, and of the attempts.

import { describe, expect, test } from 'vitest'
import type { StoreUnderTest } from '../conformance.ts'
import { anAttempt, anEndpoint, anyTenant, at, aDelivery } from '../records.ts'

export function deliveries({ store }: StoreUnderTest): void {
  describe('webhook endpoints', () => {
    test('come back as they went in, listed by id, each in its own tenant', async () => {
      const tenant = anyTenant()
      const [one, two] = [anEndpoint(tenant), anEndpoint(tenant)]
      for (const endpoint of [one, two, anEndpoint(anyTenant())]) await store().insertEndpoint(endpoint)
      expect(await store().readEndpoint(tenant, one._id)).toEqual({ ...one, rev: 1 })
      expect(await store().readEndpoint(anyTenant(), one._id)).toBeNull()
      expect((await store().listEndpoints(tenant)).map(({ _id }) => _id)).toEqual([one._id, two._id])
    })

    test('of many that change one at once, one does', async () => {
      const endpoint = anEndpoint(anyTenant())
      await store().insertEndpoint(endpoint)
      const changes = await Promise.all(
        Array.from({ length: 8 }, (_, n) => store().replaceEndpoint({ ...endpoint, rev: 1, cursor: n })),
      )
      expect(changes.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
      expect(changes.filter(({ kind }) => kind === 'stale')).toHaveLength(7)
    })

    test('that are deleted take what waits for them along, and another tenant deletes none', async () => {
      const tenant = anyTenant()
      const endpoint = anEndpoint(tenant)
      const ref = { tenantId: tenant, endpointId: endpoint._id }
      await store().insertEndpoint(endpoint)
      await store().putDelivery(aDelivery(endpoint, 'event-1'))
      expect(await store().deleteEndpoint(anyTenant(), endpoint._id)).toBe(false)
      expect(await store().deleteEndpoint(tenant, endpoint._id)).toBe(true)
      expect(await store().countDeliveries(ref)).toEqual({ waiting: 0, failed: 0 })
    })

    test('are due when a rest is over or a delivery is, each once', async () => {
      const tenant = anyTenant()
      const now = at + 1_000
      const resting = anEndpoint(tenant, { next_attempt_at: now })
      const waiting = anEndpoint(tenant)
      const later = anEndpoint(tenant, { next_attempt_at: now + 1 })
      const off = anEndpoint(tenant, { next_attempt_at: now, disabled: { reason: 'caller', at } })
      for (const endpoint of [resting, waiting, later, off]) await store().insertEndpoint(endpoint)
      await store().putDelivery(aDelivery(waiting, 'a', { due_at: now }))
      await store().putDelivery(aDelivery(waiting, 'b', { due_at: now }))
      await store().putDelivery(aDelivery(later, 'c', { due_at: now + 1 }))
      await store().putDelivery(aDelivery(later, 'd', { due_at: null }))
      const due = await store().dueEndpoints({ now, limit: 1_000 })
      const mine = due.filter(({ tenantId }) => tenantId === tenant).map(({ endpointId }) => endpointId)
      expect(mine.toSorted()).toEqual([resting._id, waiting._id].toSorted())
    })
  })

  describe('deliveries on their own', () => {
    test('are due in turn, are replaced under their id, and go', async () => {
      const endpoint = anEndpoint(anyTenant())
      const query = { tenantId: endpoint.tenant_id, endpointId: endpoint._id, now: at + 10, limit: 10 }
      await store().putDelivery(aDelivery(endpoint, 'late', { due_at: at + 9 }))
      await store().putDelivery(aDelivery(endpoint, 'early', { due_at: at + 1 }))
      await store().putDelivery(aDelivery(endpoint, 'future', { due_at: at + 11 }))
      const due = async () => (await store().dueDeliveries(query)).map(({ event_id }) => event_id)
      expect(await due()).toEqual(['early', 'late'])
      await store().putDelivery(aDelivery(endpoint, 'early', { due_at: null, tries: 10 }))
      expect(await due()).toEqual(['late'])
      await store().removeDelivery(endpoint.tenant_id, `${endpoint._id}/late`)
      expect(await due()).toEqual([])
      expect(await store().countDeliveries(query)).toEqual({ waiting: 1, failed: 1 })
    })

    test('that failed since a time are due again, given up or not', async () => {
      const endpoint = anEndpoint(anyTenant())
      const ref = { tenantId: endpoint.tenant_id, endpointId: endpoint._id }
      await store().putDelivery(aDelivery(endpoint, 'old', { due_at: null, since: at - 1 }))
      await store().putDelivery(aDelivery(endpoint, 'given-up', { due_at: null, since: at }))
      await store().putDelivery(aDelivery(endpoint, 'waits', { due_at: at + 99, since: at + 1, tries: 3 }))
      expect(await store().recoverDeliveries({ ...ref, since: at, now: at + 5 })).toBe(2)
      const due = await store().dueDeliveries({ ...ref, now: at + 5, limit: 10 })
      expect(due.map(({ event_id }) => event_id).toSorted()).toEqual(['given-up', 'waits'])
      expect(due.map(({ tries }) => tries)).toEqual([0, 0])
    })
  })

  test('attempts are listed newest first, behind a cursor, of one event where asked', async () => {
    const endpoint = anEndpoint(anyTenant())
    const ref = { tenantId: endpoint.tenant_id, endpointId: endpoint._id }
    const made = ['a', 'b', 'a'].map((eventId) => anAttempt(endpoint, eventId))
    await store().insertAttempts(made)
    const [first, second, third] = made
    expect(await store().listAttempts({ ...ref, limit: 2 })).toEqual([third, second])
    expect(await store().listAttempts({ ...ref, before: second?._id ?? '', limit: 2 })).toEqual([first])
    expect(await store().listAttempts({ ...ref, eventId: 'a', limit: 9 })).toEqual([third, first])
  })

  test('the sealing key that was made known last is the one that is read, also when it is an older one again', async () => {
    const far = 9_000_000_000_000
    const key = (id: string, published_at: number) => ({ _id: id, public_key: id, published_at })
    await store().publishSealingKey(key('one', far))
    await store().publishSealingKey(key('two', far + 1))
    expect((await store().readSealingKey())?._id).toBe('two')
    await store().publishSealingKey(key('one', far + 2))
    expect(await store().readSealingKey()).toEqual(key('one', far + 2))
  })
}
