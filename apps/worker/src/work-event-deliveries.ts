// Owns the way from the event log to its subscribers in this process. At least once, in the order of the log.
// Promises: the cursor moves only after the subscriber took the events; a reader takes `pos` > cursor, so an event that
// was written late is never skipped.

import type { LoggedEvent } from '@lockstep/domain/event/event'
import type { Ports } from './ports.ts'

/** Somebody who wants our events, by a stable name: its cursor stands under it. */
export interface Subscriber {
  name: string
  deliver(events: LoggedEvent[]): Promise<void>
}

/** Events handed over at once. */
const batchMax = 500

/** Hands every subscriber what it has not seen of this tenant's log. */
export async function deliverEvents(
  ports: Pick<Ports, 'store'>,
  subscribers: readonly Subscriber[],
  tenantId: string,
): Promise<'delivered'> {
  for (const subscriber of subscribers) {
    const cursor = `${subscriber.name}/${tenantId}`
    let position = await ports.store.readCursor(cursor)
    for (;;) {
      const events = await ports.store.readEvents(tenantId, position, batchMax)
      const last = events.at(-1)
      if (!last) break
      await subscriber.deliver(events)
      position = last.pos
      await ports.store.writeCursor(cursor, position)
      if (events.length < batchMax) break
    }
  }
  return 'delivered'
}
