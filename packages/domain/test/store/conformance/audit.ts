// Owns what a store promises of the audit log, and of what an operator moves by hand.

import { describe, expect, test } from 'vitest'
import { idOfUse } from '../../../src/audit/audit.ts'
import type { StoreUnderTest } from '../conformance.ts'
import { anAuditEntry, anOperation, anyTenant, aStripeEvent, at } from '../records.ts'

export function audit({ store }: StoreUnderTest): void {
  describe('the audit log', () => {
    test('is read from its end, one tenant’s alone, by customer and by action', async () => {
      const tenant = anyTenant()
      const first = anAuditEntry(tenant)
      const second = anAuditEntry(tenant, { action: 'customer.purge', customer_id: 'customer-bob' })
      const third = anAuditEntry(tenant, { action: 'operation.retry', subject: 'operation-1' })
      for (const each of [first, second, third, anAuditEntry(anyTenant())]) {
        expect(await store().appendAudit(each)).toEqual({ kind: 'ok' })
      }
      const read = (query: object = {}) => store().listAudit({ tenantId: tenant, limit: 10, ...query })
      expect(await read()).toEqual([third, second, first])
      expect(await read({ limit: 1 })).toEqual([third])
      expect(await read({ before: third._id })).toEqual([second, first])
      expect(await read({ customerId: 'customer-ada' })).toEqual([third, first])
      expect(await read({ customerId: 'customer-ada', before: third._id })).toEqual([first])
      expect(await read({ action: 'customer.purge' })).toEqual([second])
    })

    test('an entry stays as it was written first', async () => {
      const tenant = anyTenant()
      const first = anAuditEntry(tenant)
      await store().appendAudit(first)
      const again = await store().appendAudit({ ...first, action: 'customer.erase' })
      expect(again).toEqual({ kind: 'duplicate', rule: '_id' })
      expect(await store().listAudit({ tenantId: tenant, limit: 10 })).toEqual([first])
    })

    test('of 20 that record the use of one key on one day one is written', async () => {
      const tenant = anyTenant()
      const use = { action: 'api_key.use' as const, customer_id: null, request_id: null }
      const writes = Array.from({ length: 20 }, (_, n) =>
        store().appendAudit(anAuditEntry(tenant, { _id: idOfUse(tenant, 'key_1', at + n), ...use })),
      )
      const results = await Promise.all(writes)
      expect(results.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
    })
  })

  describe('what an operator moves by hand', () => {
    const parked = { code: 'link_lost', version: 1, customer: null, parked: true as const }

    async function aParked(tenant: string) {
      const operation = anOperation(tenant)
      await store().insertOperations([operation])
      await store().settleOperations(tenant, [{ id: operation._id, at, outcome: parked }])
      return operation
    }

    test('a parked operation that is retried is accepted as it was, and found by the drain', async () => {
      const tenant = anyTenant()
      const operation = await aParked(tenant)
      const ref = { tenantId: tenant, customerId: operation.customer_id }
      expect(await store().waitingOperations(ref, 10)).toEqual([])
      expect(await store().reopenOperation(tenant, operation._id)).toBe(true)
      expect(await store().readOperation(tenant, operation._id)).toEqual(operation)
      expect(await store().waitingOperations(ref, 10)).toEqual([operation])
      expect(await store().reopenOperation(tenant, operation._id)).toBe(false)
    })

    test('one that is discarded is rejected for good', async () => {
      const tenant = anyTenant()
      const operation = await aParked(tenant)
      expect(await store().discardOperation(tenant, operation._id, at + 1)).toBe(true)
      const outcome = { code: 'discarded', version: null, customer: null }
      const discarded = { ...operation, status: 'rejected', settled_at: at + 1, outcome }
      expect(await store().readOperation(tenant, operation._id)).toEqual(discarded)
      expect(await store().reopenOperation(tenant, operation._id)).toBe(false)
      expect(await store().discardOperation(tenant, operation._id, at + 2)).toBe(false)
    })

    test('of a retry and a discard at once one wins', async () => {
      const tenant = anyTenant()
      const { _id: id } = await aParked(tenant)
      const moves = await Promise.all([
        store().reopenOperation(tenant, id),
        store().discardOperation(tenant, id, at),
      ])
      expect(moves.filter((moved) => moved)).toHaveLength(1)
    })

    test('nothing but a parked operation, and nobody else’s, is moved', async () => {
      const tenant = anyTenant()
      const [open, foreign] = [anOperation(tenant), await aParked(anyTenant())]
      await store().insertOperations([open])
      for (const { _id: id } of [open, foreign]) {
        expect(await store().reopenOperation(tenant, id)).toBe(false)
        expect(await store().discardOperation(tenant, id, at)).toBe(false)
      }
      expect(await store().readOperation(tenant, open._id)).toEqual(open)
    })

    test('a Stripe event that is replayed waits again; one that waits, or is nobody’s, is left alone', async () => {
      const tenant = anyTenant()
      const [done, waiting] = [aStripeEvent(tenant), aStripeEvent(tenant)]
      const nobodys = aStripeEvent(tenant, { stripe_customer_id: null })
      await store().insertStripeEvents([done, waiting, nobodys])
      await store().markStripeEvents(
        [done, nobodys].map(({ _id: id }) => ({ id, at, outcome: 'looked' as const })),
      )
      const reopened = async (id: string) => await store().reopenStripeEvent(tenant, id)
      expect(await reopened(done.event_id)).toBe(true)
      // What it carried was removed when it was done, and does not come back.
      const again = { ...done, previous_attributes: null }
      expect(await store().readStripeEvent(tenant, done.event_id)).toEqual(again)
      const found = await store().waitingStripeEvents(tenant, 'cus_1', 10)
      expect(found.map(({ _id }) => _id).toSorted()).toEqual([done._id, waiting._id].toSorted())
      expect(await reopened(done.event_id)).toBe(false)
      expect(await reopened(waiting.event_id)).toBe(false)
      expect(await reopened(nobodys.event_id)).toBe(false)
      expect(await reopened('evt_unheard')).toBe(false)
    })
  })
}
