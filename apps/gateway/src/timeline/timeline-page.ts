// Owns one page of a timeline, woven from four records.
// Promises: each record is read in its own order, from where the last page left it, so each entry comes once over all pages,
// whatever the clocks of the processes say; of the four heads the latest comes first. What is written while pages are read
// may come on a later page, and comes no second time.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { CustomerRef, Moment, Store } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { stripeIdsOf } from '../billing/mirror-routes.ts'
import {
  eventEntry,
  operationEntry,
  stripeCallEntry,
  stripeEventEntry,
  type TimelineEntry,
} from './timeline-entries.ts'

export type TimelineStore = Pick<
  Store,
  'listOperations' | 'latestCustomerEvents' | 'listStripeEvents' | 'listStripeCalls'
>

const moment = z.strictObject({ at: z.int(), id: z.string().max(255) })

/** How far each record was read; absent: not at all. */
const places = z.strictObject({
  operation: z.int().exactOptional(),
  event: z.int().exactOptional(),
  stripe_event: moment.exactOptional(),
  stripe_call: moment.exactOptional(),
})
export type Places = z.output<typeof places>

/** An entry, and the place of its record behind it. */
interface Found {
  entry: TimelineEntry
  places: Places
}

export interface TimelinePage {
  entries: TimelineEntry[]
  /** Where the next page begins; null: this was the last. */
  next: Places | null
}

/** The entries behind these places, `limit` of them at most. */
export async function timelinePage(
  store: TimelineStore,
  { doc, after, limit }: { doc: CustomerDocument; after: Places; limit: number },
): Promise<TimelinePage> {
  const ref = { tenantId: doc.tenant_id, customerId: doc._id }
  // One more than asked for tells whether more follow.
  const records = await readRecords(store, { ref, stripeIds: stripeIdsOf(doc), after, limit: limit + 1 })
  const page: TimelineEntry[] = []
  let reached = after
  for (let latest = takeLatest(records); latest; latest = takeLatest(records)) {
    if (page.length === limit) return { entries: page, next: reached }
    page.push(latest.entry)
    reached = { ...reached, ...latest.places }
  }
  return { entries: page, next: null }
}

async function readRecords(
  store: TimelineStore,
  { ref, stripeIds, after, limit }: { ref: CustomerRef; stripeIds: string[]; after: Places; limit: number },
): Promise<Found[][]> {
  const { operation, event, stripe_event, stripe_call } = after
  const [operations, events, stripeEvents, calls] = await Promise.all([
    store.listOperations({ ...ref, ...(operation !== undefined && { before: operation }), limit }),
    store.latestCustomerEvents(ref, event ?? Number.MAX_SAFE_INTEGER, limit),
    stripeIds.length === 0
      ? []
      : store.listStripeEvents({
          tenantId: ref.tenantId,
          stripeCustomerIds: stripeIds,
          ...(stripe_event && { before: stripe_event }),
          limit,
        }),
    store.listStripeCalls({ ...ref, stripeIds, ...(stripe_call && { before: stripe_call }), limit }),
  ])
  const behind = (at: number, id: string): Moment => ({ at, id })
  return [
    operations.map((each) => ({ entry: operationEntry(each), places: { operation: each.number } })),
    events.map((each) => ({ entry: eventEntry(each), places: { event: each.pos } })),
    stripeEvents.map((each) => ({
      entry: stripeEventEntry(each),
      places: { stripe_event: behind(each.received_at, each.event_id) },
    })),
    calls.map((each) => ({
      entry: stripeCallEntry(each),
      places: { stripe_call: behind(each.at, each._id) },
    })),
  ]
}

/** Takes the latest of the heads; undefined where nothing is left. */
function takeLatest(records: Found[][]): Found | undefined {
  const lines = records.filter((line) => line.length > 0)
  const latest = lines.toSorted((a, b) => headOf(b) - headOf(a))[0]
  return latest?.shift()
}

function headOf([head]: Found[]): number {
  return Date.parse(head?.entry.at ?? '')
}

/** Places as a cursor that callers hand back. */
export function cursorOf(reached: Places): string {
  return Buffer.from(JSON.stringify(reached)).toString('base64url')
}

/** The places of a cursor; null where it is none of ours. */
export function placesOf(cursor: string): Places | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return places.safeParse(parsed).data ?? null
  } catch {
    return null
  }
}
