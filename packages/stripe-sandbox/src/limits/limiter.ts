/**
 * Owns Stripe's rate limits and the count of what callers really sent.
 * Promises: an accepted request never is the 26th of any sliding second of its endpoint, nor above the account's limit; what was refused
 * does not count against a limit. The statistics count every arrival, accepted or not, whatever the limits are.
 */
import { StripeError } from '../http/stripe-error.ts'
import type { SandboxSettings } from '../settings.ts'
import { createSlidingWindow, type SlidingWindow } from './sliding-window.ts'

/** Requests per second for one endpoint in Stripe's documentation of 2026, live and sandbox alike. */
const endpointPerSecond = 25
/** Requests per second for one account. */
const accountPerSecond = { sandbox: 25, live: 100 }

/** What was seen of one endpoint, or of one account as a whole. */
export type Seen = {
  calls: number
  /** The highest number of arrivals in any sliding second. */
  max_per_second: number
  /** The same, of those that no limit refused. */
  max_accepted_per_second: number
  rate_limited: number
}

/** Statistics as `/_sandbox/stats` shows them. */
export type Stats = {
  total: Seen
  accounts: { [realm: string]: Seen }
  endpoints: { [endpoint: string]: Seen }
}

/** The reasons that `Stripe-Rate-Limited-Reason` can give. */
export type LimitReason =
  | 'global-rate'
  | 'endpoint-rate'
  | 'global-concurrency'
  | 'endpoint-concurrency'
  | 'resource-specific'

/** Limits and counts. */
export type Limiter = {
  /** Counts an arrival; throws 429 if a limit is reached. Call the result when the request has ended. */
  enter(realm: string, endpoint: string, at: number): () => void
  stats(): Stats
  reset(): void
}

type Meter = { seen: Seen; arrived: SlidingWindow; accepted: SlidingWindow; inFlight: number }

/** Makes a limiter that reads the present settings at each request. */
export function createLimiter(settings: SandboxSettings): Limiter {
  const meters = new Map<string, Meter>()
  const meter = (name: string): Meter => {
    let known = meters.get(name)
    if (!known) {
      known = {
        seen: { calls: 0, max_per_second: 0, max_accepted_per_second: 0, rate_limited: 0 },
        arrived: createSlidingWindow(),
        accepted: createSlidingWindow(),
        inFlight: 0,
      }
      meters.set(name, known)
    }
    return known
  }

  function refusal(
    account: Meter,
    endpoint: Meter,
    search: Meter | undefined,
    at: number,
  ): LimitReason | undefined {
    const { limits } = settings
    const accountLimit = settings.account_limit ?? (limits === 'off' ? null : accountPerSecond[limits])
    const endpointLimit = settings.endpoint_limit ?? (limits === 'off' ? null : endpointPerSecond)
    if (reached(settings.account_concurrency, account.inFlight)) return 'global-concurrency'
    if (reached(settings.endpoint_concurrency, endpoint.inFlight)) return 'endpoint-concurrency'
    if (reached(accountLimit, account.accepted.count(at))) return 'global-rate'
    if (reached(endpointLimit, endpoint.accepted.count(at))) return 'endpoint-rate'
    if (search && limits !== 'off' && reached(settings.search_limit, search.accepted.count(at)))
      return 'endpoint-rate'
    return undefined
  }

  return {
    enter(realm, endpoint, at) {
      const account = meter(`account ${realm}`)
      const own = meter(`endpoint ${realm} ${endpoint}`)
      const search = endpoint.endsWith('/search') ? meter(`search ${realm}`) : undefined
      const all = [meter('total'), account, own, ...(search ? [search] : [])]
      for (const one of all) arrive(one, at)
      const reason = refusal(account, own, search, at)
      if (reason) {
        for (const one of all) one.seen.rate_limited++
        throw rateLimited(reason, settings)
      }
      for (const one of all) accept(one, at)
      return () => {
        for (const one of all) one.inFlight--
      }
    },
    stats() {
      const stats: Stats = { total: { ...meter('total').seen }, accounts: {}, endpoints: {} }
      for (const [name, { seen }] of meters) {
        const [kind = '', realm = '', ...rest] = name.split(' ')
        if (kind === 'account') stats.accounts[realm] = { ...seen }
        if (kind === 'endpoint')
          stats.endpoints[rest.join(' ')] = added(stats.endpoints[rest.join(' ')], seen)
      }
      return stats
    },
    reset: () => meters.clear(),
  }
}

function arrive(meter: Meter, at: number): void {
  meter.seen.calls++
  meter.arrived.add(at)
  meter.seen.max_per_second = Math.max(meter.seen.max_per_second, meter.arrived.count(at))
}

function accept(meter: Meter, at: number): void {
  meter.inFlight++
  meter.accepted.add(at)
  meter.seen.max_accepted_per_second = Math.max(meter.seen.max_accepted_per_second, meter.accepted.count(at))
}

function reached(limit: number | null, count: number): boolean {
  return limit !== null && count >= limit
}

/** Endpoints are shown once for all accounts: the highest second of any account, the sum of calls. */
function added(before: Seen | undefined, seen: Seen): Seen {
  if (!before) return { ...seen }
  return {
    calls: before.calls + seen.calls,
    max_per_second: Math.max(before.max_per_second, seen.max_per_second),
    max_accepted_per_second: Math.max(before.max_accepted_per_second, seen.max_accepted_per_second),
    rate_limited: before.rate_limited + seen.rate_limited,
  }
}

/** A limiter's 429, as faults make it too. */
export function rateLimited(reason: LimitReason, settings: SandboxSettings): StripeError {
  const { rate_limit_should_retry: shouldRetry, rate_limit_retry_after: retryAfter } = settings
  return new StripeError(
    429,
    {
      type: settings.rate_limit_error_type,
      code: 'rate_limit',
      message:
        'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.',
    },
    {
      'Stripe-Rate-Limited-Reason': reason,
      ...(shouldRetry === 'absent' ? {} : { 'Stripe-Should-Retry': shouldRetry }),
      ...(retryAfter === null ? {} : { 'Retry-After': String(retryAfter) }),
    },
  )
}

/** The 429 of a held object lock: no reason header, and worth repeating. */
export function lockTimeout(): StripeError {
  return new StripeError(
    429,
    {
      code: 'lock_timeout',
      message:
        'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see ' +
        'this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to ' +
        'a single object, make your requests serially or at a lower rate.',
    },
    { 'Stripe-Should-Retry': 'true' },
  )
}
