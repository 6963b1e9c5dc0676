// What no webhook told is read from Stripe's own event list, from a checkpoint on (G3); where the list no longer reaches back so
// far, both sides are compared as a whole.

import { recordOfSnapshot, snapshotEventSchema } from '@lockstep/domain/stripe/snapshot-event'
import { catchUp } from '@lockstep/worker/maintain/catch-up'
import type { LogEvent } from '@lockstep/worker/log-events'
import type { Ports } from '@lockstep/worker/ports'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openWorld, tenantId, type World } from '../support/world.ts'
import { callsSince, customersInStep, expectAgreed, lastPass, stepOn } from './support/passes.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

let world: World
let logged: LogEvent[]
beforeEach(async () => {
  world = await openWorld()
  logged = []
})
afterEach(() => world.close())

const ports = (): Ports => ({ ...world.ports, log: (event) => logged.push(event) })
const edit = (stripeId: string, name: string) =>
  world.dashboard('POST', `/v1/customers/${stripeId}`, { name })

/** Moves the clock without delivering anything. */
async function pass(ms: number): Promise<void> {
  await world.pass(ms)
  await world.work()
}

async function nameOf(id: string): Promise<unknown> {
  return (await world.customer(id)).desired.find(({ k }) => k === 'name')?.v
}

test('three days of lost webhooks are repaired from the list alone', async () => {
  const all = await customersInStep(world, 30)
  await catchUp(ports(), tenantId)
  for (let hour = 0; hour < 72; hour++) {
    for (const n of [hour % 30, (hour * 7) % 30]) await edit(all[n]?.stripeId ?? '', `hour ${hour}`)
    await pass(hourMs)
  }
  await world.dashboard('DELETE', `/v1/customers/${all[29]?.stripeId}`)
  await world.dashboard('POST', '/v1/customers', { name: 'Stranger' })
  const before = world.sandbox.requests().length
  // An event of an edit that undoes nothing is none; the others are new.
  expect(await catchUp(ports(), tenantId)).toBeGreaterThan(130)
  await world.work()
  expect((await world.customer(all[29]?.id ?? '')).state).toBe('archived')
  expect(callsSince(world, before)['GET /v1/customers']).toBeUndefined()
  expect(await world.store.readReconciliation(tenantId)).toBeNull()
  await expectAgreed(world)
})

test('two events of one second, one on each side of the checkpoint, are both taken in', async () => {
  const [one, other] = await customersInStep(world, 2)
  await edit(one?.stripeId ?? '', 'first')
  await catchUp(ports(), tenantId)
  // The clock stands still: the same second.
  await edit(other?.stripeId ?? '', 'second')
  expect(await catchUp(ports(), tenantId)).toBe(1)
  await world.work()
  expect([await nameOf(one?.id ?? ''), await nameOf(other?.id ?? '')]).toEqual(['first', 'second'])
})

test('an event that is missing below many that came is found: the overlap is read whole', async () => {
  const all = await customersInStep(world, 3)
  await catchUp(ports(), tenantId)
  await edit(all[0]?.stripeId ?? '', 'lost')
  await pass(60_000)
  // Our clock was ahead: the checkpoint stands above all of these.
  const tenant = await world.store.readTenant(tenantId)
  if (!tenant) throw new Error('no tenant')
  await world.store.replaceTenant({ ...tenant, caught_up_to: (tenant.caught_up_to ?? 0) + 120 })
  await pass(2_000)
  for (let n = 0; n < 100; n++) await edit(all[1]?.stripeId ?? '', `busy ${n}`)
  // Their webhooks came; that of the lost one did not.
  const known = await world.dashboard('GET', '/v1/events?limit=100')
  // The sandbox lists events.
  const data = known['data'] as unknown[]
  await world.store.insertStripeEvents(
    data.map((event) => recordOfSnapshot(snapshotEventSchema.parse(event), tenantId, 0)),
  )
  await catchUp(ports(), tenantId)
  await world.work()
  expect(await nameOf(all[0]?.id ?? '')).toBe('lost')
})

test('events that come while the list is read are not lost, and none is read as another', async () => {
  const all = await customersInStep(world, 2)
  await catchUp(ports(), tenantId)
  await pass(hourMs)
  for (let n = 0; n < 250; n++) await edit(all[0]?.stripeId ?? '', `name ${n}`)
  const { store } = world.ports
  const busy: Ports = {
    ...ports(),
    store: {
      ...store,
      async insertStripeEvents(events) {
        await edit(all[1]?.stripeId ?? '', `meanwhile ${Math.random()}`)
        return store.insertStripeEvents(events)
      },
    },
  }
  expect(await catchUp(busy, tenantId)).toBe(250)
  expect(await catchUp(ports(), tenantId)).toBeGreaterThan(2)
  await world.work()
  await expectAgreed(world)
})

test('a page that Stripe does not answer moves nothing: the next reading begins where this one did', async () => {
  const all = await customersInStep(world, 1)
  await catchUp(ports(), tenantId)
  const before = (await world.store.readTenant(tenantId))?.caught_up_to
  await pass(hourMs)
  for (let n = 0; n < 120; n++) await edit(all[0]?.stripeId ?? '', `name ${n}`)
  world.sandbox.faults.add({
    method: 'GET',
    path: '/v1/events',
    nth: [2],
    action: { kind: 'status', status: 503, when: 'before' },
  })
  expect(await catchUp(ports(), tenantId)).toBeNull()
  expect((await world.store.readTenant(tenantId))?.caught_up_to).toBe(before)
  expect(await catchUp(ports(), tenantId)).toBe(20)
})

test('an alarm is logged while days are left, also where the tenant stands still', async () => {
  await customersInStep(world, 1)
  await catchUp(ports(), tenantId)
  await pass(24 * dayMs)
  await catchUp(ports(), tenantId)
  expect(logged.map(({ event }) => event)).not.toContain('event_log_nears_end')
  const tenant = await world.store.readTenant(tenantId)
  if (!tenant) throw new Error('no tenant')
  await world.store.replaceTenant({
    ...tenant,
    paused_outbound: { reason: 'operator', detail: 'test', at: 0 },
  })
  await pass(26 * dayMs)
  await catchUp(ports(), tenantId)
  expect(logged).toContainEqual({ event: 'event_log_nears_end', tenant: tenantId, days_left: 4 })
})

test('a checkpoint older than the list has everything compared, by itself, and says so', async () => {
  const all = await customersInStep(world, 3)
  await catchUp(ports(), tenantId)
  await edit(all[0]?.stripeId ?? '', 'forgotten')
  await world.dashboard('DELETE', `/v1/customers/${all[1]?.stripeId}`)
  await pass(32 * dayMs)
  // Stripe has forgotten both events by now.
  expect(await catchUp(ports(), tenantId)).toBe(0)
  expect(logged).toContainEqual({ event: 'event_log_gap', tenant: tenantId, days: 2 })
  expect(await stepOn(ports())).toBe('done')
  expect(await lastPass(world)).toMatchObject({ reason: 'event_log_gap', counts: { drifted: 1, deleted: 1 } })
  expect(await nameOf(all[0]?.id ?? '')).toBe('forgotten')
  // Once is enough.
  await pass(60_000)
  await catchUp(ports(), tenantId)
  expect(await stepOn(ports())).toBe('idle')
})
