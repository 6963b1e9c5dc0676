// One Stripe customer per customer and link generation, whatever happens to the create on its way (G2, PROTOCOL section 5
// and counterexamples 9 to 13, 30): on a clock that only moves when told to, so that a day passes in a moment.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { syncState } from '@lockstep/domain/customer/view'
import { openWorld, tenantId, type World } from '../support/world.ts'

const hourMs = 3_600_000

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

/** Accepts a create and works until it has met these faults, one a call. */
async function wanted(faults: readonly object[]): Promise<string> {
  for (const action of faults) {
    world.sandbox.faults.add({ method: 'POST', path: '/v1/customers', times: 1, action })
  }
  const body = { kind: 'create', key: 'ada', input: { name: 'Ada', description: 'first' } } as const
  const { customerId } = await world.accept(body)
  await world.work()
  return customerId
}

/** As `wanted`, and still in doubt: the look-up was not answered. */
async function inDoubt(fault: object): Promise<string> {
  world.sandbox.faults.add({ method: 'GET', path: '/v1/events', times: 1, action: busy })
  const id = await wanted([fault])
  expect((await world.customer(id)).intent?.doubt_since).not.toBeNull()
  return id
}

/** Lets time pass while no Stripe event ever comes: only our own calls can tell. */
async function unheard(ms: number): Promise<void> {
  for (let past = 0; past < ms; past += hourMs / 12) {
    await world.pass(hourMs / 12)
    await world.work()
  }
}

function creates() {
  return world.sandbox.requests().filter(({ method, path }) => method === 'POST' && path === '/v1/customers')
}

/** Ids of all customers that Stripe ever made, deleted ones included. */
async function everMade(): Promise<unknown[]> {
  const { data } = await world.dashboard('GET', '/v1/events?type=customer.created&limit=100')
  return Array.isArray(data) ? data.map((event) => event.data.object.id) : []
}

async function isTheOnlyOne(customerId: string): Promise<void> {
  const doc = await world.customer(customerId)
  expect(await everMade()).toEqual([doc.stripe_id])
  expect(syncState(doc, 'flows')).toBe('synced')
  expect(await world.dashboard('GET', `/v1/customers/${doc.stripe_id}`)).toMatchObject({
    name: 'Ada',
    metadata: { lockstep_id: customerId },
  })
}

const busy = { kind: 'status', status: 503, when: 'before' }
const stored500 = { kind: 'server_error', when: 'after' }
const cutBefore = { kind: 'cut', when: 'before' }
/** The client repeats a cut call once by itself; that is cut as well. */
const unanswered = { after: [{ kind: 'cut', when: 'after' }, cutBefore], before: [cutBefore, cutBefore] }
const five = (fault: object) => [fault, fault, fault, fault, fault]

const troubles: [name: string, faults: object[]][] = [
  ['a 500 after its effect', [stored500]],
  ['a 500 before any effect', [{ kind: 'server_error', when: 'before' }]],
  ['a 500 that takes effect later', [{ kind: 'server_error', when: 'before', roll_forward_ms: hourMs / 2 }]],
  ['a connection cut after its effect', unanswered.after],
  ['a connection cut before any effect', unanswered.before],
  ['a 503 after its effect', [{ ...busy, when: 'after' }]],
  ['a 503 before any effect', [busy]],
  ['409s: its key is in flight', five({ kind: 'conflict' })],
  ['429s', five({ kind: 'rate_limit', reason: 'global-rate' })],
  ['held locks', five({ kind: 'lock_timeout' })],
]

describe.each(troubles)('a create that meets %s', (_, faults) => {
  test('is made once, also where no event ever tells of it', async () => {
    const id = await wanted(faults)
    await unheard(3 * hourMs)
    await isTheOnlyOne(id)
    await world.settle()
    await isTheOnlyOne(id)
  })

  test('is made once where Stripe’s events come', async () => {
    const id = await wanted(faults)
    await world.settle()
    await world.pass(2 * hourMs)
    await world.settle()
    await isTheOnlyOne(id)
  })
})

describe('a create in doubt', () => {
  test('is called again only under a new key, and not before an hour has passed', async () => {
    const id = await wanted([{ kind: 'server_error', when: 'before' }])
    await unheard(hourMs / 2)
    expect(creates()).toHaveLength(1)
    await unheard(hourMs)
    await isTheOnlyOne(id)
    expect(new Set(creates().map((call) => call.idempotency_key)).size).toBe(2)
  })

  test('is found by its key where somebody stripped our mark at the dashboard', async () => {
    const id = await inDoubt(stored500)
    const [stripeId] = await everMade()
    await world.dashboard('POST', `/v1/customers/${String(stripeId)}`, { 'metadata[lockstep_id]': '' })
    await unheard(2 * hourMs)
    await isTheOnlyOne(id)
  })

  test('is found where somebody deleted it: archived here, and made anew only when wanted again', async () => {
    const id = await inDoubt(stored500)
    const [stripeId] = await everMade()
    await world.dashboard('DELETE', `/v1/customers/${String(stripeId)}`)
    await unheard(2 * hourMs)
    expect(await world.customer(id)).toMatchObject({ state: 'archived', former_stripe_ids: [stripeId] })
    await world.settle()
    expect(await everMade()).toEqual([stripeId])
    await world.accept({ kind: 'unarchive' }, id)
    await world.settle()
    const { stripe_id: second, gen } = await world.customer(id)
    expect(gen).toBe(2)
    expect(await everMade()).toEqual([second, stripeId])
  })
})

test.each([
  ['took effect', 'after'],
  ['never took effect', 'before'],
] as const)(
  'a create that %s and whose process slept for 25 hours is made once, though Stripe forgot its key',
  async (_, when) => {
    const id = await wanted(unanswered[when])
    expect((await world.customer(id)).stripe_id).toBeUndefined()
    const sent = new Set(creates().map((call) => call.idempotency_key))
    world.restart()
    await world.sandbox.clock.advance(25 * hourMs)
    const before = creates().length
    await unheard(3 * hourMs)
    await isTheOnlyOne(id)
    const again = creates().slice(before)
    expect(again).toHaveLength(when === 'after' ? 0 : 1)
    expect(again.filter((call) => sent.has(call.idempotency_key))).toEqual([])
  },
)

describe('a twin: our mark was stripped before our create was answered, and an edit arrived first', () => {
  /** The create took effect unanswered; the only event that comes is one that names nobody. */
  async function twinOf(): Promise<{ id: string; twin: string; stripeId: string }> {
    const id = await wanted(unanswered.after)
    const stripeId = String((await everMade())[0])
    await world.dashboard('POST', `/v1/customers/${stripeId}`, { 'metadata[lockstep_id]': '' })
    await world.dashboard('POST', `/v1/customers/${stripeId}`, { description: 'edited' })
    await world.deliver((events) => events.slice(-1))
    await world.work()
    const twin = await world.store.findByStripeId(tenantId, stripeId)
    if (!twin) throw new Error('no twin was made')
    expect(twin._id).not.toBe(id)
    return { id, twin: twin._id, stripeId }
  }

  test('is absorbed, and the edit is kept', async () => {
    const { id, twin, stripeId } = await twinOf()
    await world.settle()
    await isTheOnlyOne(id)
    expect(await world.customer(id)).toMatchObject({ stripe_id: stripeId })
    expect((await world.customer(id)).desired).toContainEqual({ k: 'description', v: 'edited' })
    expect((await world.customer(twin)).tombstone).toMatchObject({ merged_into: id })
  })

  test('is left alone once callers have touched it: the create is parked, and nothing is made twice', async () => {
    const { id, twin, stripeId } = await twinOf()
    await world.accept({ kind: 'update', input: { name: 'Mine now' } }, twin)
    await world.settle()
    expect((await world.customer(id)).parked).toMatchObject({ code: 'duplicate' })
    expect(await world.customer(twin)).toMatchObject({ stripe_id: stripeId, tombstone: null })
    expect(await everMade()).toEqual([stripeId])
  })
})
