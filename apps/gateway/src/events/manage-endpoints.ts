// Owns the webhook endpoints' own routes: create, list, read, change, delete, rotate the secret.
// Promises: a new endpoint is told of what happens from then on; a disabled one goes on where it stopped; each change is in
// the audit log before it takes effect.

import { changeEndpoint } from '@lockstep/domain/delivery/change-endpoint'
import { disabledFor, type Endpoint, enabledAgain, sealingContext } from '@lockstep/domain/delivery/endpoint'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import { z } from 'zod'
import { answers } from '../http/answer-shape.ts'
import { apiRoute, type Route, success } from '../http/route.ts'
import { detailAnswered, endpointAnswered, endpointView, secretAnswered } from './endpoint-answer.ts'
import { endpointParams, endpointRequests, rotateRequest } from './endpoint-requests.ts'
import { newSecret } from './endpoint-secret.ts'
import { type EndpointDeps, endpointOf, ringEndpoint } from './endpoint-deps.ts'

/** Endpoints of one tenant: each is rung for every event. */
const endpointsMax = 50
/** Secrets that may sign at once: every delivery carries a signature of each. */
const secretsMax = 5

/** The routes. */
export function manageEndpointRoutes(deps: EndpointDeps): Route[] {
  const { store, clock } = deps
  const requests = endpointRequests(deps)
  const audited = (
    request: Parameters<typeof deps.audit>[0],
    what: 'create' | 'update' | 'delete' | 'rotate_secret',
    subject: string,
  ) => deps.audit(request, { action: `webhook_endpoint.${what}`, customerId: null, subject })
  const route = { group: 'webhook endpoints', scope: 'customers' } as const
  return [
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/webhook-endpoints',
      name: 'create_webhook_endpoint',
      does: 'Registers an endpoint for events; the answer alone shows its secret.',
      accepts: { body: requests.create },
      answers: { 201: answers('The endpoint and its secret.', secretAnswered, { headers: ['Location'] }) },
      refuses: ['deliveries_off', 'too_many_endpoints'],
      async handle(request) {
        const { body } = request
        const { tenantId } = request.caller
        if ((await store.listEndpoints(tenantId)).length >= endpointsMax)
          throw new LockstepError('too_many_endpoints')
        const now = clock.now()
        const _id = deps.random.uuid()
        const { secret, sealed } = await newSecret(store, sealingContext({ tenant_id: tenantId, _id }))
        const endpoint: Endpoint = {
          _id,
          tenant_id: tenantId,
          rev: 0,
          ...body,
          disabled: null,
          secrets: [{ sealed, made_at: now, expires_at: null }],
          cursor: await store.highestPosition(tenantId),
          failures: 0,
          failing_since: null,
          next_attempt_at: null,
          created_at: now,
          updated_at: now,
        }
        await audited(request, 'create', _id)
        await store.insertEndpoint(endpoint)
        return {
          status: 201,
          headers: { Location: `/v1/webhook-endpoints/${_id}` },
          body: success({ ...endpointView(endpoint, now), secret }),
        }
      },
    }),
    apiRoute({
      ...route,
      method: 'GET',
      path: '/v1/webhook-endpoints',
      name: 'list_webhook_endpoints',
      does: 'Lists the endpoints, oldest first.',
      accepts: {},
      answers: { 200: answers('All of them.', z.array(endpointAnswered)) },
      async handle({ caller }) {
        const all = await store.listEndpoints(caller.tenantId)
        return { status: 200, body: success(all.map((each) => endpointView(each, clock.now()))) }
      },
    }),
    apiRoute({
      ...route,
      method: 'GET',
      path: '/v1/webhook-endpoints/:id',
      name: 'get_webhook_endpoint',
      does: 'Reads one endpoint, and how many deliveries wait or were given up.',
      accepts: { params: endpointParams },
      answers: { 200: answers('The endpoint.', detailAnswered) },
      async handle({ caller: { tenantId }, params }) {
        const endpoint = await endpointOf(store, tenantId, params.id)
        const deliveries = await store.countDeliveries({ tenantId, endpointId: params.id })
        return { status: 200, body: success({ ...endpointView(endpoint, clock.now()), deliveries }) }
      },
    }),
    apiRoute({
      ...route,
      method: 'PATCH',
      path: '/v1/webhook-endpoints/:id',
      name: 'update_webhook_endpoint',
      does: 'Changes an endpoint, disables it, or lets it go on where it stopped.',
      accepts: { params: endpointParams, body: requests.change },
      answers: { 200: answers('The endpoint.', endpointAnswered) },
      async handle(request) {
        const { params } = request
        const { enabled, ...changes } = request.body
        const { tenantId } = request.caller
        await endpointOf(store, tenantId, params.id)
        await audited(request, 'update', params.id)
        const now = clock.now()
        const after = await changeEndpoint(store, { tenantId, endpointId: params.id }, (endpoint) => {
          const next = { ...endpoint, ...changes, updated_at: now }
          if (enabled === undefined) return next
          return enabled ? enabledAgain(next) : disabledFor(next, 'caller', now)
        })
        if (!after) throw new LockstepError('not_found')
        ringEndpoint(deps, after)
        return { status: 200, body: success(endpointView(after, now)) }
      },
    }),
    apiRoute({
      ...route,
      method: 'DELETE',
      path: '/v1/webhook-endpoints/:id',
      name: 'delete_webhook_endpoint',
      does: 'Removes an endpoint with all that waits for it.',
      accepts: { params: endpointParams },
      answers: { 200: answers('It is gone.', z.strictObject({ id: z.uuid(), deleted: z.literal(true) })) },
      async handle(request) {
        const { caller, params } = request
        await endpointOf(store, caller.tenantId, params.id)
        await audited(request, 'delete', params.id)
        if (!(await store.deleteEndpoint(caller.tenantId, params.id))) throw new LockstepError('not_found')
        return { status: 200, body: success({ id: params.id, deleted: true }) }
      },
    }),
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/webhook-endpoints/:id/rotate-secret',
      name: 'rotate_webhook_secret',
      does: 'Makes a new secret; the old ones sign as well until the overlap is over.',
      accepts: { params: endpointParams, body: rotateRequest },
      answers: { 200: answers('The endpoint and its new secret.', secretAnswered) },
      refuses: ['deliveries_off'],
      async handle(request) {
        const { params, body } = request
        const { tenantId } = request.caller
        const now = clock.now()
        const endpoint = await endpointOf(store, tenantId, params.id)
        await audited(request, 'rotate_secret', params.id)
        const { secret, sealed } = await newSecret(store, sealingContext(endpoint))
        const until = now + body.overlap_seconds * 1_000
        const after = await changeEndpoint(store, { tenantId, endpointId: params.id }, (current) => {
          const older = current.secrets
            .map((each) => ({ ...each, expires_at: Math.min(each.expires_at ?? until, until) }))
            .filter(({ expires_at }) => expires_at > now)
          const newest = { sealed, made_at: now, expires_at: null }
          return { ...current, secrets: [newest, ...older].slice(0, secretsMax), updated_at: now }
        })
        if (!after) throw new LockstepError('not_found')
        return { status: 200, body: success({ ...endpointView(after, now), secret }) }
      },
    }),
  ]
}
