// Owns the timeline of one customer: everything that happened to it, from every record, newest first.
// Promises: who asked, what changed field by field, what Stripe's events led to, which calls were made with Stripe's own
// request ids, which values lost or are held back. A purged customer has none to show.

import type { Store } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { ownerOf } from '../billing/mirror-routes.ts'
import { customerParams } from '../customers/customer-id.ts'
import { answers } from '../http/answer-shape.ts'
import { pageLimit, unknownCursor } from '../http/paging.ts'
import { apiRoute, type Route, success } from '../http/route.ts'
import { timelineEntry } from './timeline-entries.ts'
import { cursorOf, placesOf, timelinePage, type TimelineStore } from './timeline-page.ts'

const timelineQuery = z.strictObject({
  after: z
    .string('must be given once')
    .max(2_000, 'must be what `next_after` said')
    .meta({ description: 'What the page before said: `next_after`.' })
    .exactOptional(),
  limit: pageLimit,
})

/** GET of the timeline. */
export function timelineRoute({ store }: { store: TimelineStore & Pick<Store, 'readCustomer'> }): Route {
  return apiRoute({
    method: 'GET',
    path: '/v1/customers/:id/timeline',
    name: 'get_customer_timeline',
    does: 'Shows everything that happened to a customer.',
    group: 'customers',
    scope: 'customers',
    accepts: { params: customerParams, query: timelineQuery },
    answers: {
      200: answers('Newest first.', z.array(timelineEntry), {
        more: { has_more: z.boolean(), next_after: z.string().nullable() },
      }),
    },
    async handle({ caller, params, query }) {
      const after = query.after === undefined ? {} : placesOf(query.after)
      if (!after) throw unknownCursor()
      const doc = await ownerOf(store, caller, params.id)
      const { entries, next } = await timelinePage(store, { doc, after, limit: query.limit })
      const next_after = next && cursorOf(next)
      return { status: 200, body: success(entries, { has_more: next !== null, next_after }) }
    },
  })
}
