// Owns an event as callers see it, in the log, on the stream and in deliveries alike.

import { eventCatalogue, isOurType } from './catalogue.ts'
import type { LoggedEvent } from './event.ts'

/** A JSON object. `sequence` counts the customer's own events; null where the event speaks of no customer. */
export type EventView = ReturnType<typeof eventView>

/** The event. `position` is its place in the tenant's log: what readers give as `after`. */
export function eventView(event: LoggedEvent) {
  return {
    id: event._id,
    type: event.type,
    version: isOurType(event.type) ? eventCatalogue[event.type].version : 1,
    timestamp: new Date(event.at).toISOString(),
    position: event.pos,
    customer_id: event.customer_id,
    sequence: event.seq,
    // Written by JSON.stringify; parsed here, `__proto__` stays a plain own key.
    data: JSON.parse(event.data) as unknown,
  }
}
