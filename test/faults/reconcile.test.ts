// A pass over a tenant finds what neither a webhook nor the event list told, and has it repaired by the ordinary lanes, once
// (G2, G3, G4, G10, G12).

import { openReconciler } from '@lockstep/worker/reconcile/reconciler'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openWorld, tenantId, type World } from '../support/world.ts'
import {
  askRepair,
  callsSince,
  customersInStep,
  expectAgreed,
  lastPass,
  livingAtStripe,
  never,
  stepOn,
  strandedCustomer,
} from './support/passes.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const edit = (stripeId: string, form: Record<string, string>) =>
  world.dashboard('POST', `/v1/customers/${stripeId}`, form)
const create = async (form: Record<string, string>) =>
  String((await world.dashboard('POST', '/v1/customers', form))['id'])
const remove = (stripeId: string) => world.dashboard('DELETE', `/v1/customers/${stripeId}`)

/** Asks for a pass and takes it to its end. */
async function pass() {
  await askRepair(world.ports)
  const outcome = await stepOn(world.ports)
  return { outcome, ...(await lastPass(world)) }
}

describe('what nobody told of', () => {
  test('is found by kind, counted, and put right with at most three calls each', async () => {
    const all = await customersInStep(world, 12)
    for (const { stripeId } of all.slice(0, 2)) await edit(stripeId, { name: 'Edited' })
    for (const { stripeId } of all.slice(2, 4)) await remove(stripeId)
    const extra = await create({ name: 'Extra', email: 'extra@example.com' })
    const double = await create({ name: 'Double', 'metadata[lockstep_id]': all[5]?.id ?? '' })
    const missing = await strandedCustomer(world, 'restored')
    const before = world.sandbox.requests().length
    const { outcome, counts, found } = await pass()
    expect(outcome).toBe('done')
    expect(counts).toMatchObject({ drifted: 2, deleted: 2, extra: 1, duplicated: 1, missing: 1, absent: 0 })
    expect(found).toContainEqual({
      kind: 'drifted',
      customer: all[0]?.id,
      stripe: all[0]?.stripeId,
      fields: ['name'],
    })
    expect(found).toContainEqual({ kind: 'duplicated', customer: all[5]?.id, stripe: double, fields: [] })
    const { 'GET /v1/customers': lists, ...others } = callsSince(world, before)
    expect(lists).toBe(1)
    expect(Object.values(others).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(3 * 7)

    expect((await world.customer(all[0]?.id ?? '')).desired).toContainEqual({ k: 'name', v: 'Edited' })
    expect((await world.customer(all[2]?.id ?? '')).state).toBe('archived')
    expect(await world.store.findByStripeId(tenantId, extra)).not.toBeNull()
    expect((await world.customer(missing)).stripe_id).toBeDefined()
    // It stays for a person to decide: nothing of a double is deleted or linked.
    expect((await world.customer(all[5]?.id ?? '')).stripe_id).toBe(all[5]?.stripeId)
    await remove(double)
    await expectAgreed(world)
  })

  test('is repaired once: the next pass finds nothing and reads nothing but the list', async () => {
    const all = await customersInStep(world, 4)
    await edit(all[0]?.stripeId ?? '', { name: 'Edited' })
    await remove(all[1]?.stripeId ?? '')
    await pass()
    const before = world.sandbox.requests().length
    const { counts } = await pass()
    expect(counts).toMatchObject({
      drifted: 0,
      deleted: 0,
      extra: 0,
      missing: 0,
      under_way: 0,
      here: 4,
      at_stripe: 3,
    })
    expect(callsSince(world, before)).toEqual({ 'GET /v1/customers': 1 })
    // The events of what was repaired come late, and find it done.
    const edits = (await world.customer(all[0]?.id ?? '')).version
    await world.settle()
    expect((await world.customer(all[0]?.id ?? '')).version).toBe(edits)
  })

  test('may be what Stripe alone decides, or a new value of a held field', async () => {
    const [owing, held] = await customersInStep(world, 2)
    await world.accept({ kind: 'update', input: { email: 'not an address' } }, held?.id)
    await world.settle()
    expect((await world.customer(held?.id ?? '')).refused).toMatchObject([{ k: 'email' }])
    await world.dashboard('POST', `/v1/customers/${owing?.stripeId}/balance_transactions`, {
      amount: '-500',
      currency: 'usd',
    })
    await edit(held?.stripeId ?? '', { email: 'new@example.com' })
    const { counts, found } = await pass()
    expect(counts).toMatchObject({ drifted: 2 })
    expect(new Set(found.map(({ fields }) => fields.join(' ')))).toEqual(
      new Set(['balance currency', 'email']),
    )
    expect((await world.customer(owing?.id ?? '')).stripe).toMatchObject({ balance: -500, currency: 'usd' })
    const doc = await world.customer(held?.id ?? '')
    expect(doc.conflicts).toMatchObject([{ k: 'email', lost: 'new@example.com' }])
    expect((await pass()).counts).toMatchObject({ drifted: 0 })
  })

  test('a double is one no more once the first of the two is deleted and ours is linked to it', async () => {
    const [one] = await customersInStep(world, 1)
    const double = await create({ name: 'Double', 'metadata[lockstep_id]': one?.id ?? '' })
    await world.settle()
    expect(await world.customer(one?.id ?? '')).toMatchObject({ duplicate_stripe_ids: [double] })
    await remove(one?.stripeId ?? '')
    await world.settle()
    expect((await pass()).counts).toMatchObject({ extra: 1, duplicated: 0 })
    const doc = await world.customer(one?.id ?? '')
    expect(doc).toMatchObject({ state: 'archived', stripe_id: double })
    expect(doc.duplicate_stripe_ids).toBeUndefined()
    expect(doc.conflicts.filter(({ by }) => by === 'duplicate')).toEqual([])
    await world.accept({ kind: 'unarchive' }, one?.id)
    await world.settle()
    expect(await livingAtStripe(world)).toHaveProperty('size', 1)
    await expectAgreed(world)
  })

  test('a double of a purged customer never comes back, by its events or by a pass', async () => {
    const [one, other] = await customersInStep(world, 2)
    const double = await create({ name: 'Double', 'metadata[lockstep_id]': one?.id ?? '' })
    await world.settle()
    await world.accept({ kind: 'archive' }, one?.id)
    await world.settle()
    const purge = await world.accept({ kind: 'purge', erase: false }, one?.id)
    await world.settle()
    const done = await world.store.readOperation(tenantId, purge.operationId)
    expect(JSON.parse(done?.outcome?.result ?? 'null')).toMatchObject({ left_at_stripe: [double] })
    await edit(double, { name: 'Still there' })
    await world.settle()
    expect((await pass()).counts).toMatchObject({ extra: 0, duplicated: 0, here: 1 })
    const docs = await world.store.scanCustomers(tenantId, null, 10)
    expect(docs.filter(({ tombstone }) => !tombstone).map(({ _id }) => _id)).toEqual([other?.id])
  })

  test('is asked for, never taken from the list: a change after the page was read is what counts', async () => {
    const [one] = await customersInStep(world, 1)
    await edit(one?.stripeId ?? '', { name: 'Listed' })
    const { store } = world.ports
    const ports = {
      ...world.ports,
      store: {
        ...store,
        async findByStripeIds(...query: Parameters<typeof store.findByStripeIds>) {
          await edit(one?.stripeId ?? '', { name: 'Newer' })
          return store.findByStripeIds(...query)
        },
      },
    }
    await askRepair(world.ports)
    expect(await stepOn(ports)).toBe('done')
    expect((await world.customer(one?.id ?? '')).desired).toContainEqual({ k: 'name', v: 'Newer' })
  })

  test('both sides changed one field: the lost value is on record, as ever', async () => {
    const [one] = await customersInStep(world, 1)
    await edit(one?.stripeId ?? '', { name: 'Theirs' })
    await world.accept({ kind: 'update', input: { name: 'Ours' } }, one?.id)
    await world.work()
    await world.deliver()
    await pass()
    await world.settle()
    const doc = await world.customer(one?.id ?? '')
    expect(doc.conflicts).toMatchObject([{ k: 'name', lost: 'Theirs', won: 'Ours' }])
    await expectAgreed(world)
  })

  test('a customer that Stripe does not know in the right account is parked, not made anew', async () => {
    const [one] = await customersInStep(world, 2)
    const doc = await world.customer(one?.id ?? '')
    // As after a database was put back that belongs to another state of the account.
    await world.store.replaceCustomer({ ...doc, stripe_id: 'cus_nobody' })
    const { counts } = await pass()
    expect(counts).toMatchObject({ missing: 1, extra: 0, duplicated: 1, absent: 0 })
    // A 404 may be an old read: it is looked at again before a person is called.
    expect((await world.customer(doc._id)).parked).toBeNull()
    await world.settle()
    expect((await world.customer(doc._id)).parked).toMatchObject({ code: 'missing_at_stripe' })
    expect(await livingAtStripe(world)).toHaveProperty('size', 2)
  })
})

describe('while a pass runs', () => {
  test('what is made, edited and deleted is neither lost nor taken for a difference', async () => {
    const all = await customersInStep(world, 250)
    await askRepair(world.ports)
    const reconciler = openReconciler(world.ports, { everyMs: never })
    expect(await reconciler.step(tenantId)).toBe('more')
    // Newest first: the first ones stand on the pages that are still to come.
    await edit(all[0]?.stripeId ?? '', { name: 'Edited ahead' })
    await remove(all[1]?.stripeId ?? '')
    await edit(all[249]?.stripeId ?? '', { name: 'Edited behind' })
    await remove(all[248]?.stripeId ?? '')
    // The place itself goes.
    const place = (await lastPass(world)).place.after
    await remove(place ?? '')
    await world.accept({ kind: 'create', key: 'new', input: { name: 'New' } })
    await world.work()
    await create({ name: 'New there' })
    while ((await reconciler.step(tenantId)) === 'more');
    const { counts } = await lastPass(world)
    expect(counts).toMatchObject({ drifted: 1, extra: 0, missing: 0, duplicated: 0, absent: 0 })
    expect(counts.deleted).toBeGreaterThanOrEqual(1)
    await world.settle()
    await expectAgreed(world)
  })

  test('pages that end within one second hide nobody and accuse nobody', async () => {
    // The clock stands still: all of them were made in one second.
    const all = await customersInStep(world, 220)
    const gone = [all[3], all[110], all[219]]
    for (const customer of gone) await remove(customer?.stripeId ?? '')
    const before = world.sandbox.requests().length
    const { counts } = await pass()
    expect(counts).toMatchObject({ deleted: 3, absent: 0, missing: 0, pages: 3 })
    expect(callsSince(world, before)).toEqual({ 'GET /v1/customers': 3, 'GET /v1/customers/{id}': 3 })
  })

  test('a second worker leaves it alone, and takes it over once the first one is dead', async () => {
    const all = await customersInStep(world, 120)
    await edit(all[0]?.stripeId ?? '', { name: 'Edited' })
    await askRepair(world.ports)
    const [first, second] = [0, 1].map(() => openReconciler(world.ports, { everyMs: never }))
    expect(await first?.step(tenantId)).toBe('more')
    expect(await second?.step(tenantId)).toBe('elsewhere')
    expect(await first?.step(tenantId)).toBe('more')
    expect(await second?.step(tenantId)).toBe('elsewhere')
    await world.pass(61_000)
    expect(await second?.step(tenantId)).toBe('done')
    expect(await first?.step(tenantId)).toBe('idle')
    expect((await lastPass(world)).counts).toMatchObject({ drifted: 1, pages: 2 })
  })

  test('two workers on one page ask for nobody twice', async () => {
    const all = await customersInStep(world, 6)
    for (const { stripeId } of all) await edit(stripeId, { name: 'Edited' })
    await askRepair(world.ports)
    const before = world.sandbox.requests().length
    const [first, second] = [0, 1].map(() => openReconciler(world.ports, { everyMs: never }))
    // The second takes over while the first is still on its page.
    const { store } = world.ports
    let taken = false
    const slow = openReconciler(
      {
        ...world.ports,
        store: {
          ...store,
          async findByStripeIds(...query: Parameters<typeof store.findByStripeIds>) {
            const docs = await store.findByStripeIds(...query)
            if (!taken) {
              taken = true
              await world.pass(61_000)
              while ((await second?.step(tenantId)) === 'more');
            }
            return docs
          },
        },
      },
      { everyMs: never },
    )
    expect(await slow.step(tenantId)).toBe('elsewhere')
    expect(await first?.step(tenantId)).toBe('idle')
    expect((await lastPass(world)).counts.drifted).toBe(6)
    expect(callsSince(world, before)).toEqual({ 'GET /v1/customers': 2, 'GET /v1/customers/{id}': 6 })
  })

  test('another one that is asked for follows it', async () => {
    await customersInStep(world, 2)
    await askRepair(world.ports)
    const reconciler = openReconciler(world.ports, { everyMs: never })
    await reconciler.step(tenantId)
    const running = (await lastPass(world)).id
    await askRepair(world.ports)
    await askRepair(world.ports)
    expect(await stepOn({ ...world.ports })).toBe('elsewhere')
    while ((await reconciler.step(tenantId)) === 'more');
    expect((await lastPass(world)).id).toBe(running)
    while ((await reconciler.step(tenantId)) === 'more');
    expect((await lastPass(world)).id).not.toBe(running)
    expect(await reconciler.step(tenantId)).toBe('idle')
  })

  test('one begins by itself when its time has come', async () => {
    await customersInStep(world, 1)
    const reconciler = openReconciler(world.ports, { everyMs: 3_600_000 })
    await world.pass(3_600_000)
    while ((await reconciler.step(tenantId)) === 'more');
    expect(await lastPass(world)).toMatchObject({ reason: 'schedule', counts: { here: 1 } })
    expect(await reconciler.step(tenantId)).toBe('idle')
    await world.pass(3_600_000)
    expect(await reconciler.step(tenantId)).toBe('more')
  })
})

describe('in trouble', () => {
  test('a busy or absent Stripe is waited for, and the page is read again', async () => {
    const all = await customersInStep(world, 3)
    await edit(all[0]?.stripeId ?? '', { name: 'Edited' })
    await askRepair(world.ports)
    world.sandbox.faults.add({
      method: 'GET',
      path: '/v1/customers',
      nth: [1],
      action: { kind: 'status', status: 503, when: 'before' },
    })
    expect(await stepOn(world.ports)).toBe('waiting')
    world.sandbox.faults.add({
      method: 'GET',
      path: '/v1/customers/{id}',
      nth: [1],
      action: { kind: 'cut', when: 'before' },
    })
    expect(await stepOn({ ...world.ports })).toBe('elsewhere')
    await world.pass(61_000)
    expect(await stepOn(world.ports)).toBe('done')
    await world.settle()
    await expectAgreed(world)
  })

  test('a tenant that a person paused stands still, and goes on where it was', async () => {
    const all = await customersInStep(world, 120)
    await askRepair(world.ports)
    const reconciler = openReconciler(world.ports, { everyMs: never })
    expect(await reconciler.step(tenantId)).toBe('more')
    const flowing = await world.store.readTenant(tenantId)
    if (!flowing) throw new Error('no tenant')
    const pause = { reason: 'operator', detail: 'a test', at: 0 } as const
    for (const direction of ['paused_inbound', 'paused_outbound'] as const) {
      const now = await world.store.readTenant(tenantId)
      await world.store.replaceTenant({ ...flowing, rev: now?.rev ?? 0, [direction]: pause })
      await world.pass(2_000)
      expect(await reconciler.step(tenantId)).toBe('paused')
    }
    const now = await world.store.readTenant(tenantId)
    await world.store.replaceTenant({ ...flowing, rev: now?.rev ?? 0 })
    await world.pass(2_000)
    while ((await reconciler.step(tenantId)) === 'more');
    expect((await lastPass(world)).counts).toMatchObject({ pages: 2, at_stripe: all.length })
  })

  test('a key that is revoked in the middle pauses the tenant; the pass goes on where it was, and accuses nobody', async () => {
    const all = await customersInStep(world, 120)
    await edit(all[0]?.stripeId ?? '', { name: 'Edited' })
    await askRepair(world.ports)
    const reconciler = openReconciler(world.ports, { everyMs: never })
    expect(await reconciler.step(tenantId)).toBe('more')
    world.sandbox.keys.bind({ key: 'sk_test_world', state: 'revoked' })
    expect(await reconciler.step(tenantId)).toBe('paused')
    const before = world.sandbox.requests().length
    expect(await reconciler.step(tenantId)).toBe('paused')
    expect(world.sandbox.requests().length).toBe(before)
    expect(await world.store.readTenant(tenantId)).toMatchObject({
      paused_outbound: { reason: 'key_refused' },
    })
    world.sandbox.keys.unbind('sk_test_world')
    await resume()
    while ((await reconciler.step(tenantId)) === 'more');
    expect((await lastPass(world)).counts).toMatchObject({ drifted: 1, deleted: 0, missing: 0, pages: 2 })
  })

  test('a key of another account finds nobody missing and nobody extra: the tenant is paused, and nothing is asked for', async () => {
    const all = await customersInStep(world, 3)
    const docs = await world.store.scanCustomers(tenantId, null, 10)
    world.sandbox.keys.bind({ key: 'sk_test_world', account: 'acct_other' })
    // A new process, as after a deployment with the wrong key.
    world.restart()
    await askRepair(world.ports)
    expect(await stepOn(world.ports)).toBe('paused')
    expect(await world.store.readTenant(tenantId)).toMatchObject({
      paused_outbound: { reason: 'wrong_account' },
    })
    expect(await world.store.scanCustomers(tenantId, null, 10)).toEqual(docs)
    expect((await lastPass(world)).counts.pages).toBe(0)
    expect(all).toHaveLength(3)
  })

  test('the account is swapped under a running process: a list of nobody archives nobody', async () => {
    await customersInStep(world, 3)
    await askRepair(world.ports)
    world.sandbox.keys.bind({ key: 'sk_test_world', account: 'acct_other' })
    // Its list is empty, so all are absent; the first look is answered 404, and the account is asked for.
    expect(await stepOn(world.ports)).toBe('paused')
    expect(await world.store.readTenant(tenantId)).toMatchObject({
      paused_outbound: { reason: 'wrong_account' },
    })
    const docs = await world.store.scanCustomers(tenantId, null, 10)
    expect(docs.map(({ state, parked }) => ({ state, parked }))).toEqual(
      docs.map(() => ({ state: 'active', parked: null })),
    )
  })

  test('the brake stops a pass that would archive too many; a person lets it go on', async () => {
    await world.close()
    world = await openWorld({ brake: { share: 0, least: 3 } })
    const all = await customersInStep(world, 8)
    for (const { stripeId } of all.slice(0, 6)) await remove(stripeId)
    await askRepair(world.ports)
    expect(await stepOn(world.ports)).toBe('paused')
    expect(await world.store.readTenant(tenantId)).toMatchObject({ paused_outbound: { reason: 'brake' } })
    const archived = async () =>
      (await world.store.scanCustomers(tenantId, null, 10)).filter(({ state }) => state === 'archived').length
    expect(await archived()).toBe(3)
    expect((await lastPass(world)).ended_at).toBeNull()
    await resume()
    await world.pass(61_000)
    expect(await stepOn(world.ports)).toBe('done')
    // Those that the brake let pass before are counted with the others: each once.
    expect((await lastPass(world)).counts).toMatchObject({ deleted: 6, missing: 0, absent: 0 })
    expect(await archived()).toBe(6)
  })
})

/** As `lockstep resume` does. */
async function resume(): Promise<void> {
  const tenant = await world.store.readTenant(tenantId)
  if (!tenant) throw new Error('no tenant')
  await world.store.replaceTenant({ ...tenant, paused_inbound: null, paused_outbound: null })
  // As long as a process may not know of it.
  await world.pass(2_000)
}
