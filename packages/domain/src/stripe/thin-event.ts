// Owns what is read of a thin event (API v2): it names an object and carries nothing of it.

import { z } from 'zod'
import { stripeText } from './snapshot-event.ts'
import { newStripeEventRecord, type StripeEventRecord } from './stripe-event.ts'

const maybeText = stripeText.nullish().catch(null)

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
  related_object: z.object({ id: maybeText, type: maybeText }).nullish().catch(null),
  reason: z
    .object({ request: z.object({ idempotency_key: maybeText }).nullish().catch(null) })
    .nullish()
    .catch(null),
})

export type ThinEvent = z.output<typeof thinEventSchema>

/** `acct_…` where the event names one. */
export function accountOfThin(event: ThinEvent): string | null {
  return event.context?.startsWith('acct_') ? (event.context.split('/')[0] ?? null) : null
}

/** The record of a thin event, not yet done. `at` is when it was received (ms). */
export function recordOfThin(event: ThinEvent, tenantId: string, at: number): StripeEventRecord {
  const about = event.related_object
  const customerId = about?.type === 'customer' ? (about.id ?? null) : null
  const told = {
    event_id: event.id,
    type: event.type,
    stripe_customer_id: customerId,
    idempotency_key: event.reason?.request?.idempotency_key ?? null,
    lockstep_id: null,
    previous_attributes: null,
    created: event.created,
  }
  return newStripeEventRecord(told, tenantId, at)
}
