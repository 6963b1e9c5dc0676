// Owns every line that the worker logs: one wide line per hop, fields chosen, nothing personal.

import type { PassCounts, PassReason } from '@lockstep/domain/reconciliation/pass'
import type { Pause } from '@lockstep/domain/store/tenant'
import type { QueueName } from '@lockstep/domain/doorbell/doorbell'
import type { DeliveryOutcome } from './deliveries/deliver-endpoint.ts'
import type { ApplyOutcome } from './work-customer-apply.ts'
import type { MirrorOutcome } from './mirror/refresh.ts'
import type { SyncOutcome } from './work-stripe-sync.ts'

/** What a job ended in: it stands in the job's result, the log line and the metric alike. */
export type JobOutcome =
  | ApplyOutcome
  | SyncOutcome
  | MirrorOutcome
  | DeliveryOutcome
  | 'maintained'
  | 'isolated'
  | 'ignored_key'

export type LogEvent =
  | { event: 'worker_started'; config: Record<string, unknown> }
  | { event: 'worker_stopping'; signal: string }
  | { event: 'worker_stopped' }
  | { event: 'job_done'; queue: QueueName; subject: string; outcome: JobOutcome; ms: number }
  | { event: 'job_failed'; queue: QueueName; subject: string; code: string; detail: string }
  | { event: 'job_isolated'; queue: QueueName; subject: string }
  | {
      event: 'stripe_call'
      endpoint: string
      answer: string
      status: number | null
      request_id: string | null
      ms: number
    }
  | { event: 'endpoint_disabled'; tenant: string; endpoint: string; reason: string }
  | { event: 'customer_parked'; tenant: string; customer: string; code: string }
  | { event: 'lane_caught'; tenant: string; customer: string; code: string; detail: string }
  | { event: 'tenant_paused'; tenant: string; reason: Pause['reason']; detail: string }
  | { event: 'account_bound'; tenant: string; account: string }
  | { event: 'swept'; customers: number; operations: number; stripe_events: number; mirrors: number }
  | { event: 'caught_up'; tenant: string; events: number; new_events: number }
  | { event: 'reconciliation_began'; tenant: string; pass: string; reason: PassReason }
  | ({
      event: 'reconciliation_ended'
      tenant: string
      pass: string
      reason: PassReason
      ms: number
    } & PassCounts)
  | { event: 'mirror_forbidden'; tenant: string; detail: string }
  | { event: 'reconciliation_failed'; detail: string }
  | { event: 'event_log_nears_end'; tenant: string; days_left: number }
  | { event: 'event_log_gap'; tenant: string; days: number }
  | { event: 'away'; what: 'redis' | 'mongodb'; detail: string }
