/**
 * Owns an event as it is kept and shown, and how long.
 * Promises: its object is as it was at the moment of the change; `pending_webhooks` is counted when it is shown.
 */
import { apiVersion } from '../api-version.ts'
import type { Core } from '../core.ts'
import type { JsonObject } from '../json.ts'
import type { Realm } from '../state/store.ts'
import type { TableKey } from '../state/table.ts'

/** What is kept of an event, flat: one object less for each of them, of which there are as many as changes. */
export type StoredEvent = {
  readonly id: string
  readonly type: string
  readonly created: number
  readonly object: JsonObject
  readonly previous_attributes: JsonObject | undefined
  /** null: the passing of time caused it. */
  readonly request_id: string | null
  readonly idempotency_key: string | null
}

/** The table of events. */
export const events: TableKey<StoredEvent> = { name: 'events' }

/** For each event how many endpoints have not taken it; no row: all have. */
export const undelivered: TableKey<{ readonly id: string; readonly count: number }> = { name: 'undelivered' }

/** The event as the API shows it and as webhooks carry it; `version` is that of the endpoint it goes to. */
export function renderEvent(realm: Realm, event: StoredEvent, version: string = apiVersion): JsonObject {
  return {
    id: event.id,
    object: 'event',
    api_version: version,
    created: event.created,
    data: { object: event.object, previous_attributes: event.previous_attributes },
    livemode: realm.livemode,
    pending_webhooks: realm.table(undelivered).get(event.id)?.count ?? 0,
    request: causeOf(event),
    type: event.type,
  }
}

/** The request that caused an event; both members are null where time did. */
export function causeOf({ request_id: id, idempotency_key }: StoredEvent): JsonObject {
  return { id, idempotency_key }
}

const daySeconds = 86_400

/** True while an event can be listed and retrieved. */
export function isRetained(core: Core, event: StoredEvent): boolean {
  return event.created > core.clock.seconds() - core.settings.event_retention_days * daySeconds
}
