// Owns the record of which call to Stripe was made for whom: the customer's timeline shows them.
// Promises: only calls that a customer's work caused are recorded, without a value of theirs; a record holds up no call, and
// one that cannot be written fails none; the work ends no sooner than its records are written.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Random } from '@lockstep/domain/clock/clock'
import type { StripeCallStore } from '@lockstep/domain/store/store'
import type { StripeCallRecord } from '@lockstep/domain/stripe/call-record'
import type { CustomerSubject } from './lanes.ts'

/** Whose work this is, along all that it awaits: the client is one for all and is told nothing. */
const current = new AsyncLocalStorage<{ subject: CustomerSubject; records: Promise<void>[] }>()

/** Runs the work with every call in it on this subject's account. */
export async function madeFor<Result>(
  subject: CustomerSubject,
  work: () => Promise<Result>,
): Promise<Result> {
  const records: Promise<void>[] = []
  try {
    return await current.run({ subject, records }, work)
  } finally {
    await Promise.all(records)
  }
}

/** What the client tells of a call. */
export type MadeCall = Omit<StripeCallRecord, '_id' | 'tenant_id' | 'customer_id' | 'stripe_id'>

/** Puts the call on record, in its own time. */
export type RecordCall = (call: MadeCall) => void

/** The recorder. */
export function callRecorder(deps: {
  store: Pick<StripeCallStore, 'insertStripeCall'>
  random: Random
}): RecordCall {
  return (call) => {
    const made = current.getStore()
    if (!made) return
    const { kind, tenantId, id } = made.subject
    const whose =
      kind === 'customer' ? { customer_id: id, stripe_id: null } : { customer_id: null, stripe_id: id }
    const record = { _id: deps.random.uuid(), tenant_id: tenantId, ...whose, ...call }
    made.records.push(deps.store.insertStripeCall(record).catch(() => undefined))
  }
}
