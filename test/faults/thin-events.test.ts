// Thin events alone: what a notification leaves out is fetched where it matters, and nowhere else (PROTOCOL section 6).

import { afterEach, beforeEach, expect, test } from 'vitest'
import { catchUp } from '@lockstep/worker/maintain/catch-up'
import { applyOperations } from '@lockstep/worker/work-customer-apply'
import { syncCustomer } from '@lockstep/worker/work-stripe-sync'
import { Crash, openWorld, tenantId, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld({ payload: 'thin' })
})
afterEach(() => world.close())

/** A customer in step, every event of it taken in. */
async function linked(): Promise<{ customerId: string; stripeId: string }> {
  const { customerId } = await world.accept({ kind: 'create', key: 'k1', input: { name: 'Ada' } })
  await world.settle()
  return { customerId, stripeId: (await world.customer(customerId)).stripe_id ?? '' }
}

/** Our push, without a look before it and without its echo. */
async function rename(customerId: string, name: string): Promise<void> {
  await world.accept({ kind: 'update', input: { name } }, customerId)
  await applyOperations(world.ports, { tenantId, customerId })
  await syncCustomer(world.ports, { tenantId, customerId })
}

async function edit(stripeId: string, form: Record<string, string>): Promise<void> {
  await world.dashboard('POST', `/v1/customers/${stripeId}`, form)
}

/** Ids of the thin events of updates that set this name. */
async function eventsOf(name: string): Promise<string[]> {
  const { data } = await world.dashboard('GET', '/v1/events?limit=100')
  const twins = (data as Snapshot[]).filter((event) => event.data.object.name === name).map(idOf)
  const { data: thin } = await world.dashboard('GET', '/v2/core/events?limit=100')
  return (thin as { snapshot_event: string }[])
    .filter((event) => twins.includes(event.snapshot_event))
    .map(idOf)
}

interface Snapshot {
  data: { object: { name: string } }
}

function idOf(event: unknown): string {
  return (event as { id: string }).id // Whatever a list of events holds has one.
}

function fetches(): number {
  return world.sandbox.requests().filter(({ path }) => /^\/v2\/core\/events\/./.test(path)).length
}

test('an edit that our push overwrote is told by the fetched echo', async () => {
  const { customerId, stripeId } = await linked()
  await edit(stripeId, { name: 'edited' })
  await rename(customerId, 'Ada L.')
  await world.settle()
  const { conflicts, pushes } = await world.customer(customerId)
  expect(conflicts).toMatchObject([{ by: 'overwritten', lost: 'edited', won: 'Ada L.' }])
  expect(pushes).toEqual([])
})

test('the echo is found among many edits of strangers', async () => {
  const { customerId, stripeId } = await linked()
  for (let i = 1; i <= 25; i++) await edit(stripeId, { name: `edit ${i}` })
  await rename(customerId, 'Ada L.')
  await world.settle()
  const { conflicts } = await world.customer(customerId)
  expect(conflicts).toMatchObject([{ by: 'overwritten', lost: 'edit 25', won: 'Ada L.' }])
})

test('a push that had to make room for later ones still finds its echo', async () => {
  const { customerId, stripeId } = await linked()
  await edit(stripeId, { name: 'edited' })
  for (let i = 1; i <= 30; i++) await rename(customerId, `Ada ${i}`)
  expect((await world.customer(customerId)).pushes.length).toBeLessThan(30)
  // The echo of the first push comes when all others have come, and no push waits in the document any more.
  const [first] = await eventsOf('Ada 1')
  await world.deliver((events) => events.filter((event) => idOf(event) !== first))
  await world.work()
  expect((await world.customer(customerId)).pushes).toEqual([])
  await world.settle()
  const { conflicts, pushes } = await world.customer(customerId)
  expect(conflicts).toMatchObject([{ by: 'overwritten', lost: 'edited', won: 'Ada 1' }])
  expect(pushes).toEqual([])
})

test('edits of strangers alone cost no fetch, and one look for all of them', async () => {
  const { customerId, stripeId } = await linked()
  const before = fetches()
  const looks = () =>
    world.sandbox
      .requests()
      .filter(({ method, path }) => method === 'GET' && path === `/v1/customers/${stripeId}`).length
  const looked = looks()
  for (let i = 1; i <= 30; i++) await edit(stripeId, { name: `edit ${i}` })
  await world.settle()
  expect((await world.customer(customerId)).desired).toContainEqual({ k: 'name', v: 'edit 30' })
  expect(fetches()).toBe(before)
  expect(looks()).toBe(looked + 1)
})

test('our own create and update cost one fetch, and none of their echoes a look', async () => {
  const { customerId } = await linked()
  const before = fetches()
  await rename(customerId, 'Ada L.')
  const doc = await world.customer(customerId)
  await world.settle()
  const after = await world.customer(customerId)
  expect(after.wanted).toBe(doc.wanted)
  expect(after.pushes).toEqual([])
  expect([before, fetches()]).toEqual([0, 1])
})

test('the snapshot twin of our echo asks for no look, from the event list or from a webhook', async () => {
  const { customerId } = await linked()
  await catchUp(world.ports, tenantId)
  await world.settle()
  for (let i = 1; i <= 3; i++) {
    await rename(customerId, `Ada ${i}`)
    await world.settle()
  }
  const { wanted } = await world.customer(customerId)
  expect(await catchUp(world.ports, tenantId)).toBe(0)
  await world.settle()
  expect((await world.customer(customerId)).wanted).toBe(wanted)
})

test('a create whose answer was lost and whose proof was stripped is known by the key of its event', async () => {
  let calls = 0
  world.restart(({ name, moment }) => name === 'stripe.call' && moment === 'after' && ++calls === 2)
  const { customerId } = await world.accept({ kind: 'create', key: 'k1', input: { name: 'Ada' } })
  await expect(world.work()).rejects.toThrow(Crash)
  const listed = await world.dashboard('GET', '/v1/customers')
  const [made] = listed['data'] as { id: string }[]
  await edit(made?.id ?? '', { 'metadata[lockstep_id]': '' })
  world.restart()
  await world.deliver()
  await world.work()
  const doc = await world.customer(customerId)
  expect(doc.stripe_id).toBe(made?.id)
  // Its creation was its echo: nothing is left to wait for.
  expect(doc.pushes.filter(({ key }) => key.startsWith('ls:create:'))).toEqual([])
  await world.settle()
  expect((await world.dashboard('GET', '/v1/customers'))['data']).toHaveLength(1)
})

test('an event that Stripe no longer has asks for a look', async () => {
  const { customerId, stripeId } = await linked()
  await edit(stripeId, { description: 'seen' })
  await rename(customerId, 'Ada L.')
  world.sandbox.faults.add({
    path: '/v2/core/events/{id}',
    action: { kind: 'status', status: 404, code: 'not_found' },
  })
  await world.settle()
  expect((await world.customer(customerId)).desired).toContainEqual({ k: 'description', v: 'seen' })
  // What the push may have overwritten is still to be told: its key is kept for an event that brings the old values.
  expect((await world.customer(customerId)).pushes).toHaveLength(1)
})

test('while it cannot be fetched an event waits, and is done once it can', async () => {
  const { customerId, stripeId } = await linked()
  await edit(stripeId, { name: 'edited' })
  await rename(customerId, 'Ada L.')
  const fault = world.sandbox.faults.add({
    path: '/v2/core/events/{id}',
    action: { kind: 'status', status: 503 },
  })
  await world.deliver()
  await world.work()
  expect(await world.store.waitingStripeEvents(tenantId, stripeId, 10)).not.toHaveLength(0)
  world.sandbox.faults.remove(fault.id)
  await world.settle()
  expect(await world.store.waitingStripeEvents(tenantId, stripeId, 10)).toHaveLength(0)
  expect((await world.customer(customerId)).conflicts).toMatchObject([{ by: 'overwritten', lost: 'edited' }])
})

test('a key that may not read events pauses its tenant, and says which right it lacks', async () => {
  const { customerId } = await linked()
  await rename(customerId, 'Ada L.')
  world.sandbox.faults.add({
    path: '/v2/core/events/{id}',
    action: { kind: 'status', status: 403, code: 'permission_denied' },
  })
  await world.deliver()
  await world.work()
  const tenant = await world.store.readTenant(tenantId)
  expect(tenant?.paused_outbound).toMatchObject({ reason: 'key_refused' })
  expect(tenant?.paused_outbound?.detail).toContain('GET /v2/core/events/{id}')
})
