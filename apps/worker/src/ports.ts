// Owns the list of what the lanes need of the world; everything else in them is a decision.

import type { Clock, Random } from '@lockstep/domain/clock/clock'
import type { Doorbell, Notices } from '@lockstep/domain/doorbell/doorbell'
import type { Moment } from '@lockstep/domain/event/outbox'
import type { Unplaced } from '@lockstep/domain/store/append-events'
import type { Store } from '@lockstep/domain/store/store'
import type { LogEvent } from './log-events.ts'
import type { TenantGate } from './tenant-gate.ts'

export interface Ports {
  store: Store
  doorbell: Doorbell
  notices: Notices
  clock: Clock
  random: Random
  gate: TenantGate
  settings: LaneSettings
  log(event: LogEvent): void
  /** Hears of what was appended to the event log: for metrics. */
  appended(events: readonly Unplaced[]): void
}

/** How the lanes behave; every number has its reason in config.ts. */
export interface LaneSettings {
  /** How long an empty look-up must wait after the doubt began (ms). */
  doubtGraceMs: number
  /** Failures that waiting cannot cure, in a row, until the customer is parked. */
  triesMax: number
}

/** Now and new ids, for the pure decisions. */
export function momentOf(ports: Pick<Ports, 'clock' | 'random'>): Moment {
  return { now: ports.clock.now(), uuid: () => ports.random.uuid() }
}
