/**
 * Owns the deliveries of events to webhook endpoints: who gets one, when it is tried again, when it is given up.
 * States of a delivery: pending → delivered | failed. A pending one has `next_at`; it stays pending through every retry.
 * Promises: a delivery is made in the unit of work of its event, so a restarted sandbox still owes it; `t` and signature are new for each
 * attempt; an endpoint that is disabled or deleted when an attempt is due gets no further attempts of that event.
 */
import type { Core } from '../core.ts'
import type { Realm } from '../state/store.ts'
import type { TableKey } from '../state/table.ts'
import { attemptOf } from './attempt.ts'
import { noteOutcome } from './disabling.ts'
import { postWebhook } from './post.ts'
import { signatureHeader } from './signature.ts'
import { events, type StoredEvent, undelivered } from './stored-event.ts'
import { findTarget, targetsOf, type Target } from './targets.ts'

/** One event on its way to one endpoint. Times in milliseconds on the sandbox's clock. */
export type Delivery = {
  readonly id: string
  readonly event: string
  readonly type: string
  readonly endpoint: string
  readonly url: string
  readonly status: 'pending' | 'delivered' | 'failed'
  readonly attempts: number
  readonly next_at: number | null
  readonly last_result: string | null
}

/** The table of deliveries; finished ones are kept up to `request_log_size`. */
export const deliveries: TableKey<Delivery> = { name: 'deliveries' }

/** Makes the deliveries of a new event; they start when the unit of work has succeeded. */
export function queueDeliveries(core: Core, realm: Realm, event: StoredEvent): void {
  const wanting: Target[] = []
  for (const target of targetsOf(core, realm)) if (target.enabled && target.wants(event)) wanting.push(target)
  if (wanting.length === 0) return
  realm.table(undelivered).put({ id: event.id, count: wanting.length })
  const due = core.clock.now() + core.random.between(core.settings.webhook_delay)
  for (const endpoint of wanting) {
    const delivery: Delivery = {
      id: `${event.id}:${endpoint.id}`,
      event: event.id,
      type: event.type,
      endpoint: endpoint.id,
      url: endpoint.url,
      status: 'pending',
      attempts: 0,
      next_at: due,
      last_result: null,
    }
    realm.table(deliveries).put(delivery)
    core.store.afterwards(() => schedule(core, realm, delivery.id, due))
  }
}

/** Takes up the deliveries that were pending when the sandbox was last stopped; the finished ones count towards what is kept. */
export function resumeDeliveries(core: Core): void {
  for (const realm of core.store.realms()) {
    for (const delivery of Array.from(realm.table(deliveries).oldestFirst())) {
      if (delivery.next_at !== null) schedule(core, realm, delivery.id, delivery.next_at)
      else forgetOldest(core, realm, delivery.id)
    }
  }
}

function schedule(core: Core, realm: Realm, id: string, due: number): void {
  if (due <= core.clock.now()) void core.track(attempt(core, realm, id))
  else core.clock.at(due, () => core.track(attempt(core, realm, id)))
}

/** One attempt. Never rejects: whatever happens is the outcome of the attempt. */
async function attempt(core: Core, realm: Realm, id: string): Promise<void> {
  const delivery = realm.table(deliveries).get(id)
  if (delivery?.status !== 'pending') return
  const event = realm.table(events).get(delivery.event)
  const target = findTarget(core, realm, delivery.endpoint)
  if (!event || !target?.enabled) return finish(core, realm, delivery, false, 'endpoint disabled or gone')
  const number = delivery.attempts + 1
  const fault = core.faults.onDelivery({ type: event.type, endpoint: target.id, attempt: number })
  if (fault?.kind === 'drop')
    return finish(core, realm, delivery, !fault.retry, 'dropped by a fault', fault.retry)
  if (fault?.kind === 'delay_delivery') await core.pause(fault.ms)
  if (fault?.kind === 'reorder') await core.holdBack(target.id, fault.behind, fault.ms)
  // It is still owed, and made after the restart.
  if (core.stopped()) return
  const result = await send(core, event, target)
  core.sentTo(target.id)
  if (fault?.kind === 'duplicate') await sendAgain(core, event, target, { ...fault, number })
  core.store.unit(() => noteOutcome(core, realm, target.id, result.ok))
  finish(core, realm, delivery, result.ok, result.text, true)
}

async function sendAgain(
  core: Core,
  event: StoredEvent,
  target: Target,
  { count, ms, number }: { readonly count: number; readonly ms: number; readonly number: number },
): Promise<void> {
  for (let copy = 0; copy < count; copy++) {
    if (ms > 0) await core.pause(ms)
    if (core.stopped()) return
    const { ok, text } = await send(core, event, target)
    core.attempts.add(attemptOf(core.clock.now(), event, target, { number, ok, result: text }))
  }
}

/** Signs and sends an event to a receiver, once. */
export function send(core: Core, event: StoredEvent, target: Target) {
  const body = JSON.stringify(target.render(event))
  const now = core.clock.now()
  const at = Math.floor((core.settings.signature_clock === 'wall' ? Date.now() : now) / 1000)
  return postWebhook({
    url: target.url,
    body,
    signature: signatureHeader(body, target.secrets(now), at),
    timeoutMs: core.settings.webhook_timeout_ms,
    redirectOk: core.settings.webhook_redirect === 'taken',
    agents: core.agents,
  })
}

function finish(
  core: Core,
  realm: Realm,
  delivery: Delivery,
  ok: boolean,
  result: string,
  mayRetry = false,
): void {
  const attempts = delivery.attempts + 1
  const { webhook_live_retry_seconds: live, webhook_retry_seconds: test } = core.settings
  const wait = mayRetry && !ok ? (realm.livemode ? live : test)[attempts - 1] : undefined
  const next = wait === undefined ? null : core.clock.now() + wait * 1000
  core.store.unit(() => {
    const table = realm.table(deliveries)
    // A reset while the attempt was under way has forgotten it.
    if (!table.get(delivery.id)) return
    const status = ok ? 'delivered' : next === null ? 'failed' : 'pending'
    table.put({ ...delivery, attempts, status, next_at: next, last_result: result })
    if (ok) countDown(realm, delivery.event)
    if (status !== 'pending') forgetOldest(core, realm, delivery.id)
    const { event, type, endpoint, url } = delivery
    const outcome = { number: attempts, ok, result, next_at: next }
    core.attempts.add(attemptOf(core.clock.now(), { id: event, type }, { id: endpoint, url }, outcome))
  })
  if (next !== null) schedule(core, realm, delivery.id, next)
}

function countDown(realm: Realm, event: string): void {
  const table = realm.table(undelivered)
  const count = (table.get(event)?.count ?? 1) - 1
  if (count > 0) table.put({ id: event, count })
  else table.forget(event)
}

function forgetOldest(core: Core, realm: Realm, id: string): void {
  core.finishedDeliveries.push({ realm, id })
  while (core.finishedDeliveries.length > core.settings.request_log_size) {
    const oldest = core.finishedDeliveries.shift()
    if (oldest) oldest.realm.table(deliveries).forget(oldest.id)
  }
}
