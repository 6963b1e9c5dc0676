/**
 * Owns the events of a realm: their making, their shape and how long they are kept.
 * Promises: an event is made in the same unit of work as the change it tells of, together with one delivery for each endpoint that wants
 * it; its object is as it was at that moment, whatever happens later.
 */
import { apiVersion } from '../api-version.ts'
import type { Core } from '../core.ts'
import type { JsonObject } from '../json.ts'
import type { Realm } from '../state/store.ts'
import type { TableKey } from '../state/table.ts'
import { queueDeliveries, undelivered } from './deliveries.ts'
import { previousAttributes } from './previous-attributes.ts'

/** What is kept of an event; `pending_webhooks` is counted when it is shown. */
export type StoredEvent = {
  readonly id: string
  readonly type: string
  readonly created: number
  readonly api_version: string
  readonly livemode: boolean
  readonly data: { readonly object: JsonObject; readonly previous_attributes?: JsonObject }
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null }
}

/** The table of events. */
export const events: TableKey<StoredEvent> = { name: 'events' }

/** Who causes a change: a request, or the passing of time (`request` is null). */
export type Origin = {
  readonly realm: Realm
  readonly request: { readonly id: string; readonly idempotency_key: string | null } | null
}

/** Tells of a change. Call it inside the unit of work that makes the change. */
export function emit(
  core: Core,
  origin: Origin,
  type: string,
  object: JsonObject,
  previous?: JsonObject,
): void {
  const { realm, request } = origin
  const event: StoredEvent = {
    id: core.newId('evt_1', 23),
    type,
    created: core.clock.seconds(),
    api_version: apiVersion,
    livemode: realm.livemode,
    data: previous ? { object, previous_attributes: previous } : { object },
    request: request ?? { id: null, idempotency_key: null },
  }
  prune(core, realm)
  realm.table(events).put(event)
  queueDeliveries(core, realm, event)
}

/** Tells of an update, with what it replaced; says nothing if nothing changed, unless the setting asks for it. */
export function emitUpdate(
  core: Core,
  origin: Origin,
  type: string,
  before: JsonObject,
  after: JsonObject,
): void {
  const previous = previousAttributes(before, after, core.settings.previous_attributes_nested)
  if (previous || core.settings.event_on_no_change) emit(core, origin, type, after, previous ?? {})
}

/** The event as the API shows it and as webhooks carry it; `version` is that of the endpoint it goes to. */
export function renderEvent(
  realm: Realm,
  event: StoredEvent,
  version: string = event.api_version,
): JsonObject {
  return {
    id: event.id,
    object: 'event',
    api_version: version,
    created: event.created,
    data: event.data,
    livemode: event.livemode,
    pending_webhooks: realm.table(undelivered).get(event.id)?.count ?? 0,
    request: event.request,
    type: event.type,
  }
}

const daySeconds = 86_400

/** True while an event can be listed and retrieved. */
export function isRetained(core: Core, event: StoredEvent): boolean {
  return event.created > core.clock.seconds() - core.settings.event_retention_days * daySeconds
}

function prune(core: Core, realm: Realm): void {
  const table = realm.table(events)
  for (const event of table.oldestFirst()) {
    if (isRetained(core, event)) return
    table.forget(event.id)
    realm.table(undelivered).forget(event.id)
  }
}
