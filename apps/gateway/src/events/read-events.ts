// Owns reading the event log: a page behind a cursor, one event, and the catalogue of types.
// Promises: positions have no gaps and a page ends at the last position that was looked at, so whoever goes on with
// `next_after` is given every event once, also one that was written late. With a filter a page may hold fewer than
// `limit`, or none, while more follow: `has_more` says so.

import { eventCatalogue } from '@lockstep/domain/event/catalogue'
import { eventView } from '@lockstep/domain/event/view'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { LoggedEvent } from '@lockstep/domain/event/event'
import type { EventLogStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { wordInPath } from '../customers/customer-id.ts'
import { answers } from '../http/answer-shape.ts'
import { type ApiRequest, apiRoute, type Route, success } from '../http/route.ts'
import { eventAnswered, eventTypeAnswered } from './event-answer.ts'
import { eventListQuery, isWanted, readBehind } from './event-query.ts'

/** Events looked at for one page: with a rare type in the filter a request ends all the same. */
const scanMax = 2_000

export type ReadEventsStore = Pick<EventLogStore, 'readEvents' | 'readCustomerEvents' | 'readEvent'>

/** GET of the log, of one event and of the catalogue. */
export function readEventRoutes(store: ReadEventsStore): Route[] {
  const list = async ({ caller, query }: ApiRequest<{ query: typeof eventListQuery }>) => {
    const { after, limit, ...filter } = query
    const found: LoggedEvent[] = []
    let reached = after
    let more = true
    for (let looked = 0; more && found.length < limit && looked < scanMax; ) {
      const batch = filter.type.length === 0 ? limit - found.length : Math.min(500, scanMax - looked)
      // One more than is looked at tells whether more follow.
      const read = await readBehind(store, {
        tenantId: caller.tenantId,
        filter,
        after: reached,
        limit: batch + 1,
      })
      more = read.length > batch
      for (const event of read.slice(0, batch)) {
        if (found.length === limit) {
          more = true
          break
        }
        if (isWanted(filter, event)) found.push(event)
        reached = event.pos
        looked++
      }
    }
    return {
      status: 200,
      body: success(found.map(eventView), { has_more: more, next_after: reached }),
    }
  }
  const route = { method: 'GET', group: 'events', scope: 'customers' } as const
  return [
    apiRoute({
      ...route,
      path: '/v1/events',
      name: 'list_events',
      does: 'Reads the event log behind a position.',
      accepts: { query: eventListQuery },
      answers: {
        200: answers('One page.', z.array(eventAnswered), {
          more: { has_more: z.boolean(), next_after: z.int() },
        }),
      },
      handle: list,
    }),
    apiRoute({
      ...route,
      path: '/v1/event-types',
      name: 'list_event_types',
      does: 'Lists the types that Lockstep writes, with the schemas of their data.',
      accepts: {},
      answers: { 200: answers('The catalogue.', z.array(eventTypeAnswered)) },
      handle: async () => ({ status: 200, body: success(catalogueView) }),
    }),
    apiRoute({
      ...route,
      path: '/v1/events/:id',
      name: 'get_event',
      does: 'Reads one event.',
      accepts: { params: z.strictObject({ id: wordInPath }) },
      answers: { 200: answers('The event.', eventAnswered) },
      async handle({ caller, params }) {
        const event = await store.readEvent(caller.tenantId, params.id)
        if (!event) throw new LockstepError('not_found')
        return { status: 200, body: success(eventView(event)) }
      },
    }),
  ]
}

const catalogueView = Object.entries(eventCatalogue).map(([type, { version, tells, data }]) => ({
  type,
  version,
  description: tells,
  data_schema: z.toJSONSchema(data),
}))
