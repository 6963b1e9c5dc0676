/**
 * Owns the reading of thin events by the v2 API.
 * Promises: newest first, as long as their snapshot twins are kept; a fetched one has its changes, its cause and its twin.
 */
import { events, isRetained, type StoredEvent } from '../events/stored-event.ts'
import { renderThinEvent, snapshotId, thinType } from '../events/thin-event.ts'
import type { Call, Route } from '../http/router.ts'
import { badRequest } from '../http/stripe-error.ts'
import { v2Missing, v2Page } from '../http/v2-page.ts'
import { idOf, type JsonObject } from '../json.ts'
import { array, int, object, string } from '../params/declare.ts'
import type { Params } from '../params/param.ts'
import { hash, text, texts } from '../params/read.ts'

const url = '/v2/core/events'

/** List and retrieve. */
export function thinEventRoutes(): Route[] {
  return [
    {
      method: 'GET',
      path: url,
      params: object({
        created: object({ gt: string(), gte: string(), lt: string(), lte: string() }),
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

/** A test of a time (milliseconds) by bounds that are seconds or, as v2 writes times, dates. Throws 400 for what is neither. */
function timeFilter(range: Params | null | undefined): (at: number) => boolean {
  const bound = (name: string, none: number) => {
    const given = range && text(range, name)
    if (!given) return none
    const at = /^\d+$/.test(given) ? Number(given) * 1000 : Date.parse(given)
    if (Number.isNaN(at)) throw badRequest(`Invalid timestamp: ${given}`, { param: `created[${name}]` })
    return at
  }
  const [gt, gte] = [bound('gt', -Infinity), bound('gte', -Infinity)]
  const [lt, lte] = [bound('lt', Infinity), bound('lte', Infinity)]
  return (at) => at > gt && at >= gte && at < lt && at <= lte
}

function listEvents({ core, realm, params }: Call): JsonObject {
  const created = timeFilter(hash(params, 'created'))
  const types = texts(params, 'types')
  const id = text(params, 'object_id')
  const found: StoredEvent[] = []
  for (const event of realm.table(events).newestFirst()) {
    if (!isRetained(core, event)) break
    if (!created(event.created * 1000) || (id && idOf(event.object) !== id)) continue
    if (!types || types.length === 0 || types.includes(thinType(event.type))) found.push(event)
  }
  const show = (event: StoredEvent) => renderThinEvent(realm, event)
  return v2Page({ table: realm.table(events), all: found, params, path: url, show })
}

function retrieveEvent({ core, realm, ids: { id = '' } }: Call): JsonObject {
  const event = realm.table(events).get(snapshotId(id) ?? '')
  if (!event || !isRetained(core, event)) throw v2Missing('Event', id)
  return renderThinEvent(realm, event)
}
