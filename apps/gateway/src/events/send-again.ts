// Owns what a caller may ask of an endpoint's deliveries: a test, one event again, what failed since a time, everything
// since a time; and the log of attempts.
// Promises: whatever is asked for is written down before it is answered, and sent by the workers alone.

import { changeEndpoint } from '@lockstep/domain/delivery/change-endpoint'
import { newDelivery } from '@lockstep/domain/delivery/endpoint'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import { positionBefore } from '@lockstep/domain/store/position-before'
import { z } from 'zod'
import { answers } from '../http/answer-shape.ts'
import { pageOf } from '../http/paging.ts'
import { apiRoute, type Route, success } from '../http/route.ts'
import { attemptAnswered, attemptView, sendingAnswered } from './endpoint-answer.ts'
import { type EndpointDeps, endpointOf, ringEndpoint } from './endpoint-deps.ts'
import { attemptsQuery, endpointParams, resendRequest, sinceRequest } from './endpoint-requests.ts'

/** The routes. */
export function sendAgainRoutes(deps: EndpointDeps): Route[] {
  const { store, clock } = deps
  const route = { group: 'webhook endpoints', scope: 'customers' } as const
  return [
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/webhook-endpoints/:id/test',
      name: 'test_webhook_endpoint',
      does: 'Sends a `webhook_endpoint.test` once; the attempts tell what came of it.',
      accepts: { params: endpointParams },
      answers: { 202: answers('It is on its way.', sendingAnswered) },
      async handle({ caller, params }) {
        const endpoint = await endpointOf(store, caller.tenantId, params.id)
        const event_id = deps.random.uuid()
        await store.putDelivery({ ...newDelivery(endpoint, event_id, clock.now()), test: true })
        ringEndpoint(deps, endpoint)
        return { status: 202, body: success({ event_id }) }
      },
    }),
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/webhook-endpoints/:id/resend',
      name: 'resend_event',
      does: 'Sends one event again, whether or not it was delivered.',
      accepts: { params: endpointParams, body: resendRequest },
      answers: { 202: answers('It is on its way.', sendingAnswered) },
      async handle({ caller, params, body: { event_id } }) {
        const endpoint = await endpointOf(store, caller.tenantId, params.id)
        if (!(await store.readEvent(caller.tenantId, event_id))) throw new LockstepError('not_found')
        await store.putDelivery(newDelivery(endpoint, event_id, clock.now()))
        ringEndpoint(deps, endpoint)
        return { status: 202, body: success({ event_id }) }
      },
    }),
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/webhook-endpoints/:id/recover',
      name: 'recover_deliveries',
      does: 'Sends again what failed since a time, given up or not.',
      accepts: { params: endpointParams, body: sinceRequest },
      answers: { 202: answers('They are due now.', z.strictObject({ recovered: z.int() })) },
      async handle({ caller: { tenantId }, params, body }) {
        const endpoint = await endpointOf(store, tenantId, params.id)
        const since = Date.parse(body.since)
        const recovered = await store.recoverDeliveries({
          tenantId,
          endpointId: endpoint._id,
          since,
          now: clock.now(),
        })
        ringEndpoint(deps, endpoint)
        return { status: 202, body: success({ recovered }) }
      },
    }),
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/webhook-endpoints/:id/replay',
      name: 'replay_events',
      does: 'Sends everything since a time again, in order, and goes on from there.',
      accepts: { params: endpointParams, body: sinceRequest },
      answers: { 202: answers('From there on.', z.strictObject({ position: z.int() })) },
      async handle({ caller: { tenantId }, params, body }) {
        const start = await positionBefore(store, tenantId, Date.parse(body.since))
        const after = await changeEndpoint(store, { tenantId, endpointId: params.id }, (endpoint) => ({
          ...endpoint,
          cursor: Math.min(endpoint.cursor, start),
          updated_at: clock.now(),
        }))
        if (!after) throw new LockstepError('not_found')
        ringEndpoint(deps, after)
        return { status: 202, body: success({ position: after.cursor }) }
      },
    }),
    apiRoute({
      ...route,
      method: 'GET',
      path: '/v1/webhook-endpoints/:id/attempts',
      name: 'list_delivery_attempts',
      does: 'Lists the attempts to deliver, newest first; kept for 30 days.',
      accepts: { params: endpointParams, query: attemptsQuery },
      answers: {
        200: answers('One page.', z.array(attemptAnswered), {
          more: { has_more: z.boolean(), next_after: z.uuid().nullable() },
        }),
      },
      async handle({ caller: { tenantId }, params, query: { event_id, after, limit } }) {
        const endpoint = await endpointOf(store, tenantId, params.id)
        const found = await store.listAttempts({
          tenantId,
          endpointId: endpoint._id,
          ...(event_id !== undefined && { eventId: event_id }),
          ...(after !== undefined && { before: after }),
          limit: limit + 1,
        })
        const { page, more } = pageOf(found, limit, ({ _id }) => _id)
        return { status: 200, body: success(page.map(attemptView), more) }
      },
    }),
  ]
}
