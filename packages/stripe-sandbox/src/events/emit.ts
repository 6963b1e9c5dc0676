/**
 * Owns the making of events.
 * Promises: an event is made in the same unit of work as the change it tells of, together with one delivery for each endpoint that wants
 * it; its object is as it was at that moment, whatever happens later.
 */
import type { Core } from '../core.ts'
import type { JsonObject } from '../json.ts'
import type { Realm } from '../state/store.ts'
import { queueDeliveries } from './deliveries.ts'
import type { EventType } from './event-types.ts'
import { finerTypes } from './finer-events.ts'
import { previousAttributes } from './previous-attributes.ts'
import { events, isRetained, type StoredEvent, undelivered } from './stored-event.ts'

/** Who causes a change: a request, or the passing of time (`request` is null). */
export type Origin = {
  readonly realm: Realm
  readonly request: { readonly id: string; readonly idempotency_key: string | null } | null
}

/** Tells of a change. Call it inside the unit of work that makes the change. */
export function emit(
  core: Core,
  origin: Origin,
  type: EventType,
  object: JsonObject,
  previous?: JsonObject,
): void {
  if (core.staging.silent) return
  const { realm, request } = origin
  const event: StoredEvent = {
    id: core.newId('evt_1', 23),
    type,
    created: core.clock.seconds(),
    object,
    previous_attributes: previous,
    request_id: request?.id ?? null,
    idempotency_key: request?.idempotency_key ?? null,
  }
  prune(core, realm)
  realm.table(events).put(event)
  queueDeliveries(core, realm, event)
}

/** Tells of an update, with what it replaced, and of what it means by finer thin events; says nothing if nothing changed, unless the setting asks for it. */
export function emitUpdate(
  core: Core,
  origin: Origin,
  type: EventType,
  before: JsonObject,
  after: JsonObject,
): void {
  const previous = previousAttributes(before, after, core.settings.previous_attributes_nested)
  if (previous || core.settings.event_on_no_change) emit(core, origin, type, after, previous ?? {})
  if (previous) for (const finer of finerTypes(type, before, after)) emit(core, origin, finer, after)
}

function prune(core: Core, realm: Realm): void {
  const table = realm.table(events)
  for (const event of table.oldestFirst()) {
    if (isRetained(core, event)) return
    table.forget(event.id)
    realm.table(undelivered).forget(event.id)
  }
}
