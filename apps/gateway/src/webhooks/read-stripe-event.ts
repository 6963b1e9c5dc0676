// Owns reading one Stripe event as it was taken in: its state and what became of it.

import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { StripeEventStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { wordInPath } from '../customers/customer-id.ts'
import { answers } from '../http/answer-shape.ts'
import { apiRoute, type Route, success } from '../http/route.ts'
import { stripeEventAnswered, stripeEventView } from './stripe-event-answer.ts'

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
        body: success(stripeEventView(event)),
      }
    },
  })
}
