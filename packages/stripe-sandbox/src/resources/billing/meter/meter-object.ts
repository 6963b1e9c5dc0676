/**
 * Owns the meter as an object, its events, and what they add up to.
 * Promises: an event counts once, by its identifier; cancelled ones do not count.
 */
import type { Realm } from '../../../state/store.ts'
import type { TableKey } from '../../../state/table.ts'

/** A meter as the API shows it. */
export type Meter = {
  readonly id: string
  readonly object: 'billing.meter'
  readonly created: number
  readonly customer_mapping: { readonly event_payload_key: string; readonly type: 'by_id' }
  readonly default_aggregation: { readonly formula: 'count' | 'last' | 'sum' }
  readonly display_name: string
  readonly event_name: string
  readonly event_time_window: 'day' | 'hour' | null
  readonly livemode: boolean
  readonly status: 'active' | 'inactive'
  readonly status_transitions: { readonly deactivated_at: number | null }
  readonly updated: number
  readonly value_settings: { readonly event_payload_key: string }
}

/** The table of meters. */
export const meters: TableKey<Meter> = { name: 'meters' }

/** What is kept of a meter event; `id` is its identifier. Times in seconds. */
export type CountedEvent = {
  readonly id: string
  readonly meter: string
  readonly customer: string
  readonly value: number
  readonly timestamp: number
  readonly created: number
  readonly cancelled: boolean
}

/** The table of counted events, by meter and customer. */
export const countedEvents: TableKey<CountedEvent> = {
  name: 'meter_events',
  groupOf: ({ meter, customer }) => `${meter} ${customer}`,
}

/** What a customer used from `start` (inclusive) to `end` (exclusive), by the meter's formula. */
export function usage(realm: Realm, meter: Meter, customer: string, start: number, end: number): number {
  const within: CountedEvent[] = []
  for (const event of realm.table(countedEvents).oldestFirst(undefined, `${meter.id} ${customer}`)) {
    if (!event.cancelled && event.timestamp >= start && event.timestamp < end) within.push(event)
  }
  switch (meter.default_aggregation.formula) {
    case 'count':
      return within.length
    case 'sum':
      // Decimal values up to twelve places would drift in binary; a sum is rounded to what Stripe shows.
      return Number(within.reduce((sum, { value }) => sum + value, 0).toFixed(12))
    case 'last':
      return within.toSorted((a, b) => a.timestamp - b.timestamp).at(-1)?.value ?? 0
  }
}
