/**
 * Owns what is kept of an event destination of the v2 API.
 * Promises: secret and url are kept with it and shown only where they are asked for.
 */
import type { Metadata } from '../json.ts'
import type { TableKey } from '../state/table.ts'

/** A destination. Times in milliseconds. */
export type EventDestination = {
  readonly id: string
  readonly created: number
  readonly updated: number
  readonly description: string
  readonly enabled_events: readonly string[]
  readonly event_payload: 'snapshot' | 'thin'
  readonly livemode: boolean
  readonly metadata: Metadata
  readonly name: string
  readonly snapshot_api_version: string | null
  readonly status: 'enabled' | 'disabled'
  readonly url: string
  readonly secret: string
}

/** The table of destinations. */
export const eventDestinations: TableKey<EventDestination> = { name: 'event_destinations' }
