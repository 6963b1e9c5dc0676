/**
 * Owns meters: create, retrieve, update, deactivate, reactivate, list, and the summaries of what a customer used.
 * Promises: an event name belongs to one active meter; a summary adds up exactly the events between its ends, the newest window first.
 */
import { emit, emitUpdate } from '../../../events/emit.ts'
import type { EventType } from '../../../events/event-types.ts'
import { bothCursors, listPage, pageLimit } from '../../../http/list-page.ts'
import { touched } from '../../../events/previous-attributes.ts'
import type { Call, Route } from '../../../http/router.ts'
import { badRequest, missingResource } from '../../../http/stripe-error.ts'
import type { JsonObject } from '../../../json.ts'
import { choice, int, listParams, object, params, string } from '../../../params/declare.ts'
import { hash, integer, text } from '../../../params/read.ts'
import type { Realm } from '../../../state/store.ts'
import { customerParam } from '../../customer/find-customer.ts'
import { found } from '../find.ts'
import { meters, usage, type Meter } from './meter-object.ts'

const url = '/v1/billing/meters'

/** Create, retrieve, update, deactivate, reactivate, list, summaries. */
export function meterRoutes(): Route[] {
  const one = `${url}/{id}`
  return [
    {
      method: 'POST',
      path: url,
      params: params({
        'default_aggregation!': object({ 'formula!': choice('count', 'last', 'sum') }),
        'display_name!': string(250),
        'event_name!': string(100),
        customer_mapping: object({ 'event_payload_key!': string(100), 'type!': choice('by_id') }),
        event_time_window: choice('day', 'hour'),
        value_settings: object({ 'event_payload_key!': string(100) }),
      }),
      run: create,
    },
    { method: 'GET', path: url, params: listParams({ status: choice('active', 'inactive') }), run: list },
    { method: 'GET', path: one, params: params(), run: meterOf },
    {
      method: 'POST',
      path: one,
      params: params({ display_name: string(250) }),
      run: (call) => {
        const before = meterOf(call)
        return save(call, before, { display_name: text(call.params, 'display_name') ?? before.display_name })
      },
    },
    { method: 'POST', path: `${one}/deactivate`, params: params(), run: deactivate },
    { method: 'POST', path: `${one}/reactivate`, params: params(), run: reactivate },
    {
      method: 'GET',
      path: `${one}/event_summaries`,
      params: listParams({
        'customer!': string(),
        'end_time!': int,
        'start_time!': int,
        value_grouping_window: choice('day', 'hour'),
      }),
      run: summaries,
    },
  ]
}

/** The active meter that counts events of a name. */
export function activeMeter(realm: Realm, eventName: string): Meter | undefined {
  for (const meter of realm.table(meters).newestFirst()) {
    if (meter.event_name === eventName && meter.status === 'active') return meter
  }
  return undefined
}

function meterOf({ realm, ids }: Call): Meter {
  return found(realm, meters, 'billing meter', ids['id'] ?? '')
}

const formulas = ['count', 'last', 'sum'] as const

function create({ core, realm, params: given, origin }: Call): JsonObject {
  const name = text(given, 'event_name') ?? ''
  refuseTwins(realm, name)
  const now = core.clock.seconds()
  const formula = text(hash(given, 'default_aggregation') ?? {}, 'formula')
  const window = text(given, 'event_time_window')
  const meter: Meter = {
    id: core.newId('mtr_test_61', 26),
    object: 'billing.meter',
    created: now,
    customer_mapping: {
      event_payload_key:
        text(hash(given, 'customer_mapping') ?? {}, 'event_payload_key') ?? 'stripe_customer_id',
      type: 'by_id',
    },
    default_aggregation: { formula: formulas.find((one) => one === formula) ?? 'sum' },
    display_name: text(given, 'display_name') ?? '',
    event_name: name,
    event_time_window: window === 'day' || window === 'hour' ? window : null,
    livemode: realm.livemode,
    status: 'active',
    status_transitions: { deactivated_at: null },
    updated: now,
    value_settings: {
      event_payload_key: text(hash(given, 'value_settings') ?? {}, 'event_payload_key') ?? 'value',
    },
  }
  realm.table(meters).put(meter)
  emit(core, origin, 'billing.meter.created', meter)
  return meter
}

function refuseTwins(realm: Realm, name: string): void {
  const twin = activeMeter(realm, name)
  if (twin) {
    throw badRequest(`An active meter with the event name ${name} already exists: ${twin.id}.`, {
      code: 'resource_already_exists',
      param: 'event_name',
    })
  }
}

function deactivate(call: Call): JsonObject {
  const before = meterOf(call)
  if (before.status === 'inactive') {
    throw badRequest('You cannot deactivate a meter that is already inactive.')
  }
  const at = call.core.clock.seconds()
  return save(
    call,
    before,
    { status: 'inactive', status_transitions: { deactivated_at: at } },
    'billing.meter.deactivated',
  )
}

function reactivate(call: Call): JsonObject {
  const before = meterOf(call)
  if (before.status === 'active') throw badRequest('You cannot reactivate a meter that is already active.')
  refuseTwins(call.realm, before.event_name)
  return save(
    call,
    before,
    { status: 'active', status_transitions: { deactivated_at: null } },
    'billing.meter.reactivated',
  )
}

/** Stores a changed meter and tells of it: as an update, or by the name of what happened to it. */
function save(
  { core, realm, origin }: Call,
  before: Meter,
  changes: Partial<Meter>,
  type?: EventType,
): Meter {
  const after = touched(before, { ...before, ...changes }, core.clock.seconds())
  realm.table(meters).put(after)
  if (type) emit(core, origin, type, after)
  else emitUpdate(core, origin, 'billing.meter.updated', before, after)
  return after
}

function list({ realm, params: given }: Call): JsonObject {
  const status = text(given, 'status')
  return listPage({
    table: realm.table(meters),
    params: given,
    url,
    kind: 'billing meter',
    where: (meter) => !status || meter.status === status,
  })
}

const windowSeconds = { minute: 60, hour: 3600, day: 86_400 }
/** Stripe's pages hold at most a hundred; a hundred days of hours is more than anybody reads. */
const windowsMax = 2400

function summaries(call: Call): JsonObject {
  const { realm, params: given } = call
  const meter = meterOf(call)
  const customer = customerParam(realm, text(given, 'customer') ?? '').id
  const start = integer(given, 'start_time') ?? 0
  const end = integer(given, 'end_time') ?? 0
  const window = text(given, 'value_grouping_window')
  const grid = window === 'day' || window === 'hour' ? window : 'minute'
  for (const [name, time] of [['start_time', start] as const, ['end_time', end] as const]) {
    if (time % windowSeconds[grid] !== 0)
      throw badRequest(`${name} must be aligned with ${grid} boundaries.`, { param: name })
  }
  if (end <= start) throw badRequest('end_time must be after start_time.', { param: 'end_time' })
  const step = grid === 'minute' ? end - start : windowSeconds[grid]
  if ((end - start) / step > windowsMax)
    throw badRequest(`At most ${windowsMax} windows can be listed at once.`, { param: 'end_time' })
  const rows: JsonObject[] = []
  for (let from = start; from < end; from += step) {
    const value = usage(realm, meter, customer, from, from + step)
    // Stripe lists only windows in which something was used; without windows there is one row in any case.
    if (value !== 0 || grid === 'minute') rows.unshift(summary(meter, customer, from, from + step, value))
  }
  return page(call, rows, `${url}/${meter.id}/event_summaries`)
}

function summary(meter: Meter, customer: string, start: number, end: number, value: number): JsonObject {
  return {
    // Made from what it sums up, so that the same window always has the same id and can be a cursor.
    id: `mtrusg_test_${meter.id.slice(-6)}${customer.slice(-6)}${start}${end - start}`,
    object: 'billing.meter_event_summary',
    aggregated_value: value,
    end_time: end,
    livemode: meter.livemode,
    meter: meter.id,
    start_time: start,
  }
}

/** Summaries are computed, not stored, so they page over what was computed. */
function page({ params: given }: Call, rows: readonly JsonObject[], at: string): JsonObject {
  const after = text(given, 'starting_after')
  const before = text(given, 'ending_before')
  if (after && before) throw bothCursors()
  const cursor = after ?? before
  const position = rows.findIndex(({ id }) => id === cursor)
  if (cursor && position < 0)
    throw missingResource('billing meter event summary', cursor, after ? 'starting_after' : 'ending_before')
  const limit = pageLimit(given)
  const rest = after ? rows.slice(position + 1) : before ? rows.slice(0, position) : rows
  const data = before ? rest.slice(-limit) : rest.slice(0, limit)
  return { object: 'list', data, has_more: rest.length > limit, url: at }
}
