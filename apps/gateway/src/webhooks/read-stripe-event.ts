// Owns reading one Stripe event as it was taken in: its state and what became of it.

import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { StripeEventStore } from '@lockstep/domain/store/store'
import { type Route, success } from '../http/route.ts'
import { unsafeText } from '../schema/parse.ts'

/** GET of one Stripe event by Stripe's own id. */
export function readStripeEventRoute(store: Pick<StripeEventStore, 'readStripeEvent'>): Route {
  return {
    method: 'GET',
    path: '/v1/stripe-events/:id',
    body: 'none',
    scope: 'customers',
    async handle({ caller, params, note }) {
      const id = params.id
      if (id === undefined || unsafeText(id) !== null) throw new LockstepError('not_found')
      const event = await store.readStripeEvent(caller.tenantId, id)
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
  }
}
