/**
 * Owns the innards of one sandbox, as routes, doors and timers see them.
 * Promises: nothing here is global; two sandboxes in one process share nothing.
 */
import type { Attempt } from './events/attempt.ts'
import type { Agents } from './events/post.ts'
import type { Faults } from './faults/faults.ts'
import type { RequestLog } from './http/request-log.ts'
import type { Router } from './http/router.ts'
import type { Limiter } from './limits/limiter.ts'
import type { Random } from './random.ts'
import type { Recent } from './recent.ts'
import type { SandboxSettings } from './settings.ts'
import type { Clock } from './state/clock.ts'
import type { InFlight } from './state/idempotency.ts'
import type { Keys } from './state/keys.ts'
import type { Realm, Store } from './state/store.ts'
import type { Waiting } from './waiting.ts'

/** What holds while fixtures are made, in one go, and at no other time. */
export type Staging = {
  /** No event is made. */
  silent: boolean
  /** By the beginning of an id: the id that the next object with such a one gets. */
  readonly ids: Map<string, string>
}

/** Everything a part of the sandbox may need. */
export type Core = Waiting & {
  readonly settings: SandboxSettings
  readonly clock: Clock
  readonly random: Random
  readonly store: Store
  readonly keys: Keys
  readonly limiter: Limiter
  readonly faults: Faults
  readonly router: Router
  readonly log: RequestLog
  readonly attempts: Recent<Attempt>
  readonly inFlight: InFlight
  /** Objects that a request is writing to, when `object_lock` refuses a second one. */
  readonly locks: Set<string>
  readonly agents: Agents
  readonly staging: Staging
  readonly finishedDeliveries: { realm: Realm; id: string }[]
  /** Where the sandbox is reached; '' until it listens. */
  baseUrl(): string
  /** Says where it is reached. */
  listensAt(url: string): void
  /** A fresh id: prefix and `length` letters and digits. */
  newId(prefix: string, length: number): string
  /** Puts in place what the sandbox was started with, unless it is there: webhook endpoints, and fixtures once it listens. */
  prepare(): void
  /** Keeps how far the clock was advanced, so that a restart does not turn it back. */
  keepClock(): void
}
