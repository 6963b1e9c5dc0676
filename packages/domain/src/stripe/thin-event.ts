// Owns what is read of a thin event (API v2): the notification names an object and carries nothing of it; the fetched
// event adds the request that caused it and the values that it replaced.

import { z } from 'zod'
import { stripeText } from './snapshot-event.ts'
import { newStripeEventRecord, type Particulars, type StripeEventRecord } from './stripe-event.ts'

const maybeText = stripeText.nullish().catch(null)
const reason = z
  .object({ request: z.object({ idempotency_key: maybeText }).nullish().catch(null) })
  .nullish()
  .catch(null)

/** A thin event: docs.stripe.com/api/v2/core/events. Tolerant as a snapshot's schema is. */
export const thinEventSchema = z.object({
  id: stripeText,
  object: z.literal('v2.core.event'),
  type: stripeText,
  created: z.union([
    z.iso.datetime({ offset: true }).transform((text) => Math.floor(Date.parse(text) / 1000)),
    z.number().int(),
  ]),
  livemode: z.boolean(),
  /** The account, or a path of accounts, that the event belongs to. */
  context: maybeText,
  related_object: z.object({ id: maybeText, type: maybeText, url: maybeText }).nullish().catch(null),
  reason,
})

/** The same, fetched. `changes` has the form of a snapshot's `previous_attributes`; `snapshot_event` is the id of its twin. */
const fetchedSchema = z.object({ changes: z.unknown().optional(), reason, snapshot_event: maybeText })

export type ThinEvent = z.output<typeof thinEventSchema>

/** `acct_…` where the event names one. */
export function accountOfThin(event: ThinEvent): string | null {
  return event.context?.startsWith('acct_') ? (event.context.split('/')[0] ?? null) : null
}

/** The record of a thin event, not yet done. `at` is when it was received (ms). */
export function recordOfThin(event: ThinEvent, tenantId: string, at: number): StripeEventRecord {
  const told = {
    event_id: event.id,
    type: event.type,
    stripe_customer_id: customerOf(event.related_object),
    object_id: event.related_object?.id ?? null,
    idempotency_key: event.reason?.request?.idempotency_key ?? null,
    lockstep_id: null,
    previous_attributes: null,
    created: event.created,
  }
  return newStripeEventRecord(told, tenantId, at)
}

/** What is below a customer (a discount, a tax id) names it in its address. */
function customerOf(about: ThinEvent['related_object']): string | null {
  if (about?.type === 'customer') return about.id ?? null
  return /^\/v1\/customers\/([^/?]+)\//.exec(about?.url ?? '')?.[1] ?? null
}

/** What the body of `GET /v2/core/events/{id}` adds to a record, and the id of its snapshot twin, where it has one. */
export function particularsOf(
  record: StripeEventRecord,
  body: unknown,
): { particulars: Particulars; twin: string | null } {
  const { changes, reason: why, snapshot_event: twin } = fetchedSchema.parse(body)
  const isCustomer = record.type.startsWith('v1.customer.')
  const particulars = {
    id: record._id,
    idempotency_key: why?.request?.idempotency_key ?? null,
    previous_attributes: isCustomer && changes !== undefined ? JSON.stringify(changes) : null,
  }
  return { particulars, twin: twin ?? null }
}
