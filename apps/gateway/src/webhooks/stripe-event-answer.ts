// Owns a Stripe event as callers see it: as it was taken in, and what became of it.

import { type StripeEventRecord, stripeEventOutcomes } from '@lockstep/domain/stripe/stripe-event'
import { z } from 'zod'

const time = z.iso.datetime()

/** Its schema. */
export const stripeEventAnswered = z
  .strictObject({
    id: z.string(),
    type: z.string(),
    stripe_customer_id: z.string().nullable(),
    state: z.enum(['waiting', 'done']),
    outcome: z.enum(stripeEventOutcomes).nullable(),
    created_at: time,
    received_at: time,
    done_at: time.nullable(),
  })
  .meta({ id: 'StripeEvent' })

/** The event. */
export function stripeEventView(event: StripeEventRecord): z.input<typeof stripeEventAnswered> {
  return {
    id: event.event_id,
    type: event.type,
    stripe_customer_id: event.stripe_customer_id,
    state: event.done_at === null ? 'waiting' : 'done',
    outcome: event.outcome,
    created_at: new Date(event.created * 1000).toISOString(),
    received_at: new Date(event.received_at).toISOString(),
    done_at: event.done_at === null ? null : new Date(event.done_at).toISOString(),
  }
}
