// The end of a customer: deleted at Stripe, a tombstone here that nothing revives, and, where asked for, nothing of the person
// left in any record (PROTOCOL sections 1, 4 and 7; counterexample 28).

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OperationBody } from '@lockstep/domain/operation/operation'
import { openWorld, tenantId, type World } from '../support/world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const person = { name: 'Ada Lovelace', email: 'ada@example.com', metadata: [{ k: 'secret', v: 'Byron' }] }
const purge: OperationBody = { kind: 'purge', erase: false }
const erase: OperationBody = { kind: 'purge', erase: true }

async function archived(): Promise<{ customerId: string; stripeId: string }> {
  const { customerId } = await world.accept({ kind: 'create', key: 'ada', input: person })
  await world.settle()
  await ask({ kind: 'archive' }, customerId)
  await world.settle()
  return { customerId, stripeId: (await world.customer(customerId)).stripe_id ?? '' }
}

async function ask(body: OperationBody, customerId: string): Promise<string> {
  return (await world.accept(body, customerId)).operationId
}
const outcome = (id: string) => world.store.readOperation(tenantId, id)
const shown = (stripeId: string) => world.dashboard('GET', `/v1/customers/${stripeId}`)
const deletes = () => world.sandbox.requests().filter(({ method }) => method === 'DELETE').length

test('a purge deletes at Stripe and leaves a tombstone with nothing of the customer in it', async () => {
  const { customerId, stripeId } = await archived()
  const id = await ask(purge, customerId)
  await world.settle()
  expect(await shown(stripeId)).toMatchObject({ deleted: true })
  const doc = await world.customer(customerId)
  expect(doc).toMatchObject({
    tombstone: { merged_into: null },
    former_stripe_ids: [stripeId],
    desired: [],
    observed: [],
    applied: [],
    outbox: [],
  })
  expect(JSON.stringify(doc)).not.toMatch(/Ada|Byron|ada@/)
  expect(await outcome(id)).toMatchObject({ status: 'applied' })
  expect((await world.store.readEvents(tenantId, 0, 100)).map(({ type }) => type)).toContain(
    'customer.purged',
  )
})

test('key and e-mail are free for others from then on', async () => {
  const { customerId } = await archived()
  await ask(purge, customerId)
  await world.settle()
  const second = await world.accept({ kind: 'create', key: 'ada', input: person })
  await world.settle()
  expect(await outcome(second.operationId)).toMatchObject({ status: 'applied' })
  expect(await world.customer(second.customerId)).toMatchObject({
    key: 'ada',
    email_claim: 'ada@example.com',
  })
})

test.each(['active', 'suspended'] as const)('a customer that is %s is not purged', async (state) => {
  const { customerId } = await world.accept({ kind: 'create', key: 'k', input: person })
  await world.settle()
  if (state === 'suspended')
    await world.store.replaceCustomer({ ...(await world.customer(customerId)), state })
  const id = await ask(purge, customerId)
  await world.settle()
  expect(await outcome(id)).toMatchObject({ status: 'rejected', outcome: { code: 'not_allowed_in_state' } })
})

test('one that never had a Stripe customer becomes a tombstone without a call', async () => {
  const { customerId, stripeId } = await archived()
  await world.dashboard('DELETE', `/v1/customers/${stripeId}`)
  await world.settle()
  const before = deletes()
  await ask(purge, customerId)
  await world.settle()
  expect((await world.customer(customerId)).tombstone).not.toBeNull()
  expect(deletes()).toBe(before)
})

test('a create under way is resolved first: what it made is deleted', async () => {
  const { customerId } = await world.accept({ kind: 'create', key: 'k', input: person })
  world.sandbox.faults.add({
    method: 'POST',
    path: '/v1/customers',
    nth: 1,
    action: { kind: 'cut', when: 'after' },
  })
  await world.work()
  await ask({ kind: 'archive' }, customerId)
  await ask(purge, customerId)
  await world.settle()
  const listed = await world.dashboard('GET', '/v1/customers')
  expect(listed['data']).toEqual([])
  expect((await world.customer(customerId)).tombstone).not.toBeNull()
})

describe('where the answer to the delete is not known', () => {
  test.each([
    ['it is lost after the effect', { kind: 'cut', when: 'after' }],
    ['it is lost before it', { kind: 'cut', when: 'before' }],
    ['it is a 500 that hides the effect', { kind: 'server_error', when: 'after' }],
    ['it is a 500 without effect', { kind: 'server_error', when: 'before' }],
  ] as const)('%s: the customer is gone on both sides', async (_name, action) => {
    const { customerId, stripeId } = await archived()
    world.sandbox.faults.add({ method: 'DELETE', nth: 1, action })
    await ask(purge, customerId)
    await world.settle()
    expect(await shown(stripeId)).toMatchObject({ deleted: true })
    expect((await world.customer(customerId)).tombstone).not.toBeNull()
  })
})

test('no late operation and no late event revives it', async () => {
  const { customerId, stripeId } = await archived()
  await ask(purge, customerId)
  const late = await ask({ kind: 'unarchive' }, customerId)
  await world.settle()
  const later = await ask({ kind: 'restore' }, customerId)
  await world.deliver()
  await world.settle()
  expect(await outcome(late)).toMatchObject({ status: 'rejected' })
  expect(await outcome(later)).toMatchObject({ status: 'rejected', outcome: { code: 'not_found' } })
  expect((await world.customer(customerId)).tombstone).not.toBeNull()
  expect(await world.store.findByStripeId(tenantId, stripeId)).toBeNull()
  expect(await world.store.scanCustomers(tenantId, null, 10)).toHaveLength(1)
})

test('a command that waits behind a create under way is cancelled by the purge', async () => {
  const { customerId } = await world.accept({ kind: 'create', key: 'k', input: person })
  world.sandbox.faults.add({ method: 'POST', path: '/v1/customers', nth: 1, action: { kind: 'conflict' } })
  await world.work()
  const credit = await ask({ kind: 'credit', amount: -1, currency: 'eur', reason: null }, customerId)
  await ask({ kind: 'archive' }, customerId)
  await ask(purge, customerId)
  await world.settle()
  expect(await outcome(credit)).toMatchObject({ status: 'rejected', outcome: { code: 'cancelled' } })
  expect((await world.customer(customerId)).tombstone).not.toBeNull()
})

describe('an erasure', () => {
  test('leaves nothing of the person in any record, and each record in its place', async () => {
    const { customerId } = await archived()
    const note = await ask(
      { kind: 'update', input: { metadata: [{ k: 'note', v: 'Menabrea' }] } },
      customerId,
    )
    await world.settle()
    const events = (await world.store.readEvents(tenantId, 0, 100)).length
    await ask(erase, customerId)
    await world.settle()
    const doc = await world.customer(customerId)
    expect(doc.tombstone).toMatchObject({ erased: true })
    const log = await world.store.readEvents(tenantId, 0, 100)
    expect(log.length).toBeGreaterThan(events)
    const everything = JSON.stringify([doc, log, await outcome(note)])
    expect(everything).not.toMatch(/Ada|Lovelace|Byron|Menabrea|ada@/)
    expect(await outcome(note)).toMatchObject({ status: 'applied', body: { kind: 'update', input: {} } })
  })

  test('an operation that comes late is refused, and leaves nothing behind either', async () => {
    const { customerId } = await archived()
    await ask(erase, customerId)
    await world.settle()
    const late = await ask({ kind: 'update', input: { name: 'Ada again' } }, customerId)
    await world.settle()
    expect(await outcome(late)).toMatchObject({ status: 'rejected', body: { kind: 'update', input: {} } })
  })
})
