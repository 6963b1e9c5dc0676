/**
 * Owns who receives events: webhook endpoints of v1 and destinations of v2, seen alike.
 * Promises: a target says what it wants, whether it is enabled, what it is sent, and by which secrets that is signed.
 */
import type { Core } from '../core.ts'
import type { JsonObject } from '../json.ts'
import { eventDestinations, type EventDestination } from '../resources/event-destination-object.ts'
import {
  webhookEndpoints,
  webhookSecrets,
  type WebhookEndpoint,
} from '../resources/webhook-endpoint-object.ts'
import type { Realm } from '../state/store.ts'
import { renderEvent, type StoredEvent } from './stored-event.ts'
import { isThinOnly, renderThinNotification, thinType } from './thin-event.ts'

/** One receiver. */
export type Target = {
  readonly id: string
  readonly url: string
  readonly enabled: boolean
  wants(event: StoredEvent): boolean
  render(event: StoredEvent): JsonObject
  /** The secrets that are alive at `now` (milliseconds on the sandbox's clock). */
  secrets(now: number): string[]
}

/** All receivers of a realm, oldest first. */
export function* targetsOf(core: Core, realm: Realm): Generator<Target> {
  for (const endpoint of realm.table(webhookEndpoints).oldestFirst()) yield endpointTarget(realm, endpoint)
  for (const destination of realm.table(eventDestinations).oldestFirst())
    yield destinationTarget(core, realm, destination)
}

/** A receiver by id; undefined if it was deleted. */
export function findTarget(core: Core, realm: Realm, id: string): Target | undefined {
  const endpoint = realm.table(webhookEndpoints).get(id)
  if (endpoint) return endpointTarget(realm, endpoint)
  const destination = realm.table(eventDestinations).get(id)
  return destination && destinationTarget(core, realm, destination)
}

function endpointTarget(realm: Realm, endpoint: WebhookEndpoint): Target {
  return {
    id: endpoint.id,
    url: endpoint.url,
    enabled: endpoint.status === 'enabled',
    wants: ({ type }) =>
      !isThinOnly(type) && (endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(type)),
    render: (event) => renderEvent(realm, event, endpoint.api_version ?? undefined),
    secrets: (now) =>
      (realm.table(webhookSecrets).get(endpoint.id)?.secrets ?? [])
        .filter(({ until }) => until === null || until > now)
        .map(({ secret }) => secret),
  }
}

function destinationTarget(core: Core, realm: Realm, destination: EventDestination): Target {
  const thin = destination.event_payload === 'thin'
  return {
    id: destination.id,
    url: destination.url,
    enabled: destination.status === 'enabled',
    wants: ({ type, object }) => {
      // A ping is for the destination that it names, whatever that is enabled for.
      if (type.startsWith('v2.')) return object['id'] === destination.id
      if (isThinOnly(type) && !thin) return false
      return (
        destination.enabled_events.includes('*') ||
        destination.enabled_events.includes(thin ? thinType(type) : type)
      )
    },
    render: (event) =>
      thin
        ? renderThinNotification(realm, event, core.settings.thin_event_body_reason)
        : renderEvent(realm, event, destination.snapshot_api_version ?? undefined),
    secrets: () => [destination.secret],
  }
}
