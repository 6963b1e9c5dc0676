/**
 * Owns the reporting of usage: meter events, and their cancelling.
 * Promises: an identifier counts once in a rolling 24 hours and is refused the second time, as Stripe does; usage shows in summaries at
 * once (Stripe takes a while).
 */
import type { Call, Route } from '../../../http/router.ts'
import { badRequest, missingParameter, StripeError } from '../../../http/stripe-error.ts'
import { bareObject, type JsonObject } from '../../../json.ts'
import { choice, int, map, object, params, string } from '../../../params/declare.ts'
import { hash, integer, text } from '../../../params/read.ts'
import type { Realm } from '../../../state/store.ts'
import { customerParam } from '../../customer/find-customer.ts'
import { countedEvents, type CountedEvent } from './meter-object.ts'
import { activeMeter } from './meters.ts'

/** Identifiers are unique for at least this long (seconds); an event can be cancelled as long. */
const identifierSeconds = 86_400
/** How old and how far ahead an event may be (seconds), as Stripe documents. */
const oldestSeconds = 35 * 86_400
const aheadSeconds = 300

/** Events and adjustments; both can only be made. */
export function meterEventRoutes(): Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/billing/meter_events',
      params: params({
        'event_name!': string(100),
        'payload!': map(string(100)),
        identifier: string(100),
        timestamp: int,
      }),
      run: report,
    },
    {
      method: 'POST',
      path: '/v1/billing/meter_event_adjustments',
      params: params({
        'event_name!': string(100),
        'type!': choice('cancel'),
        cancel: object({ 'identifier!': string(100) }),
      }),
      run: adjust,
    },
  ]
}

function report({ core, realm, params: given }: Call): JsonObject {
  const name = text(given, 'event_name') ?? ''
  const now = core.clock.seconds()
  const meter = activeMeter(realm, name)
  if (!meter) {
    throw badRequest(`No active meter found for event name '${name}'.`, {
      param: 'event_name',
    })
  }
  const payload = hash(given, 'payload') ?? {}
  const customerKey = meter.customer_mapping.event_payload_key
  const customerId = text(payload, customerKey)
  if (!customerId) throw missingParameter(`payload[${customerKey}]`)
  const customer = customerParam(realm, customerId, `payload[${customerKey}]`)
  const timestamp = integer(given, 'timestamp') ?? now
  if (timestamp < now - oldestSeconds) {
    throw badRequest('The timestamp must be within the past 35 calendar days.', {
      param: 'timestamp',
    })
  }
  if (timestamp > now + aheadSeconds) {
    throw badRequest('The timestamp must not be more than 5 minutes in the future.', {
      param: 'timestamp',
    })
  }
  const identifier = text(given, 'identifier') ?? core.random.token(32)
  refuseTwice(realm, identifier, now)
  const counted: CountedEvent = {
    id: identifier,
    meter: meter.id,
    customer: customer.id,
    value: valueOf(payload, meter.value_settings.event_payload_key, meter.default_aggregation.formula),
    timestamp,
    created: now,
    cancelled: false,
  }
  realm.table(countedEvents).put(counted)
  const shown = bareObject<string>()
  for (const [key, value] of Object.entries(payload)) if (typeof value === 'string') shown[key] = value
  return {
    object: 'billing.meter_event',
    created: now,
    event_name: name,
    identifier,
    livemode: realm.livemode,
    payload: shown,
    timestamp,
  }
}

/** Recorded by others: the second event of an identifier is refused with this text and no code, not to be retried. */
function refuseTwice(realm: Realm, identifier: string, now: number): void {
  const known = realm.table(countedEvents).get(identifier)
  if (!known) return
  if (known.created > now - identifierSeconds) {
    throw new StripeError(
      400,
      { message: `An event already exists with identifier ${identifier}.`, param: 'identifier' },
      { 'Stripe-Should-Retry': 'false' },
    )
  }
  // After a day the identifier is free again; what was counted under it stays counted.
  realm.table(countedEvents).forget(identifier)
  realm.table(countedEvents).put({ ...known, id: `${identifier} ${known.created}` })
}

function valueOf(payload: { readonly [name: string]: unknown }, key: string, formula: string): number {
  const value = payload[key]
  // A counting meter counts events, whatever they carry.
  if (formula === 'count') return 1
  if (typeof value !== 'string' || value === '') throw missingParameter(`payload[${key}]`)
  if (!/^-?\d{1,15}$/.test(value)) {
    throw badRequest(`Invalid value in payload: '${value.slice(0, 60)}'. Only whole numbers are accepted.`, {
      param: `payload[${key}]`,
    })
  }
  return Number(value)
}

function adjust({ core, realm, params: given }: Call): JsonObject {
  const name = text(given, 'event_name') ?? ''
  const identifier = text(hash(given, 'cancel') ?? {}, 'identifier')
  if (!identifier) throw missingParameter('cancel[identifier]')
  const meter = activeMeter(realm, name)
  const event = realm.table(countedEvents).get(identifier)
  if (!event || event.meter !== meter?.id || event.created <= core.clock.seconds() - identifierSeconds) {
    throw badRequest(
      `No event of the past 24 hours with identifier '${identifier}' and event name '${name}'.`,
      { code: 'resource_missing', param: 'cancel[identifier]' },
    )
  }
  realm.table(countedEvents).put({ ...event, cancelled: true })
  return {
    object: 'billing.meter_event_adjustment',
    cancel: { identifier },
    event_name: name,
    livemode: realm.livemode,
    // Stripe cancels asynchronously and says so, whatever the outcome.
    status: 'pending',
    type: 'cancel',
  }
}
