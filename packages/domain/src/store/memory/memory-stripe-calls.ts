// Owns the calls to Stripe of the in-process store.

import type { StripeCallRecord } from '../../stripe/call-record.ts'
import { isBefore, latestFirst } from '../latest-first.ts'
import type { StripeCallStore } from '../store.ts'

/** The port. */
export function memoryStripeCalls(): StripeCallStore {
  const calls: StripeCallRecord[] = []
  return {
    async insertStripeCall(call) {
      calls.push(structuredClone(call))
    },
    async listStripeCalls({ tenantId, customerId, stripeIds, before, limit }) {
      const placeOf = ({ at, _id: id }: StripeCallRecord) => ({ at, id })
      const found = calls.filter(
        (call) =>
          call.tenant_id === tenantId &&
          (call.customer_id === customerId || stripeIds.includes(call.stripe_id ?? '')) &&
          isBefore(placeOf(call), before),
      )
      found.sort((a, b) => latestFirst(placeOf(a), placeOf(b)))
      return structuredClone(found.slice(0, limit))
    },
  }
}
