/**
 * Owns what somebody who watches is told: what happened since the last look.
 * Promises: nobody watching costs a request nothing, since a watcher looks and is not called; each event, request and attempt is told
 * once, oldest first; what is told is plain JSON, ready to be shown.
 */
import { apiVersion } from '../api-version.ts'
import type { Core } from '../core.ts'
import type { Attempt } from '../events/attempt.ts'
import { deliveries, type Delivery } from '../events/deliveries.ts'
import { events, type StoredEvent } from '../events/stored-event.ts'
import { targetsOf } from '../events/targets.ts'
import { thinId } from '../events/thin-event.ts'
import type { FaultView } from '../faults/faults.ts'
import type { LoggedRequest } from '../http/request-log.ts'
import { idOf } from '../json.ts'
import type { Realm } from '../state/store.ts'

export type { Delivery } from '../events/deliveries.ts'
export type { FaultView } from '../faults/faults.ts'
export type { LoggedRequest } from '../http/request-log.ts'

/** An event in short. */
export type EventLine = {
  readonly id: string
  /** The id of its thin twin. */
  readonly thin: string
  readonly type: string
  /** Seconds on the clock by which it happened. */
  readonly created: number
  /** The object that it tells of; '' if that has no id. */
  readonly object: string
  readonly account: string
  readonly livemode: boolean
}

/** How the sandbox is set and what it holds. */
export type State = {
  readonly account: string
  readonly api_version: string
  readonly url: string
  readonly now_ms: number
  readonly ahead_ms: number
  readonly limits: string
  readonly latency: readonly [number, number]
  readonly calls: number
  readonly rate_limited: number
  readonly receivers: readonly { readonly id: string; readonly url: string; readonly enabled: boolean }[]
  readonly faults: readonly FaultView[]
}

/** What is new; a member is absent where nothing is. */
export type News = {
  readonly state?: State
  readonly requests?: readonly LoggedRequest[]
  readonly events?: readonly EventLine[]
  readonly attempts?: readonly Attempt[]
  /** The newest deliveries, newest first; all of them again when one has changed. */
  readonly deliveries?: readonly Delivery[]
}

/** Rows of each kind that a page shows. */
const rowsMax = 50
/** The clock is told once a second (ms). */
const tickMs = 1000

/** Begins to watch; the first look gives `backlog` entries of each kind that are there already. */
export function watch(core: Core, backlog: number): () => News {
  const seen = new Map<string, string>()
  let requests = backlog > 0 ? 0 : core.log.since(0).mark
  let attempts = backlog > 0 ? 0 : core.attempts.since(0).mark
  let isFirst = true
  let shown = { state: '', deliveries: '' }

  return () => {
    const log = core.log.since(requests)
    const tried = core.attempts.since(attempts)
    const happened = core.store
      .realms()
      .flatMap((realm) => newEvents(realm, seen, isFirst ? backlog : undefined))
    const first = <T>(entries: readonly T[]) => (isFirst ? entries.slice(-Math.max(backlog, 1)) : entries)
    const state = stateOf(core)
    const sent = newestDeliveries(core)
    const now = { state: JSON.stringify(state), deliveries: JSON.stringify(sent) }
    const news: News = {
      ...(now.state === shown.state ? {} : { state }),
      ...(log.entries.length === 0 ? {} : { requests: first(log.entries) }),
      ...(happened.length === 0 ? {} : { events: first(happened.toSorted((a, b) => a.created - b.created)) }),
      ...(tried.entries.length === 0 ? {} : { attempts: first(tried.entries) }),
      ...(now.deliveries === shown.deliveries ? {} : { deliveries: sent }),
    }
    requests = log.mark
    attempts = tried.mark
    shown = now
    isFirst = false
    return news
  }
}

function newEvents(realm: Realm, seen: Map<string, string>, most: number | undefined): EventLine[] {
  const fresh: StoredEvent[] = []
  const last = seen.get(realm.name)
  for (const event of realm.table(events).newestFirst()) {
    if (fresh.length === 0) seen.set(realm.name, event.id)
    if (event.id === last || fresh.length === most) break
    fresh.push(event)
  }
  return fresh.toReversed().map((event) => ({
    id: event.id,
    thin: thinId(event.id),
    type: event.type,
    created: event.created,
    object: idOf(event.object),
    account: realm.account,
    livemode: realm.livemode,
  }))
}

function newestDeliveries(core: Core): Delivery[] {
  return core.store.realms().flatMap((realm) => {
    const newest: Delivery[] = []
    for (const delivery of realm.table(deliveries).newestFirst()) {
      if (newest.push(delivery) === rowsMax) break
    }
    return newest
  })
}

function stateOf(core: Core): State {
  const { account, limits, latency } = core.settings
  const { total } = core.limiter.stats()
  return {
    account,
    api_version: apiVersion,
    url: core.baseUrl(),
    now_ms: Math.floor(core.clock.now() / tickMs) * tickMs,
    ahead_ms: core.clock.offset(),
    limits,
    latency,
    calls: total.calls,
    rate_limited: total.rate_limited,
    receivers: core.store
      .realms()
      .flatMap((realm) =>
        Array.from(targetsOf(core, realm), ({ id, url, enabled }) => ({ id, url, enabled })),
      ),
    faults: core.faults.list(),
  }
}
