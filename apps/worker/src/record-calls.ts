// Owns the record of which call to Stripe was made for whom: the customer's timeline shows them.
// Promises: only calls that a customer's work caused are recorded, without a value of theirs; a record that cannot be
// written fails no call.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Random } from '@lockstep/domain/clock/clock'
import type { StripeCallStore } from '@lockstep/domain/store/store'
import type { StripeCallRecord } from '@lockstep/domain/stripe/call-record'
import type { CustomerSubject } from './lanes.ts'

/** Whose work this is, along all that it awaits: the client is one for all and is told nothing. */
const current = new AsyncLocalStorage<CustomerSubject>()

/** Runs the work with every call in it on this subject's account. */
export function madeFor<Result>(subject: CustomerSubject, work: () => Promise<Result>): Promise<Result> {
  return current.run(subject, work)
}

/** What the client tells of a call. */
export type MadeCall = Omit<StripeCallRecord, '_id' | 'tenant_id' | 'customer_id' | 'stripe_id'>

/** Resolves once the call is on record, or could not be. */
export type RecordCall = (call: MadeCall) => Promise<void>

/** The recorder. */
export function callRecorder(deps: {
  store: Pick<StripeCallStore, 'insertStripeCall'>
  random: Random
}): RecordCall {
  return async (call) => {
    const subject = current.getStore()
    if (!subject) return
    const { kind, tenantId, id } = subject
    const whose =
      kind === 'customer' ? { customer_id: id, stripe_id: null } : { customer_id: null, stripe_id: id }
    await deps.store
      .insertStripeCall({ _id: deps.random.uuid(), tenant_id: tenantId, ...whose, ...call })
      .catch(() => undefined)
  }
}
