// Owns a webhook endpoint: where a tenant's events are delivered, which of them, and how far. Pure.
// States: enabled ⇄ disabled (by a caller, or after days of failures). Promises: `cursor` is the place in the log up to
// which every event was sent once or waits as a delivery of its own; whatever fails in between, nothing is skipped.

import type { SealedSecret } from './sealing.ts'

export interface Endpoint {
  _id: string
  tenant_id: string
  /** The fence: raised by every write. */
  rev: number
  url: string
  description: string | null
  /** Patterns of types; none takes all. */
  types: string[]
  /** null: enabled. */
  disabled: { reason: 'caller' | 'failing' | 'gone'; at: number } | null
  /** Newest first; older ones sign as well until they expire. */
  secrets: { sealed: SealedSecret; made_at: number; expires_at: number | null }[]
  /** Position of the last event that this endpoint was handed. */
  cursor: number
  /** Failures in a row, of whichever events. */
  failures: number
  /** Since when every attempt failed (ms). */
  failing_since: number | null
  /** Not before then (ms): it failed too often in a row. */
  next_attempt_at: number | null
  created_at: number
  updated_at: number
}

/** An event on its way to one endpoint on its own: tried again, or asked for. */
export interface Delivery {
  /** `<endpoint>/<event>`. */
  _id: string
  tenant_id: string
  endpoint_id: string
  event_id: string
  /** Attempts so far. */
  tries: number
  /** When it is due (ms); null: given up, until somebody recovers it. */
  due_at: number | null
  since: number
  /** A test has no event in the log; it carries its type. */
  test: boolean
}

/** One try to hand an event to an endpoint. No body of either side: it may hold personal data. */
export interface Attempt {
  _id: string
  tenant_id: string
  endpoint_id: string
  event_id: string
  type: string
  at: number
  ok: boolean
  /** The HTTP status; null where there was no answer. */
  status: number | null
  /** Why there was no good answer. */
  error: AttemptError | null
  ms: number
}

/** refused_address: private or local. redirected: a redirect is not followed. status: an answer that is no 2xx. */
export type AttemptError =
  | 'refused_address'
  | 'unresolved'
  | 'no_connection'
  | 'bad_certificate'
  | 'timeout'
  | 'redirected'
  | 'status'

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

/** Waits between two tries of one event: the schedule that Standard Webhooks gives as its example, three days in all. */
const retryDelaysMs = [
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
]
/** Failures in a row after which an endpoint is left alone for a while: one event may be the fault of its own. */
const failuresInARow = 5
/** Waits of an endpoint that fails on: it is asked at least once an hour whether it is back. */
const restDelaysMs = [5 * secondMs, 30 * secondMs, 2 * minuteMs, 10 * minuteMs, hourMs]
/** An endpoint that failed so long without a single success is disabled. */
export const failingMaxMs = 5 * 24 * hourMs
/** Retries are spread by up to this share, so that what failed together does not come back together. */
const jitter = 0.2

/** When to try an event again after so many tries; null: no more. `chance` is uniform in [0, 1). */
export function nextTryAt(tries: number, now: number, chance: number): number | null {
  const delay = retryDelaysMs[tries - 1]
  return delay === undefined ? null : now + Math.round(delay * (1 + jitter * chance))
}

/** The endpoint after attempts whose results are in order, and what that makes of it. */
export function afterAttempts(endpoint: Endpoint, attempts: readonly Attempt[], now: number): Endpoint {
  return attempts.reduce((next, attempt) => afterAttempt(next, attempt, now), endpoint)
}

function afterAttempt(endpoint: Endpoint, attempt: Attempt, now: number): Endpoint {
  if (attempt.ok) return { ...endpoint, failures: 0, failing_since: null, next_attempt_at: null }
  const failures = endpoint.failures + 1
  const since = endpoint.failing_since ?? attempt.at
  const rest = restDelaysMs[Math.min(failures - failuresInARow, restDelaysMs.length - 1)]
  const failed = {
    ...endpoint,
    failures,
    failing_since: since,
    next_attempt_at: failures < failuresInARow || rest === undefined ? null : now + rest,
  }
  // 410: "the receiver is gone for good" (Standard Webhooks, on responses).
  if (attempt.status === 410) return disabledFor(failed, 'gone', now)
  return now - since >= failingMaxMs ? disabledFor(failed, 'failing', now) : failed
}

/** The endpoint disabled; one that is already keeps its reason. */
export function disabledFor(
  endpoint: Endpoint,
  reason: NonNullable<Endpoint['disabled']>['reason'],
  now: number,
): Endpoint {
  return endpoint.disabled ? endpoint : { ...endpoint, disabled: { reason, at: now } }
}

/** The endpoint enabled again: it goes on where it stopped, at once. */
export function enabledAgain(endpoint: Endpoint): Endpoint {
  return { ...endpoint, disabled: null, failures: 0, failing_since: null, next_attempt_at: null }
}

/** True where an attempt may be made now. */
export function isReady(endpoint: Endpoint, now: number): boolean {
  return endpoint.disabled === null && (endpoint.next_attempt_at ?? 0) <= now
}

/** A delivery of its own, due at once. */
export function newDelivery(
  endpoint: Pick<Endpoint, '_id' | 'tenant_id'>,
  eventId: string,
  at: number,
): Delivery {
  return {
    _id: `${endpoint._id}/${eventId}`,
    tenant_id: endpoint.tenant_id,
    endpoint_id: endpoint._id,
    event_id: eventId,
    tries: 0,
    due_at: at,
    since: at,
    test: false,
  }
}

/** The secrets that sign now, newest first. */
export function signingSecrets(endpoint: Endpoint, now: number): SealedSecret[] {
  return endpoint.secrets
    .filter(({ expires_at }) => expires_at === null || expires_at > now)
    .map(({ sealed }) => sealed)
}

/** What a secret is sealed for: it opens for no other endpoint. */
export function sealingContext(endpoint: Pick<Endpoint, 'tenant_id' | '_id'>): string {
  return `${endpoint.tenant_id}/${endpoint._id}`
}
