// Owns the list of Stripe events as they were taken in, and the replay of one.
// Promises: a replay examines the event again and asks for a look; an event is never a source of state, so an old one that
// is replayed overwrites nothing. It is in the audit log before it takes effect.

import type { Doorbell } from '@lockstep/domain/doorbell/doorbell'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { StripeEventStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import type { RecordAudit } from '../audit/record-audit.ts'
import { wordInPath } from '../customers/customer-id.ts'
import { answers } from '../http/answer-shape.ts'
import { pageLimit, pageOf, unknownCursor } from '../http/paging.ts'
import { apiRoute, type Route, success } from '../http/route.ts'
import { stripeEventAnswered, stripeEventView } from './stripe-event-answer.ts'

/** Characters: Stripe's ids are shorter. */
const idMax = 255
const stripeId = z
  .string('must be given once')
  .min(1, 'must not be empty')
  .max(idMax, `must be at most ${idMax} characters`)

const stripeEventQuery = z.strictObject({
  stripe_customer_id: stripeId.meta({ description: 'Only those that speak of it.' }).exactOptional(),
  state: z.enum(['waiting', 'done'], { error: 'must be waiting or done, once' }).exactOptional(),
  after: stripeId.meta({ description: 'The last event seen: `next_after`.' }).exactOptional(),
  limit: pageLimit,
})

/** GET of the list. */
export function listStripeEventsRoute(
  store: Pick<StripeEventStore, 'listStripeEvents' | 'readStripeEvent'>,
): Route {
  return apiRoute({
    method: 'GET',
    path: '/v1/stripe-events',
    name: 'list_stripe_events',
    does: 'Lists the Stripe events that were taken in.',
    group: 'stripe events',
    scope: 'customers',
    accepts: { query: stripeEventQuery },
    answers: {
      200: answers('The last taken in first.', z.array(stripeEventAnswered), {
        more: { has_more: z.boolean(), next_after: z.string().nullable() },
      }),
    },
    async handle({ caller: { tenantId }, query: { stripe_customer_id, state, after, limit } }) {
      const last = after === undefined ? null : await store.readStripeEvent(tenantId, after)
      if (after !== undefined && !last) throw unknownCursor()
      const found = await store.listStripeEvents({
        tenantId,
        ...(stripe_customer_id !== undefined && { stripeCustomerIds: [stripe_customer_id] }),
        ...(state !== undefined && { state }),
        ...(last && { before: { at: last.received_at, id: last.event_id } }),
        limit: limit + 1,
      })
      const { page, more } = pageOf(found, limit, ({ event_id }) => event_id)
      return { status: 200, body: success(page.map(stripeEventView), more) }
    },
  })
}

/** POST of a replay. One that waits, or that speaks of no Stripe customer, stays as it is. */
export function replayStripeEventRoute({
  store,
  doorbell,
  audit,
}: {
  store: Pick<StripeEventStore, 'readStripeEvent' | 'reopenStripeEvent'>
  doorbell: Doorbell
  audit: RecordAudit
}): Route {
  return apiRoute({
    method: 'POST',
    path: '/v1/stripe-events/:id/replay',
    name: 'replay_stripe_event',
    does: 'Examines a Stripe event again.',
    group: 'stripe events',
    scope: 'operator',
    accepts: { params: z.strictObject({ id: wordInPath.meta({ description: 'Stripe’s id, `evt_…`.' }) }) },
    answers: { 202: answers('The event as it stands now.', stripeEventAnswered) },
    async handle(request) {
      const { tenantId } = request.caller
      const { id } = request.params
      const event = await store.readStripeEvent(tenantId, id)
      if (!event) throw new LockstepError('not_found')
      request.note({ stripe_event_id: id })
      await audit(request, { action: 'stripe_event.replay', customerId: null, subject: id })
      const reopened = await store.reopenStripeEvent(tenantId, id)
      const now = await store.readStripeEvent(tenantId, id)
      if (reopened && event.stripe_customer_id !== null)
        void doorbell.ring('customer-apply', [
          { kind: 'stripe_customer', tenantId, id: event.stripe_customer_id },
        ])
      return { status: 202, body: success(stripeEventView(now ?? event)) }
    },
  })
}
