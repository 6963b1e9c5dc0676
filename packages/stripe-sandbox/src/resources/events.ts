/**
 * Owns the reading of events.
 * Promises: newest first, 30 days on the sandbox's clock; `type` takes a `*`, `types` up to 20 names, not both.
 */
import { isRetained, renderEvent, events, type StoredEvent } from '../events/stored-event.ts'
import { undelivered } from '../events/stored-event.ts'
import { isThinOnly } from '../events/thin-event.ts'
import { createdFilter, listPage } from '../http/list-page.ts'
import type { Call, Route } from '../http/router.ts'
import { badRequest, missingResource } from '../http/stripe-error.ts'
import type { SpecParams } from '../params/from-spec.ts'
import type { Params } from '../params/param.ts'
import { flag, text, texts } from '../params/read.ts'

const typesMax = 20

/** List and retrieve. */
export function eventRoutes(spec: SpecParams): Route[] {
  return [
    { method: 'GET', path: '/v1/events', params: spec('GetEvents'), check: checkTypes, run: listEvents },
    {
      method: 'GET',
      path: '/v1/events/{id}',
      params: spec('GetEventsId'),
      run: ({ core, realm, ids: { id = '' } }) => {
        const event = realm.table(events).get(id)
        if (!event || isThinOnly(event.type) || !isRetained(core, event)) throw missingResource('event', id)
        return renderEvent(realm, event)
      },
    },
  ]
}

function checkTypes(params: Params): void {
  const types = texts(params, 'types')
  if (text(params, 'type') && types) {
    throw badRequest('Received both type and types parameters. Please pass in only one.')
  }
  if (types && types.length > typesMax) {
    throw badRequest(`You can pass at most ${typesMax} types, but you passed in ${types.length}.`, {
      param: 'types',
    })
  }
}

function listEvents({ core, realm, params }: Call) {
  const created = createdFilter(params)
  const wantedType = typeFilter(params)
  const success = flag(params, 'delivery_success')
  const pending = realm.table(undelivered)
  return listPage({
    table: realm.table(events),
    params,
    url: '/v1/events',
    kind: 'event',
    where: (event: StoredEvent) =>
      isRetained(core, event) &&
      !isThinOnly(event.type) &&
      created(event.created) &&
      wantedType(event.type) &&
      (success === undefined || success === (pending.get(event.id) === undefined)),
    render: (event) => renderEvent(realm, event),
  })
}

function typeFilter(params: Params): (type: string) => boolean {
  const types = texts(params, 'types')
  if (types && types.length > 0) return (type) => types.includes(type)
  const one = text(params, 'type')
  if (!one) return () => true
  if (!one.includes('*')) return (type) => type === one
  const [first = '', ...others] = one.split('*')
  const last = others.pop() ?? ''
  return (type) => matches(type, first, others, last)
}

/** Text with these parts in this order, and anything between them; the time it takes grows with the text, not with the stars. */
function matches(text: string, first: string, middle: readonly string[], last: string): boolean {
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  for (const part of middle) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}
