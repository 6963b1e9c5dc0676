// A Stripe customer that a caller names is looked at before it is linked: it is there, alive, and nobody else's. Whatever dies
// on the way, the operation ends once, and no second customer is made at Stripe (G2).

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OperationBody } from '@lockstep/domain/operation/operation'
import { Crash, type Killer, openWorld, tenantId, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

/** A customer that was made at Stripe before anybody here heard of it: its event is never delivered. */
async function atStripe(form: Record<string, string> = {}): Promise<string> {
  const { id } = await world.dashboard('POST', '/v1/customers', { name: 'Ada', description: 'old', ...form })
  return String(id)
}
const outcome = (id: string) => world.store.readOperation(tenantId, id)
const shown = (stripeId: string) => world.dashboard('GET', `/v1/customers/${stripeId}`)
const creates = () =>
  world.sandbox.requests().filter(({ method, path }) => method === 'POST' && path === '/v1/customers').length
const naming = (external_billing_id: string, fields = {}): OperationBody => ({
  kind: 'create',
  key: 'ada',
  input: { email: 'ada@example.com', ...fields },
  external_billing_id,
})
/** Works and sweeps, with no word from Stripe. */
async function workOff(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await world.work()
    await world.pass(60_000)
  }
}

describe('a create that names a Stripe customer', () => {
  test('links it, makes none, and both sides take what the other had', async () => {
    const stripeId = await atStripe()
    const made = creates()
    const { customerId, operationId } = await world.accept(naming(stripeId, { phone: '+4930123456' }))
    await workOff()
    expect(await outcome(operationId)).toMatchObject({ status: 'applied' })
    const doc = await world.customer(customerId)
    expect(doc).toMatchObject({ stripe_id: stripeId, gen: 1 })
    expect('link' in doc).toBe(false)
    expect(doc.desired).toEqual(
      expect.arrayContaining([
        { k: 'description', v: 'old' },
        { k: 'name', v: 'Ada' },
      ]),
    )
    expect(await shown(stripeId)).toMatchObject({
      email: 'ada@example.com',
      phone: '+4930123456',
      metadata: { lockstep_id: customerId },
    })
    expect(creates()).toBe(made)
    await world.settle()
    expect(await world.customer(customerId)).toMatchObject({ stripe_id: stripeId })
  })

  test('answers with the customer as it is once linked', async () => {
    const stripeId = await atStripe()
    const { operationId } = await world.accept(naming(stripeId))
    await workOff()
    const { outcome: told } = (await outcome(operationId)) ?? {}
    expect(JSON.parse(told?.customer ?? '{}')).toMatchObject({ key: 'ada', external_billing_id: stripeId })
  })

  test.each([
    ['that is not there', async () => 'cus_never'],
    [
      'that is deleted',
      async () => {
        const id = await atStripe()
        await world.dashboard('DELETE', `/v1/customers/${id}`)
        return id
      },
    ],
  ])('%s is refused, and leaves nobody', async (_, name) => {
    const stripeId = await name()
    const made = creates()
    const { customerId, operationId } = await world.accept(naming(stripeId))
    await workOff()
    expect(await outcome(operationId)).toMatchObject({
      status: 'rejected',
      outcome: { code: 'no_such_stripe_customer', customer: null },
    })
    expect((await world.customer(customerId)).tombstone).not.toBeNull()
    expect(creates()).toBe(made)
    // Key and e-mail are free again.
    const second = await world.accept({
      ...naming(stripeId),
      key: 'ada',
      external_billing_id: await atStripe(),
    } as OperationBody)
    await workOff()
    expect(await outcome(second.operationId)).toMatchObject({ status: 'applied' })
  })

  test('that another customer has is refused', async () => {
    const stripeId = await atStripe()
    await world.accept(naming(stripeId))
    await workOff()
    const second = await world.accept({
      kind: 'create',
      key: 'eve',
      input: {},
      external_billing_id: stripeId,
    })
    await workOff()
    expect(await outcome(second.operationId)).toMatchObject({
      status: 'rejected',
      outcome: { code: 'external_billing_id_taken' },
    })
    expect(await world.store.findByStripeId(tenantId, stripeId)).toMatchObject({ key: 'ada' })
  })

  test('that came in by an event alone takes over from it', async () => {
    const stripeId = await atStripe()
    await world.settle()
    const twin = await world.store.findByStripeId(tenantId, stripeId)
    const { customerId, operationId } = await world.accept(naming(stripeId))
    await world.settle()
    expect(await outcome(operationId)).toMatchObject({ status: 'applied' })
    expect(await world.store.findByStripeId(tenantId, stripeId)).toMatchObject({ _id: customerId })
    expect(await world.customer(twin?._id ?? '')).toMatchObject({ tombstone: { merged_into: customerId } })
  })

  test('that a create of another customer has just made is refused', async () => {
    const other = await world.accept({ kind: 'create', key: 'other', input: { name: 'Other' } })
    const stripeId = await atStripe({ 'metadata[lockstep_id]': other.customerId })
    const { operationId } = await world.accept(naming(stripeId))
    await workOff()
    expect(await outcome(operationId)).toMatchObject({ outcome: { code: 'external_billing_id_taken' } })
  })
})

describe('an update that names a Stripe customer', () => {
  const link = (external_billing_id: string, more = {}): OperationBody => ({
    kind: 'update',
    input: {},
    external_billing_id,
    ...more,
  })

  test('links one that is active and has none yet', async () => {
    const stripeId = await atStripe()
    const { customerId } = await world.accept({ kind: 'create', key: 'ada', input: { name: 'Ada' } })
    const { operationId } = await world.accept(link(stripeId), customerId)
    await workOff()
    expect(await outcome(operationId)).toMatchObject({ status: 'applied' })
    expect(await world.customer(customerId)).toMatchObject({ stripe_id: stripeId })
  })

  test('is refused with other fields beside it, and where another link is under way', async () => {
    const { customerId } = await world.accept({ kind: 'create', key: 'ada', input: { name: 'Ada' } })
    const both = await world.accept(link('cus_1', { input: { name: 'Eve' } }), customerId)
    await world.accept(link(await atStripe()), customerId)
    const second = await world.accept(link('cus_2'), customerId)
    await workOff()
    expect(await outcome(both.operationId)).toMatchObject({ outcome: { code: 'link_goes_alone' } })
    expect(await outcome(second.operationId)).toMatchObject({ outcome: { code: 'link_under_way' } })
  })

  describe('where there is one', () => {
    let customerId = ''
    let first = ''
    beforeEach(async () => {
      const made = await world.accept({ kind: 'create', key: 'ada', input: { name: 'Ada' } })
      await world.settle()
      customerId = made.customerId
      first = (await world.customer(customerId)).stripe_id ?? ''
    })

    test('asks for nothing if it is the same', async () => {
      const { operationId } = await world.accept(link(first, { input: { name: 'Eve' } }), customerId)
      await world.settle()
      expect(await outcome(operationId)).toMatchObject({ status: 'applied' })
      expect(await shown(first)).toMatchObject({ name: 'Eve' })
    })

    test('is forbidden to whoever may not change links', async () => {
      const { operationId } = await world.accept(link(await atStripe()), customerId)
      await world.settle()
      expect(await outcome(operationId)).toMatchObject({ status: 'rejected', outcome: { code: 'forbidden' } })
      expect(await world.customer(customerId)).toMatchObject({ stripe_id: first })
    })

    test('puts another in its place for whoever may, and leaves the former one alone', async () => {
      const stripeId = await atStripe({ name: 'Somebody' })
      const { operationId } = await world.accept(link(stripeId, { relink: true }), customerId)
      await world.settle()
      expect(await outcome(operationId)).toMatchObject({ status: 'applied' })
      expect(await world.customer(customerId)).toMatchObject({
        stripe_id: stripeId,
        former_stripe_ids: [first],
        gen: 2,
        state: 'active',
      })
      // Both sides had a name: ours won, on record.
      expect(await shown(stripeId)).toMatchObject({ name: 'Ada', metadata: { lockstep_id: customerId } })
      await world.dashboard('POST', `/v1/customers/${first}`, { name: 'left behind' })
      await world.settle()
      expect(await world.store.findByStripeId(tenantId, first)).toBeNull()
      expect(await shown(first)).toMatchObject({ name: 'left behind' })
    })

    test('keeps the present one if the other is not there', async () => {
      const { operationId } = await world.accept(link('cus_never', { relink: true }), customerId)
      await world.settle()
      expect(await outcome(operationId)).toMatchObject({ outcome: { code: 'no_such_stripe_customer' } })
      expect(await world.customer(customerId)).toMatchObject({ stripe_id: first, state: 'active' })
    })

    test.each(['archive', 'delete'] as const)('is refused after %s', async (kind) => {
      await world.accept({ kind }, customerId)
      const { operationId } = await world.accept(link(await atStripe(), { relink: true }), customerId)
      await world.settle()
      expect(await outcome(operationId)).toMatchObject({ outcome: { code: 'not_allowed_in_state' } })
    })
  })
})

test('a purge that comes first cancels the link', async () => {
  const { customerId } = await world.accept({ kind: 'create', key: 'ada', input: {} })
  const link: OperationBody = { kind: 'update', input: {}, external_billing_id: await atStripe() }
  const asked = await world.accept(link, customerId)
  await world.accept({ kind: 'archive' }, customerId)
  const purge = await world.accept({ kind: 'purge', erase: false }, customerId)
  await workOff()
  expect(await outcome(asked.operationId)).toMatchObject({ outcome: { code: 'cancelled' } })
  expect(await outcome(purge.operationId)).toMatchObject({ status: 'applied' })
})

/** Tells the story of one link, the process dying where the killer says; answers how many port calls it made. */
async function linkedOnce(killer: Killer, where: string): Promise<number> {
  await world.close()
  world = await openWorld()
  const stripeId = await atStripe()
  const before = creates()
  let calls = 0
  let crashed = false
  world.restart((call) => {
    calls = Math.max(calls, call.number)
    crashed ||= killer(call)
    return crashed
  })
  const { customerId, operationId } = await world.accept(naming(stripeId))
  await workOff().catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error
  })
  const made = calls
  world.restart()
  await world.settle()
  expect(await outcome(operationId), where).toMatchObject({ status: 'applied' })
  expect(await world.customer(customerId), where).toMatchObject({ stripe_id: stripeId, gen: 1 })
  expect(creates(), where).toBe(before)
  return made
}

test('a process that dies at any call on the way links once', { timeout: 120_000 }, async () => {
  const calls = await linkedOnce(() => false, 'alive')
  expect(calls).toBeGreaterThan(15)
  for (let number = 1; number <= calls; number++)
    for (const moment of ['before', 'after'] as const)
      await linkedOnce((call) => call.number === number && call.moment === moment, `${moment} call ${number}`)
})
