/**
 * Owns the v2 API of events: destinations, and thin events that can be fetched.
 * Promises: url and signing secret are shown only where `include` asks for them, the secret only at the create; a destination of
 * snapshots receives what a webhook endpoint does, one of thin events their twins.
 */
import { emit } from '../events/emit.ts'
import { events, isRetained, type StoredEvent } from '../events/stored-event.ts'
import { isoTime, renderThinEvent, snapshotId, thinType } from '../events/thin-event.ts'
import { createdFilter } from '../http/list-page.ts'
import type { Call, Route } from '../http/router.ts'
import { badRequest, notSimulated, StripeError } from '../http/stripe-error.ts'
import { idOf, type JsonObject } from '../json.ts'
import { array, choice, int, metadata, object, range, string, unsimulated } from '../params/declare.ts'
import { mergeMetadata, noMetadata } from '../params/metadata.ts'
import type { Params } from '../params/param.ts'
import { hash, integer, text, texts } from '../params/read.ts'
import { eventDestinations, type EventDestination } from './event-destination-object.ts'

const base = '/v2/core/event_destinations'
const include = array(string())
const webhook = object({ 'url!': string() })
const limitDefault = 20
const limitMax = 100

/** Destinations and events of v2. */
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
    {
      method: 'GET',
      path: '/v2/core/events',
      params: object({
        created: range,
        limit: int,
        object_id: string(),
        page: string(),
        types: array(string()),
      }),
      run: listEvents,
    },
    { method: 'GET', path: '/v2/core/events/{id}', params: none, run: retrieveEvent },
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
  const url = endpoint && text(endpoint, 'url')
  if (endpoint && (!url || !/^https?:\/\//.test(url) || !URL.canParse(url))) {
    throw badRequest('Invalid URL: An explicit scheme (such as https) must be provided.', {
      code: 'url_invalid',
      param: 'webhook_endpoint[url]',
    })
  }
  if (texts(params, 'enabled_events')?.length === 0)
    throw badRequest('Invalid array: at least one event type', { param: 'enabled_events' })
}

function create({ core, realm, params }: Call): JsonObject {
  const now = core.clock.now()
  const endpoint = hash(params, 'webhook_endpoint')
  const destination: EventDestination = {
    id: core.newId('ed_', 24),
    created: now,
    updated: now,
    description: text(params, 'description') ?? '',
    enabled_events: texts(params, 'enabled_events') ?? [],
    event_payload: text(params, 'event_payload') === 'thin' ? 'thin' : 'snapshot',
    livemode: realm.livemode,
    metadata: mergeMetadata(noMetadata, params['metadata']),
    name: text(params, 'name') ?? '',
    snapshot_api_version: text(params, 'snapshot_api_version') ?? null,
    status: 'enabled',
    url: (endpoint && text(endpoint, 'url')) ?? '',
    secret: `whsec_${core.random.token(32)}`,
  }
  realm.table(eventDestinations).put(destination)
  return render(destination, params, true)
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
  return { id, object: 'v2.core.event_destination', deleted: true }
}

/** Sends an event that only says hello; it reaches every receiver that wants its type. */
function ping(call: Call): JsonObject {
  const { core, realm, origin } = call
  const destination = find(call)
  emit(core, origin, 'v2.core.event_destination.ping', {
    id: destination.id,
    object: 'v2.core.event_destination',
  })
  for (const event of realm.table(events).newestFirst()) return renderThinEvent(event)
  throw new Error('bug: the ping was not kept')
}

function list({ realm, params }: Call): JsonObject {
  return page(Array.from(realm.table(eventDestinations).newestFirst()), params, base, (one) =>
    render(one, params),
  )
}

function listEvents({ core, realm, params }: Call): JsonObject {
  const created = createdFilter(params)
  const types = texts(params, 'types')
  const id = text(params, 'object_id')
  const found: StoredEvent[] = []
  for (const event of realm.table(events).newestFirst()) {
    if (!isRetained(core, event)) break
    if (!created(event.created) || (id && idOf(event.data.object) !== id)) continue
    if (!types || types.length === 0 || types.includes(thinType(event.type))) found.push(event)
  }
  return page(found, params, '/v2/core/events', renderThinEvent)
}

function page<T>(all: readonly T[], params: Params, path: string, show: (one: T) => JsonObject): JsonObject {
  const limit = Math.min(Math.max(integer(params, 'limit') ?? limitDefault, 1), limitMax)
  const token = text(params, 'page')
  const start = token ? Number(/^page_(\d{1,9})$/.exec(token)?.[1] ?? Number.NaN) : 0
  if (Number.isNaN(start)) throw badRequest('Invalid page token.', { param: 'page' })
  const link = (from: number) => `${path}?limit=${limit}&page=page_${from}`
  return {
    data: all.slice(start, start + limit).map(show),
    next_page_url: start + limit < all.length ? link(start + limit) : null,
    previous_page_url: start > 0 ? link(Math.max(0, start - limit)) : null,
  }
}

function retrieveEvent({ core, realm, ids: { id = '' } }: Call): JsonObject {
  const event = realm.table(events).get(snapshotId(id) ?? '')
  if (!event || !isRetained(core, event)) throw missing('Event', id)
  return renderThinEvent(event)
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
  if (!destination) throw missing('Event destination', id)
  return destination
}

function missing(kind: string, id: string): StripeError {
  return new StripeError(404, { code: 'not_found', message: `${kind} not found: ${id}` })
}
