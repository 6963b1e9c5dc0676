// Owns the parameters by which events are asked for: from which place of the log, of whom, of which types.
// Promises: unknown and repeated parameters are 422; the filters mean the same on the list and on the stream.

import { matchesType, typePattern } from '@lockstep/domain/event/catalogue'
import type { LoggedEvent } from '@lockstep/domain/event/event'
import type { EventLogStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { pageLimit } from '../http/paging.ts'
import { described } from '../schema/described.ts'

/** A parameter that came several times is a list, and so no text. */
const text = z.string('must be given once')

/** Patterns in one filter: a person lists a few. */
const typesMax = 20

/** A place in the log: what an answer, or the stream, named as `position`. */
export const position = described(
  text.regex(/^\d{1,15}$/, 'must be a position of the log, a whole number').transform(Number),
  { type: 'integer', minimum: 0, description: 'A position of the log; what stands behind it follows.' },
)

/** Whose events, and of which types: `type=customer.*,billing.plan_chosen`. */
export const eventFilter = z.strictObject({
  customer_id: described(
    text.pipe(z.uuid('must be the id of a customer')).transform((id) => id.toLowerCase()),
    { type: 'string', format: 'uuid', description: 'Only events about this customer.' },
  ).exactOptional(),
  type: described(
    text
      .transform((list) => list.split(','))
      .pipe(z.array(typePattern).max(typesMax, `takes at most ${typesMax} types`))
      .default([]),
    { type: 'string', description: 'Types, separated by commas; `customer.*` takes all below a word.' },
  ),
})

/** The list's parameters; `after` is a position, 0 for the beginning; `limit` is 1–100, 50 without it. */
export const eventListQuery = eventFilter.extend({
  after: described(position.default(0), { type: 'integer', minimum: 0, default: 0 }),
  limit: pageLimit,
})

/** The stream's parameters: without `after` and `Last-Event-ID` it begins with what comes next. */
export const eventStreamQuery = eventFilter.extend({ after: position.exactOptional() })

export type EventFilter = z.output<typeof eventFilter>

/** True for an event of these types; whose it is, the reading asks for. */
export function isWanted(filter: Pick<EventFilter, 'type'>, event: Pick<LoggedEvent, 'type'>): boolean {
  return matchesType(filter.type, event.type)
}

/** The next events behind a position: all of the tenant's, or one customer's. */
export function readBehind(
  store: Pick<EventLogStore, 'readEvents' | 'readCustomerEvents'>,
  reading: { tenantId: string; filter: EventFilter; after: number; limit: number },
): Promise<LoggedEvent[]> {
  const { tenantId, filter, after, limit } = reading
  return filter.customer_id === undefined
    ? store.readEvents(tenantId, after, limit)
    : store.readCustomerEvents({ tenantId, customerId: filter.customer_id }, after, limit)
}
