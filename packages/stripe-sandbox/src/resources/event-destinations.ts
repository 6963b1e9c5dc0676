/**
 * Owns the event destinations of the v2 API.
 * Promises: url and signing secret are shown only where `include` asks for them, the secret only at the create; a destination of
 * snapshots receives what a webhook endpoint does, one of thin events their twins.
 */
import type { Core } from '../core.ts'
import { emit } from '../events/emit.ts'
import { events } from '../events/stored-event.ts'
import { isoTime, renderThinEvent } from '../events/thin-event.ts'
import type { Call, Route } from '../http/router.ts'
import { badRequest, notSimulated } from '../http/stripe-error.ts'
import { v2Missing, v2Page } from '../http/v2-page.ts'
import type { JsonObject } from '../json.ts'
import { array, choice, int, metadata, object, string, unsimulated } from '../params/declare.ts'
import { mergeMetadata, noMetadata } from '../params/metadata.ts'
import type { Params } from '../params/param.ts'
import { hash, text, texts } from '../params/read.ts'
import { checkUrl } from '../params/url.ts'
import type { Realm } from '../state/store.ts'
import { eventDestinations, type EventDestination } from './event-destination-object.ts'

const base = '/v2/core/event_destinations'
const include = array(string())
const webhook = object({ 'url!': string() })

/** Create, retrieve, update, delete, list, switch off and on, ping. */
export function eventDestinationRoutes(): Route[] {
  const none = object({})
  return [
    { method: 'POST', path: base, params: createParams, check, run: create },
    { method: 'GET', path: base, params: object({ include, limit: int, page: string() }), run: list },
    {
      method: 'GET',
      path: `${base}/{id}`,
      params: object({ include }),
      run: (call) => render(find(call), call.params),
    },
    { method: 'POST', path: `${base}/{id}`, params: updateParams, check, run: update },
    { method: 'DELETE', path: `${base}/{id}`, params: none, run: remove },
    { method: 'POST', path: `${base}/{id}/disable`, params: none, run: (call) => turn(call, 'disabled') },
    { method: 'POST', path: `${base}/{id}/enable`, params: none, run: (call) => turn(call, 'enabled') },
    { method: 'POST', path: `${base}/{id}/ping`, params: none, run: ping },
  ]
}

const createParams = object({
  'enabled_events!': array(string()),
  'event_payload!': choice('snapshot', 'thin'),
  'name!': string(),
  'type!': choice('amazon_eventbridge', 'azure_event_grid', 'webhook_endpoint'),
  amazon_eventbridge: unsimulated,
  azure_event_grid: unsimulated,
  description: string(),
  events_from: array(choice('self', 'other_accounts')),
  include,
  metadata,
  snapshot_api_version: string(),
  webhook_endpoint: webhook,
})
const updateParams = object({
  description: string(),
  enabled_events: array(string()),
  include,
  metadata,
  name: string(),
  webhook_endpoint: webhook,
})

function check(params: Params): void {
  const type = text(params, 'type')
  if (type && type !== 'webhook_endpoint') throw notSimulated(`A destination of type ${type}`, 'type')
  const endpoint = hash(params, 'webhook_endpoint')
  if (type && !endpoint)
    throw badRequest('Missing required param: webhook_endpoint.', {
      code: 'parameter_missing',
      param: 'webhook_endpoint',
    })
  if (endpoint) checkUrl(text(endpoint, 'url'), 'webhook_endpoint[url]')
  if (texts(params, 'enabled_events')?.length === 0)
    throw badRequest('Invalid array: at least one event type', { param: 'enabled_events' })
}

/** Puts a destination of thin events in place without a request; the local stack knows url and secret beforehand. */
export function presetDestination(
  core: Core,
  realm: Realm,
  preset: { readonly url: string; readonly secret: string; readonly enabled_events?: readonly string[] },
): EventDestination {
  return core.store.unit(() =>
    insert(core, realm, {
      description: 'preset',
      enabled_events: preset.enabled_events ?? ['*'],
      event_payload: 'thin',
      metadata: noMetadata,
      name: 'preset',
      snapshot_api_version: null,
      url: preset.url,
      secret: preset.secret,
    }),
  )
}

function create({ core, realm, params }: Call): JsonObject {
  const endpoint = hash(params, 'webhook_endpoint')
  const destination = insert(core, realm, {
    description: text(params, 'description') ?? '',
    enabled_events: texts(params, 'enabled_events') ?? [],
    event_payload: text(params, 'event_payload') === 'thin' ? 'thin' : 'snapshot',
    metadata: mergeMetadata(noMetadata, params['metadata']),
    name: text(params, 'name') ?? '',
    snapshot_api_version: text(params, 'snapshot_api_version') ?? null,
    url: (endpoint && text(endpoint, 'url')) ?? '',
    secret: `whsec_${core.random.token(32)}`,
  })
  return render(destination, params, true)
}

function insert(
  core: Core,
  realm: Realm,
  fields: Omit<EventDestination, 'id' | 'created' | 'updated' | 'livemode' | 'status'>,
): EventDestination {
  const now = core.clock.now()
  const destination: EventDestination = {
    ...fields,
    id: core.newId('ed_', 24),
    created: now,
    updated: now,
    livemode: realm.livemode,
    status: 'enabled',
  }
  realm.table(eventDestinations).put(destination)
  return destination
}

function update(call: Call): JsonObject {
  const { core, realm, params } = call
  const before = find(call)
  const endpoint = hash(params, 'webhook_endpoint')
  const after: EventDestination = {
    ...before,
    updated: core.clock.now(),
    description: text(params, 'description') ?? before.description,
    enabled_events: texts(params, 'enabled_events') ?? before.enabled_events,
    metadata: mergeMetadata(before.metadata, params['metadata']),
    name: text(params, 'name') ?? before.name,
    url: (endpoint && text(endpoint, 'url')) ?? before.url,
  }
  realm.table(eventDestinations).put(after)
  return render(after, params)
}

function turn(call: Call, status: EventDestination['status']): JsonObject {
  const after = { ...find(call), status, updated: call.core.clock.now() }
  call.realm.table(eventDestinations).put(after)
  return render(after, call.params)
}

function remove(call: Call): JsonObject {
  const { id } = find(call)
  call.realm.table(eventDestinations).remove(id)
  // v2 leaves id and kind, and no mark that it is gone.
  return { id, object: 'v2.core.event_destination' }
}

/** Sends an event that only says hello; it reaches every receiver that wants its type. */
function ping(call: Call): JsonObject {
  const { core, realm, origin } = call
  const destination = find(call)
  emit(core, origin, 'v2.core.event_destination.ping', {
    id: destination.id,
    object: 'v2.core.event_destination',
  })
  for (const event of realm.table(events).newestFirst()) return renderThinEvent(realm, event)
  throw new Error('bug: the ping was not kept')
}

function list({ realm, params }: Call): JsonObject {
  const table = realm.table(eventDestinations)
  const all = Array.from(table.newestFirst())
  return v2Page({ table, all, params, path: base, show: (one) => render(one, params) })
}

function render(destination: EventDestination, params: Params, created = false): JsonObject {
  const included = texts(params, 'include') ?? []
  const { url, secret, snapshot_api_version: version, ...shown } = destination
  return {
    ...shown,
    object: 'v2.core.event_destination',
    created: isoTime(destination.created),
    events_from: ['self'],
    ...(version ? { snapshot_api_version: version } : {}),
    type: 'webhook_endpoint',
    updated: isoTime(destination.updated),
    webhook_endpoint: {
      ...(created && included.includes('webhook_endpoint.signing_secret') ? { signing_secret: secret } : {}),
      ...(included.includes('webhook_endpoint.url') ? { url } : {}),
    },
  }
}

function find({ realm, ids: { id = '' } }: Call): EventDestination {
  const destination = realm.table(eventDestinations).get(id)
  if (!destination) throw v2Missing('Event destination', id)
  return destination
}
