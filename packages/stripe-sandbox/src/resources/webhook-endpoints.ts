/**
 * Owns webhook endpoints.
 * Promises: the secret is shown by the create only; an update says which events go where from then on; a deleted endpoint is gone.
 */
import type { Core } from '../core.ts'
import { listPage } from '../http/list-page.ts'
import type { Call, Route } from '../http/router.ts'
import { badRequest, missingResource, notSimulated } from '../http/stripe-error.ts'
import type { JsonObject } from '../json.ts'
import { mergeMetadata, noMetadata } from '../params/metadata.ts'
import type { SpecParams } from '../params/from-spec.ts'
import type { Params } from '../params/param.ts'
import { flag, text, texts } from '../params/read.ts'
import { checkUrl } from '../params/url.ts'
import type { Realm } from '../state/store.ts'
import { webhookEndpoints, webhookSecrets, type WebhookEndpoint } from './webhook-endpoint-object.ts'

const url = '/v1/webhook_endpoints'

/** Create, retrieve, update, delete, list. */
export function webhookEndpointRoutes(spec: SpecParams): Route[] {
  return [
    { method: 'POST', path: url, params: spec('PostWebhookEndpoints'), check, run: create },
    {
      method: 'GET',
      path: url,
      params: spec('GetWebhookEndpoints'),
      run: ({ realm, params }) =>
        listPage({ table: realm.table(webhookEndpoints), params, url, kind: 'webhook endpoint' }),
    },
    {
      method: 'GET',
      path: `${url}/{id}`,
      params: spec('GetWebhookEndpointsWebhookEndpoint'),
      run: (call) => endpointOf(call),
    },
    {
      method: 'POST',
      path: `${url}/{id}`,
      params: spec('PostWebhookEndpointsWebhookEndpoint'),
      check,
      run: update,
    },
    {
      method: 'DELETE',
      path: `${url}/{id}`,
      params: spec('DeleteWebhookEndpointsWebhookEndpoint'),
      run: (call) => {
        const { id } = endpointOf(call)
        call.realm.table(webhookEndpoints).remove(id, { id, object: 'webhook_endpoint', deleted: true })
        call.realm.table(webhookSecrets).forget(id)
        return { id, object: 'webhook_endpoint', deleted: true }
      },
    },
  ]
}

/** Puts an endpoint in place without a request; the local stack knows url and secret beforehand. */
export function presetEndpoint(
  core: Core,
  realm: Realm,
  preset: { readonly url: string; readonly secret: string; readonly enabled_events?: readonly string[] },
): WebhookEndpoint {
  return core.store.unit(() =>
    insert(core, realm, {
      url: preset.url,
      secret: preset.secret,
      description: 'preset',
      enabled_events: preset.enabled_events ?? ['*'],
      api_version: null,
      metadata: noMetadata,
    }),
  )
}

function check(params: Params): void {
  if (texts(params, 'enabled_events')?.length === 0) {
    throw badRequest('Invalid array: enabled_events must have at least one item', { param: 'enabled_events' })
  }
  const target = text(params, 'url')
  if (target !== undefined) checkUrl(target, 'url')
}

function create({ core, realm, params }: Call): JsonObject {
  const secret = `whsec_${core.random.token(32)}`
  if (flag(params, 'connect')) {
    throw notSimulated('An endpoint for connected accounts', 'connect')
  }
  const endpoint = insert(core, realm, {
    url: text(params, 'url') ?? '',
    secret,
    description: text(params, 'description') ?? null,
    enabled_events: texts(params, 'enabled_events') ?? [],
    api_version: text(params, 'api_version') ?? null,
    metadata: mergeMetadata(noMetadata, params['metadata']),
  })
  return { ...endpoint, secret }
}

function insert(
  core: Core,
  realm: Realm,
  fields: Pick<WebhookEndpoint, 'url' | 'description' | 'enabled_events' | 'api_version' | 'metadata'> & {
    readonly secret: string
  },
): WebhookEndpoint {
  const endpoint: WebhookEndpoint = {
    id: core.newId('we_1', 23),
    object: 'webhook_endpoint',
    api_version: fields.api_version,
    application: null,
    created: core.clock.seconds(),
    description: fields.description,
    enabled_events: fields.enabled_events,
    livemode: realm.livemode,
    metadata: fields.metadata,
    status: 'enabled',
    url: fields.url,
  }
  realm.table(webhookEndpoints).put(endpoint)
  realm.table(webhookSecrets).put({ id: endpoint.id, secrets: [{ secret: fields.secret, until: null }] })
  return endpoint
}

function update(call: Call): JsonObject {
  const before = endpointOf(call)
  const { params, realm } = call
  const description = text(params, 'description')
  const disabled = flag(params, 'disabled')
  const endpoint: WebhookEndpoint = {
    ...before,
    description: description === undefined ? before.description : description,
    enabled_events: texts(params, 'enabled_events') ?? before.enabled_events,
    metadata: mergeMetadata(before.metadata, params['metadata']),
    status: disabled === undefined ? before.status : disabled ? 'disabled' : 'enabled',
    url: text(params, 'url') ?? before.url,
  }
  realm.table(webhookEndpoints).put(endpoint)
  return endpoint
}

function endpointOf({ realm, ids: { id = '' } }: Call): WebhookEndpoint {
  const endpoint = realm.table(webhookEndpoints).get(id)
  if (!endpoint) throw missingResource('webhook endpoint', id)
  return endpoint
}
