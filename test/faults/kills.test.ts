// A worker dies by kill -9 while its call to Stripe is on the way: another one goes on, and whatever Stripe did before
// nobody heard of it is done once (G1, G2, G11). Deaths of every kind of process under load: rounds.test.ts.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Member, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { everCreated } from './support/at-stripe.ts'
import { openWitness, type Witness } from './support/witness.ts'

let stack: Stack
let witness: Witness
beforeAll(async () => {
  stack = await startStack({ workers: 2, sandbox: { latency: '20-60' } })
  witness = openWitness(stack, 'kills')
})
afterEach(() => {
  stack.sandbox.faults.remove()
})
afterAll(() => stack.close())

/** These workers run, the others are dead. */
async function running(...indexes: number[]): Promise<void> {
  await Promise.all(
    stack.workers.map(async (each: Member, index) => {
      if (!indexes.includes(index)) await each.kill()
      else if (!each.alive()) await each.start()
    }),
  )
}

test('work of a worker that was killed is taken over by another one', async () => {
  await running(0)
  // Longer than any recovery, shorter than the client's own patience: only the other worker can have done it.
  stack.sandbox.faults.add({
    method: 'POST',
    path: '/v1/customers',
    nth: [1],
    action: { kind: 'delay', ms: 18_000 },
  })
  const [id = ''] = await witness.create(1)
  const document = () => stack.store.readCustomer({ tenantId: 'default', customerId: id })
  await until('its call is on the way', async () => (await document())?.intent)
  await running(0, 1)
  await running(1)
  const killedAt = Date.now()
  await until('the other one has done it', async () => (await document())?.stripe_id)
  process.stdout.write(`recovery after kill -9 of the busy worker: ${Date.now() - killedAt} ms\n`)
  await witness.sound()
})

test('a worker killed between Stripe’s effect and its answer leaves one Stripe customer, heard of or not', async () => {
  await running(1)
  // Of one of the two no event ever comes, from the event list neither: only the repeated call can tell.
  const unread = stack.sandbox.faults.add({
    path: '/v1/events',
    action: { kind: 'status', status: 503 },
  })
  stack.sandbox.faults.add({
    event_type: 'customer.created',
    nth: [1],
    action: { kind: 'drop', retry: false },
  })
  // Their answers are still on the way when the worker dies.
  stack.sandbox.faults.add({
    method: 'POST',
    path: '/v1/customers',
    times: 2,
    action: { kind: 'delay', when: 'after', ms: 18_000 },
  })
  const ids = await witness.create(2)
  for (const id of ids) await until('Stripe has it', async () => (await everCreated(stack, id)).length > 0)
  await running()
  const found = await stack.store.scanCustomers('default', null, 100)
  expect(found.filter(({ _id, intent }) => ids.includes(_id) && intent).length).toBeGreaterThan(0)
  await running(1)
  for (const id of ids)
    await until('it is linked', async () => {
      const doc = await stack.store.readCustomer({ tenantId: 'default', customerId: id })
      return doc?.stripe_id
    })
  // From here on the list may be read: the judgement asks that every event was taken in.
  stack.sandbox.faults.remove(unread.id)
  await witness.sound()
  for (const id of ids) expect(await everCreated(stack, id)).toHaveLength(1)
})
