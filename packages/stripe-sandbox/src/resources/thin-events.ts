/**
 * Owns the reading of thin events by the v2 API.
 * Promises: newest first, as long as their snapshot twins are kept; a fetched one has its changes, its cause and its twin.
 */
import { events, isRetained, type StoredEvent } from '../events/stored-event.ts'
import { renderThinEvent, snapshotId, thinType } from '../events/thin-event.ts'
import { createdFilter } from '../http/list-page.ts'
import type { Call, Route } from '../http/router.ts'
import { v2Missing, v2Page } from '../http/v2-page.ts'
import { idOf, type JsonObject } from '../json.ts'
import { array, int, object, range, string } from '../params/declare.ts'
import { text, texts } from '../params/read.ts'

const url = '/v2/core/events'

/** List and retrieve. */
export function thinEventRoutes(): Route[] {
  return [
    {
      method: 'GET',
      path: url,
      params: object({
        created: range,
        limit: int,
        object_id: string(),
        page: string(),
        types: array(string()),
      }),
      run: listEvents,
    },
    { method: 'GET', path: `${url}/{id}`, params: object({}), run: retrieveEvent },
  ]
}

function listEvents({ core, realm, params }: Call): JsonObject {
  const created = createdFilter(params)
  const types = texts(params, 'types')
  const id = text(params, 'object_id')
  const found: StoredEvent[] = []
  for (const event of realm.table(events).newestFirst()) {
    if (!isRetained(core, event)) break
    if (!created(event.created) || (id && idOf(event.object) !== id)) continue
    if (!types || types.length === 0 || types.includes(thinType(event.type))) found.push(event)
  }
  return v2Page(found, params, url, (event) => renderThinEvent(realm, event))
}

function retrieveEvent({ core, realm, ids: { id = '' } }: Call): JsonObject {
  const event = realm.table(events).get(snapshotId(id) ?? '')
  if (!event || !isRetained(core, event)) throw v2Missing('Event', id)
  return renderThinEvent(realm, event)
}
