// Owns what is read of a snapshot event (API v1), from a webhook or from the event list; nothing else of it is stored.
// Tolerant: Stripe adds fields and types without notice, and promises no form of ids; only length and safety are checked.

import { z } from 'zod'
import { newStripeEventRecord, type StripeEventRecord } from './stripe-event.ts'

/** Characters of a Stripe id or type; Stripe says ids stay within 255. */
const idMax = 255

/** A Stripe id or another short text of theirs. */
export const stripeText = z
  .string()
  .min(1)
  .max(idMax)
  // NUL cannot be stored by every engine; a lone surrogate is no text.
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be well-formed text')
/** An id, or an expanded object that has one. Anything else counts as none: an event is never refused for it. */
const reference = z
  .union([stripeText, z.object({ id: stripeText }).transform((object) => object.id)])
  .nullish()
  .catch(null)
const maybeText = stripeText.nullish().catch(null)

/** A snapshot event (API v1): docs.stripe.com/api/events/object. */
export const snapshotEventSchema = z.object({
  id: stripeText,
  object: z.literal('event').optional(),
  type: z
    .string()
    .min(1)
    .max(idMax)
    .regex(/^[\x21-\x7e]+$/),
  created: z.number().int(),
  livemode: z.boolean(),
  account: maybeText,
  data: z.object({
    object: z.looseObject({
      id: maybeText,
      object: maybeText,
      customer: reference,
      metadata: z
        .object({ lockstep_id: z.uuid().nullish().catch(null) })
        .nullish()
        .catch(null),
    }),
    previous_attributes: z.unknown().optional(),
  }),
  request: z
    .union([
      z.object({ idempotency_key: maybeText }),
      stripeText.transform(() => ({ idempotency_key: null })),
    ])
    .nullish()
    .catch(null),
})

export type SnapshotEvent = z.output<typeof snapshotEventSchema>

/** The record of a snapshot event, not yet done. `at` is when it was received (ms). */
export function recordOfSnapshot(event: SnapshotEvent, tenantId: string, at: number): StripeEventRecord {
  const { object, previous_attributes: previous } = event.data
  const isCustomer = object.object === 'customer'
  const customerId = (isCustomer ? object.id : (object.customer ?? previousCustomer(previous))) ?? null
  const told = {
    event_id: event.id,
    type: event.type,
    stripe_customer_id: customerId,
    object_id: object.id ?? null,
    idempotency_key: event.request?.idempotency_key ?? null,
    lockstep_id: isCustomer ? (object.metadata?.lockstep_id ?? null) : null,
    previous_attributes: isCustomer && previous !== undefined ? JSON.stringify(previous) : null,
    created: event.created,
  }
  return newStripeEventRecord(told, tenantId, at)
}

/** A payment method that was detached names its customer only in what it was before. */
function previousCustomer(previous: unknown): string | null {
  if (typeof previous !== 'object' || previous === null || !('customer' in previous)) return null
  return typeof previous.customer === 'string' && previous.customer.length <= idMax ? previous.customer : null
}
