/**
 * Owns thin events: the other face of an event, which names its object and leaves the rest to be fetched.
 * Promises: each event of the v1 API has exactly one thin twin, with an id of its own and the same life; nothing more is stored for it.
 */
import { idOf, isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { Realm } from '../state/store.ts'
import { causeOf, type StoredEvent } from './stored-event.ts'

const snapshotPrefix = 'evt_1'
const thinPrefix = 'evt_65'

/** The id of the thin twin of an event. */
export function thinId(snapshotId: string): string {
  return thinPrefix + snapshotId.slice(snapshotPrefix.length)
}

/** The id of the event whose thin twin this is; undefined if it is none. */
export function snapshotId(id: string): string | undefined {
  return id.startsWith(thinPrefix) ? snapshotPrefix + id.slice(thinPrefix.length) : undefined
}

/** What a thin destination receives; `withReason` is a setting, since Stripe does not document it. */
export function renderThinNotification(realm: Realm, event: StoredEvent, withReason: boolean): JsonObject {
  return {
    id: thinId(event.id),
    object: 'v2.core.event',
    context: null,
    created: isoTime(event.created * 1000),
    livemode: realm.livemode,
    ...(withReason ? reasonOf(event) : {}),
    related_object: relatedObject(event),
    type: thinType(event.type),
  }
}

/** The whole thin event, as `GET /v2/core/events/{id}` answers. */
export function renderThinEvent(realm: Realm, event: StoredEvent): JsonObject {
  const { id, object, type, ...notification } = renderThinNotification(realm, event, true)
  return {
    id,
    object,
    ...(event.previous_attributes ? { changes: event.previous_attributes } : {}),
    ...notification,
    ...dataOf(event),
    ...(isThinOnly(event.type) ? {} : { snapshot_event: event.id }),
    type,
  }
}

/** The type of a thin event, from that of its twin; one without a twin is named as it is. */
export function thinType(type: string): string {
  return isThinOnly(type) ? type : `v1.${type}`
}

/** True for events without a twin, which v1 does not show: those of the v2 API itself, and the finer ones of v1 objects. */
export function isThinOnly(type: string): boolean {
  return type.startsWith('v1.') || type.startsWith('v2.')
}

/** Milliseconds as v2 writes a time. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

function reasonOf(event: StoredEvent): JsonObject {
  const { id, idempotency_key: key } = causeOf(event)
  // v2 declares the key as text, also for a request that had none.
  return id === null ? {} : { reason: { type: 'request', request: { id, idempotency_key: key ?? '' } } }
}

/** What an event about an object that cannot be fetched says of it. */
function dataOf({ type, object }: StoredEvent): JsonObject {
  if (type !== 'invoice.upcoming') return {}
  const details = isJsonObject(object['parent']) ? object['parent']['subscription_details'] : undefined
  const subscription = isJsonObject(details) ? details['subscription'] : undefined
  return { data: { customer: object['customer'], subscription } }
}

/** Where the object of an event can be fetched; null for one that is kept nowhere. */
function relatedObject({ type: about, object }: StoredEvent): JsonObject | null {
  const type = textOf(object['object'])
  if (about === 'invoice.upcoming') return null
  return { id: idOf(object), type, url: urlOf(type, object) }
}

function urlOf(type: string, object: JsonObject): string {
  const id = idOf(object)
  const customer = isJsonObject(object['customer']) ? idOf(object['customer']) : textOf(object['customer'])
  if (type === 'tax_id' && customer) return `/v1/customers/${customer}/tax_ids/${id}`
  if (type === 'discount' && customer) return `/v1/customers/${customer}/discount`
  if (type === 'cash_balance') return `/v1/customers/${customer}/cash_balance`
  if (type === 'customer_cash_balance_transaction')
    return `/v1/customers/${customer}/cash_balance_transactions/${id}`
  if (type.startsWith('v2.')) return `/${type.replaceAll('.', '/')}s/${id}`
  // "billing.meter" lives at /v1/billing/meters, "test_helpers.test_clock" at /v1/test_helpers/test_clocks.
  const path = type.replace('.', '/')
  return `/v1/${path}${path.endsWith('y') ? '' : 's'}/${id}`
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
