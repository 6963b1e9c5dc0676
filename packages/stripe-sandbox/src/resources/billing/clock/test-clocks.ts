/**
 * Owns test clocks: create, retrieve, advance, delete, list.
 * States: ready → advancing → ready. An advance is answered at once and happens afterwards, as with Stripe.
 * Promises: at most two intervals of the shortest subscription at a time, two years without one; a clock takes its customers along when
 * it is deleted.
 */
import type { Core } from '../../../core.ts'
import { emit, type Origin } from '../../../events/emit.ts'
import type { Expansion } from '../../../http/expand.ts'
import { listPage } from '../../../http/list-page.ts'
import type { Call, Route } from '../../../http/router.ts'
import { badRequest } from '../../../http/stripe-error.ts'
import type { JsonObject } from '../../../json.ts'
import { int, listParams, params, string, unsimulated } from '../../../params/declare.ts'
import { integer, text } from '../../../params/read.ts'
import type { Realm } from '../../../state/store.ts'
import { customers } from '../../customer/customer-object.ts'
import { addMonths } from '../../customer/discount.ts'
import { deleteCustomer } from '../../customer/delete-customer.ts'
import { found } from '../find.ts'
import { isEnded, itemsOf, periodEnd, subscriptions } from '../subscription-object.ts'
import { checkTime, runTestClock, stopTestClock, testClocks, type TestClock } from './billing-time.ts'

const url = '/v1/test_helpers/test_clocks'
/** Stripe deletes a test clock after that time (seconds); the sandbox only says so. */
const lifeSeconds = 30 * 86_400
/** How far a clock without subscriptions can be advanced at once. */
const idleMonths = 24

/** Create, retrieve, advance, delete, list. */
export function testClockRoutes(): Route[] {
  return [
    {
      method: 'POST',
      path: url,
      params: params({ 'frozen_time!': int, name: string(300), customer: unsimulated }),
      run: create,
    },
    {
      method: 'GET',
      path: url,
      params: listParams(),
      run: ({ realm, params: given }) =>
        listPage({ table: realm.table(testClocks), params: given, url, kind: 'billingclock' }),
    },
    { method: 'GET', path: `${url}/{id}`, params: params(), run: clockOf },
    { method: 'DELETE', path: `${url}/{id}`, params: params(), run: remove },
    { method: 'POST', path: `${url}/{id}/advance`, params: params({ 'frozen_time!': int }), run: advance },
  ]
}

/** Turns the id of a test clock into the clock. */
export const testClockExpansion: Expansion = {
  value: ({ realm, object: { test_clock: id } }) =>
    typeof id === 'string' ? (realm.table(testClocks).get(id) ?? null) : null,
}

/** Goes on with advances that were under way when the sandbox was last stopped. */
export function resumeTestClocks(core: Core): void {
  for (const realm of core.store.realms()) {
    for (const { id, status } of realm.table(testClocks).oldestFirst())
      if (status === 'advancing') arrive(core, realm, id)
  }
}

function clockOf({ realm, ids }: Call): TestClock {
  return found(realm, testClocks, 'billingclock', ids['id'] ?? '')
}

function create({ core, realm, params: given, origin }: Call): JsonObject {
  if (realm.livemode) throw badRequest('Test clocks can only be made in test mode.')
  const now = core.clock.seconds()
  checkTime(integer(given, 'frozen_time') ?? now, 'frozen_time')
  const clock: TestClock = {
    id: core.newId('clock_1', 23),
    object: 'test_helpers.test_clock',
    created: now,
    deletes_after: now + lifeSeconds,
    frozen_time: integer(given, 'frozen_time') ?? now,
    livemode: realm.livemode,
    name: text(given, 'name') ?? null,
    status: 'ready',
    status_details: {},
  }
  realm.table(testClocks).put(clock)
  emit(core, origin, 'test_helpers.test_clock.created', clock)
  return clock
}

function advance(call: Call): JsonObject {
  const { core, realm, params: given, origin } = call
  const clock = clockOf(call)
  const target = integer(given, 'frozen_time') ?? 0
  if (clock.status !== 'ready')
    throw badRequest('A test clock that is advancing cannot be advanced; wait until it is ready.')
  checkTime(target, 'frozen_time')
  if (target <= clock.frozen_time) {
    throw badRequest("The new `frozen_time` must be after the test clock's present `frozen_time`.", {
      param: 'frozen_time',
    })
  }
  const limit = farthest(realm, clock)
  if (target > limit) {
    throw badRequest(
      `A test clock can be advanced by at most two intervals of its shortest subscription, or two years without one; here to ${limit}.`,
      { param: 'frozen_time' },
    )
  }
  const advancing: TestClock = {
    ...clock,
    status: 'advancing',
    status_details: { advancing: { target_frozen_time: target } },
  }
  realm.table(testClocks).put(advancing)
  emit(core, origin, 'test_helpers.test_clock.advancing', advancing)
  core.store.afterwards(() => arrive(core, realm, clock.id))
  return advancing
}

function farthest(realm: Realm, clock: TestClock): number {
  let limit = addMonths(clock.frozen_time, idleMonths)
  for (const subscription of realm.table(subscriptions).oldestFirst()) {
    if (subscription.test_clock !== clock.id || isEnded(subscription)) continue
    for (const { price } of itemsOf(realm, subscription.id)) {
      if (!price.recurring) continue
      const once = periodEnd(clock.frozen_time, clock.frozen_time, price.recurring)
      limit = Math.min(limit, periodEnd(once, clock.frozen_time, price.recurring))
    }
  }
  return limit
}

/** Lets an advance happen after its answer: callers see `advancing`, and wait for `ready`. */
function arrive(core: Core, realm: Realm, id: string): void {
  void core.track(
    core.pause(0).then(() => {
      const target = realm.table(testClocks).get(id)?.status_details.advancing?.target_frozen_time
      // Deleted, or the state was reset, in the meantime.
      if (target === undefined) return
      runTestClock(core, realm, id, target)
      core.store.unit(() => {
        const clock = realm.table(testClocks).get(id)
        if (!clock) return
        const ready: TestClock = { ...clock, frozen_time: target, status: 'ready', status_details: {} }
        realm.table(testClocks).put(ready)
        emit(core, { realm, request: null }, 'test_helpers.test_clock.ready', ready)
      })
    }),
  )
}

function remove(call: Call): JsonObject {
  const { core, realm, origin } = call
  const clock = clockOf(call)
  deleteCustomersOf(core, origin, clock.id)
  stopTestClock(realm, clock.id)
  const stub = { id: clock.id, object: 'test_helpers.test_clock', deleted: true }
  realm.table(testClocks).remove(clock.id, stub)
  emit(core, origin, 'test_helpers.test_clock.deleted', clock)
  return stub
}

function deleteCustomersOf(core: Core, origin: Origin, clock: string): void {
  for (const customer of Array.from(origin.realm.table(customers).oldestFirst()))
    if (customer.test_clock === clock) deleteCustomer(core, origin, customer)
}
