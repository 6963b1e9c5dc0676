// Owns reading one Stripe event as it was taken in: its state and what became of it.

import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { StripeEventStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { wordInPath } from '../customers/customer-id.ts'
import { answers } from '../http/answer-shape.ts'
import { apiRoute, type Route, success } from '../http/route.ts'

/** GET of one Stripe event by Stripe's own id. */
export function readStripeEventRoute(store: Pick<StripeEventStore, 'readStripeEvent'>): Route {
  return apiRoute({
    method: 'GET',
    path: '/v1/stripe-events/:id',
    name: 'get_stripe_event',
    does: 'Tells what became of a Stripe event.',
    group: 'stripe events',
    scope: 'customers',
    accepts: { params: z.strictObject({ id: wordInPath.meta({ description: 'Stripe’s id, `evt_…`.' }) }) },
    answers: { 200: answers('The event as it was taken in.', stripeEventAnswered) },
    async handle({ caller, params, note }) {
      const event = await store.readStripeEvent(caller.tenantId, params.id)
      if (!event) throw new LockstepError('not_found')
      note({ stripe_event_id: event.event_id })
      return {
        status: 200,
        body: success({
          id: event.event_id,
          type: event.type,
          stripe_customer_id: event.stripe_customer_id,
          state: event.done_at === null ? 'waiting' : 'done',
          outcome: event.outcome,
          created_at: new Date(event.created * 1000).toISOString(),
          received_at: new Date(event.received_at).toISOString(),
          done_at: event.done_at === null ? null : new Date(event.done_at).toISOString(),
        }),
      }
    },
  })
}

const time = z.iso.datetime()

const stripeEventAnswered = z
  .strictObject({
    id: z.string(),
    type: z.string(),
    stripe_customer_id: z.string().nullable(),
    state: z.enum(['waiting', 'done']),
    outcome: z.enum(['looked', 'echo', 'linked', 'adopted', 'known', 'gone', 'not_mirrored']).nullable(),
    created_at: time,
    received_at: time,
    done_at: time.nullable(),
  })
  .meta({ id: 'StripeEvent' })
