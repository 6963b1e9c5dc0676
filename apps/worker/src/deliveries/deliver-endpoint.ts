// Owns the delivery of events to one webhook endpoint: what is due on its own first, then the log behind its cursor.
// Promises: at least once, and one customer's events in their order while none fails; one event that fails is tried again
// by itself and holds up no other; an endpoint that fails on is left alone for a while, nothing of its is skipped, and
// nobody else waits for it. A crash repeats the last batch.

import { changeEndpoint } from '@lockstep/domain/delivery/change-endpoint'
import {
  afterAttempts,
  type Attempt,
  type Delivery,
  type Endpoint,
  isReady,
  newDelivery,
  nextTryAt,
  sealingContext,
  signingSecrets,
} from '@lockstep/domain/delivery/endpoint'
import { matchesType } from '@lockstep/domain/event/catalogue'
import type { LoggedEvent } from '@lockstep/domain/event/event'
import { eventView } from '@lockstep/domain/event/view'
import type { EndpointRef } from '@lockstep/domain/store/store'
import type { Ports } from '../ports.ts'
import type { Sender } from './send.ts'
import { signedHeaders } from './sign.ts'

/** Events looked at in one turn. */
const batchMax = 100
/** Events under way to one endpoint at once, each of another customer. */
const lanesMax = 8
/** A job ends after about this (ms) and rings for itself: many endpoints share the places of the queue. */
const turnMs = 5_000

/** delivered: something was sent. idle: nothing was there. resting: it failed too often in a row. off: disabled, or gone. */
export type DeliveryOutcome = 'delivered' | 'idle' | 'resting' | 'off' | 'no_key'

export interface DeliveryPorts extends Pick<Ports, 'store' | 'doorbell' | 'clock' | 'random' | 'log'> {
  sender: Sender
  /** Opens a sealed secret; null: this worker has no key, and delivers nothing. */
  openSecret: ((sealed: string, context: string) => string) | null
}

/** Something to send: an event of the log, or a test. */
interface Parcel {
  id: string
  type: string
  /** Parcels of one lane go out one after the other. */
  lane: string
  body: string
  /** Its place in the log; null for what is due on its own. */
  position: number | null
  /** null: straight from the log. */
  delivery: Delivery | null
}

/** Works on one endpoint for a turn. */
export async function deliverToEndpoint(ports: DeliveryPorts, ref: EndpointRef): Promise<DeliveryOutcome> {
  if (!ports.openSecret) return 'no_key'
  const end = ports.clock.now() + turnMs
  for (let sent = false; ; sent = true) {
    const endpoint = await ports.store.readEndpoint(ref.tenantId, ref.endpointId)
    if (!endpoint || endpoint.disabled) return 'off'
    if (!isReady(endpoint, ports.clock.now())) return 'resting'
    const work = await nextWork(ports, endpoint)
    if (!work) return sent ? 'delivered' : 'idle'
    await carryOut(ports, endpoint, work)
    if (ports.clock.now() < end) continue
    await ports.doorbell.ring('event-deliveries', [
      { kind: 'endpoint', tenantId: ref.tenantId, id: ref.endpointId },
    ])
    return 'delivered'
  }
}

interface Work {
  parcels: Parcel[]
  /** Where the cursor stands afterwards. */
  cursor: number
}

/** What is due, else what stands behind the cursor; null where there is neither. */
async function nextWork(ports: DeliveryPorts, endpoint: Endpoint): Promise<Work | null> {
  const { tenant_id: tenantId, _id: endpointId, cursor } = endpoint
  // One that failed last time is asked with a single event first.
  const limit = endpoint.failures > 0 ? 1 : batchMax
  const due = await ports.store.dueDeliveries({ tenantId, endpointId, now: ports.clock.now(), limit })
  if (due.length > 0) {
    const parcels = await Promise.all(due.map((delivery) => parcelOf(ports, endpoint, delivery)))
    return { parcels: parcels.flatMap((parcel) => parcel ?? []), cursor }
  }
  const events = await ports.store.readEvents(tenantId, cursor, batchMax)
  const last = events.at(-1)
  if (!last) return null
  const wanted = events.filter(({ type }) => matchesType(endpoint.types, type))
  const taken = wanted.slice(0, limit)
  // Behind the last one taken; what nobody wants is passed.
  const reached = taken.length < wanted.length ? (taken.at(-1)?.pos ?? cursor) : last.pos
  return { parcels: taken.map((event) => packed(event, null)), cursor: reached }
}

async function parcelOf(
  ports: DeliveryPorts,
  endpoint: Endpoint,
  delivery: Delivery,
): Promise<Parcel | null> {
  if (delivery.test) return testParcel(endpoint, delivery)
  const event = await ports.store.readEvent(delivery.tenant_id, delivery.event_id)
  if (event) return packed(event, delivery)
  await ports.store.removeDelivery(delivery.tenant_id, delivery._id)
  return null
}

function packed(event: LoggedEvent, delivery: Delivery | null): Parcel {
  return {
    id: event._id,
    type: event.type,
    lane: event.customer_id ?? event._id,
    body: JSON.stringify(eventView(event)),
    position: delivery ? null : event.pos,
    delivery,
  }
}

function testParcel(endpoint: Endpoint, delivery: Delivery): Parcel {
  const type = 'webhook_endpoint.test'
  const timestamp = new Date(delivery.since).toISOString()
  const told = { id: delivery.event_id, type, version: 1, timestamp, position: null, customer_id: null }
  const body = JSON.stringify({ ...told, sequence: null, data: { endpoint_id: endpoint._id } })
  return { id: delivery.event_id, type, lane: delivery.event_id, body, position: null, delivery }
}

/** Sends, notes what came of it, and only then moves the cursor. */
async function carryOut(ports: DeliveryPorts, endpoint: Endpoint, { parcels, cursor }: Work): Promise<void> {
  const lanes = [...Map.groupBy(parcels, ({ lane }) => lane).values()]
  const made: { parcel: Parcel; attempt: Attempt }[] = []
  const unsent: Parcel[] = []
  let state = endpoint
  const send = async (parcel: Parcel) => {
    // It failed too often in a row by now: the rest would only wait for the same silence.
    if (!isReady(state, ports.clock.now())) return unsent.push(parcel)
    const attempt = await attemptOf(ports, endpoint, parcel)
    state = afterAttempts(state, [attempt], ports.clock.now())
    return made.push({ parcel, attempt })
  }
  const runLanes = async () => {
    for (let lane = lanes.shift(); lane; lane = lanes.shift()) for (const parcel of lane) await send(parcel)
  }
  await Promise.all(Array.from({ length: lanesMax }, runLanes))
  const reached = Math.min(
    cursor,
    ...unsent.flatMap(({ position }) => (position === null ? [] : position - 1)),
  )
  const now = ports.clock.now()
  const attempts = made.map(({ attempt }) => attempt)
  await ports.store.insertAttempts(attempts)
  for (const { parcel, attempt } of made) await keepOrDrop(ports, endpoint, parcel, attempt)
  const ref = { tenantId: endpoint.tenant_id, endpointId: endpoint._id }
  const after = await changeEndpoint(ports.store, ref, (current) => {
    const next = afterAttempts(current, attempts, now)
    // Somebody set it back meanwhile: from there on all is sent again.
    return current.cursor === endpoint.cursor ? { ...next, cursor: reached } : next
  })
  if (after?.disabled && !endpoint.disabled)
    ports.log({
      event: 'endpoint_disabled',
      tenant: endpoint.tenant_id,
      endpoint: endpoint._id,
      reason: after.disabled.reason,
    })
}

async function attemptOf(ports: DeliveryPorts, endpoint: Endpoint, parcel: Parcel): Promise<Attempt> {
  const at = ports.clock.now()
  const context = sealingContext(endpoint)
  const secrets = signingSecrets(endpoint, at).map((sealed) => ports.openSecret?.(sealed, context) ?? '')
  const headers = signedHeaders({ id: parcel.id, at, body: parcel.body }, secrets)
  const { ok, status, error } = await ports.sender.send({ url: endpoint.url, headers, body: parcel.body })
  return {
    _id: ports.random.uuid(),
    tenant_id: endpoint.tenant_id,
    endpoint_id: endpoint._id,
    event_id: parcel.id,
    type: parcel.type,
    at,
    ok,
    status,
    error,
    ms: ports.clock.now() - at,
  }
}

/** What failed waits on its own from now on; a test is tried once. */
async function keepOrDrop(
  ports: DeliveryPorts,
  endpoint: Endpoint,
  parcel: Parcel,
  attempt: Attempt,
): Promise<void> {
  const { delivery } = parcel
  if (attempt.ok || delivery?.test) {
    if (delivery) await ports.store.removeDelivery(delivery.tenant_id, delivery._id)
    return
  }
  const now = ports.clock.now()
  const waiting = delivery ?? newDelivery(endpoint, parcel.id, now)
  const tries = waiting.tries + 1
  await ports.store.putDelivery({ ...waiting, tries, due_at: nextTryAt(tries, now, ports.random.next()) })
}
