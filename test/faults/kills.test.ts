// Processes die by kill -9 in the middle of their work: what was acknowledged is applied exactly once, each customer has
// one Stripe customer, and another process goes on (G1, G2, G3, G7, G11).

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Member, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { everCreated } from './support/at-stripe.ts'
import { allAppliedAndEqual, allCustomers } from './support/both-sides.ts'
import { creates, idsOf, insistAll, strikes, updates } from './support/callers.ts'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ gateways: 2, workers: 2, sandbox: { latency: '20-60' } })
})
afterEach(() => {
  stack.sandbox.faults.remove()
})
afterAll(() => stack.close())

function member(of: Member[], index: number): Member {
  const found = of[index]
  if (!found) throw new Error(`no member ${index}`)
  return found
}
const worker = (index: number) => member(stack.workers, index)
const gateway = (index: number) => member(stack.gateways, index)

/** These workers run, the others are dead. */
async function running(...indexes: number[]): Promise<void> {
  await Promise.all(
    stack.workers.map(async (each, index) => {
      if (!indexes.includes(index)) await each.kill()
      else if (!each.alive()) await each.start()
    }),
  )
}

/** Creates, then an update of each; answers all writes. */
async function burst(prefix: string, customers: number, told: (acknowledged: number) => void) {
  const made = creates(prefix, customers)
  const ids = idsOf(await insistAll(stack, made, { told }))
  const changed = updates(`${prefix}-changed`, ids)
  await insistAll(stack, changed, { told: (n) => told(customers + n) })
  return [...made, ...changed]
}

test('workers killed in the middle of a burst lose and double nothing', async () => {
  await running(0, 1)
  const kills = strikes({
    12: () => worker(0).kill(),
    24: () => worker(0).start(),
    28: () => worker(1).kill(),
  })
  const writes = await burst('worker', 20, kills.told)
  await kills.over()
  await allAppliedAndEqual(stack, writes)
})

test('the only worker, killed in the middle of a burst and started again, goes on where it was', async () => {
  await running(0)
  const kills = strikes({ 10: () => worker(0).kill() })
  const writes = await burst('alone', 12, kills.told)
  await kills.over()
  await running(0)
  await allAppliedAndEqual(stack, writes)
})

test('callers of a killed gateway repeat their keys, and every write is applied exactly once', async () => {
  await running(0)
  let unanswered = 0
  const killed = (index: number) => async () => {
    await gateway(index).kill()
    await gateway(index).start()
  }
  const kills = strikes({ 6: killed(0), 16: killed(1) })
  const writes = creates('gateway', 24)
  await insistAll(stack, writes, {
    gateway: (attempt) => attempt % 2,
    told: kills.told,
    refused: (answer) => {
      // No answer, or one that says "later": never a refusal of the write.
      if (answer) expect(answer.status).toBe(503)
      unanswered++
    },
  })
  await kills.over()
  expect(unanswered).toBeGreaterThan(0)
  await allAppliedAndEqual(stack, writes)
})

test('work of a worker that was killed is taken over by another one', async () => {
  await running(0)
  // Longer than any recovery, shorter than the client's own patience: only the other worker can have done it.
  stack.sandbox.faults.add({
    method: 'POST',
    path: '/v1/customers',
    nth: [1],
    action: { kind: 'delay', ms: 18_000 },
  })
  const writes = creates('taken-over', 1)
  const [id = ''] = idsOf(await insistAll(stack, writes))
  const document = () => stack.store.readCustomer({ tenantId: 'default', customerId: id })
  await until('its call is on the way', async () => (await document())?.intent)
  await running(0, 1)
  await running(1)
  const killedAt = Date.now()
  await until('the other one has done it', async () => (await document())?.stripe_id)
  process.stdout.write(`recovery after kill -9 of the busy worker: ${Date.now() - killedAt} ms\n`)
  await allAppliedAndEqual(stack, writes)
  expect(await everCreated(stack, id)).toHaveLength(1)
})

test('a worker killed between Stripe’s effect and its answer leaves one Stripe customer, heard of or not', async () => {
  await running(1)
  // Of one of the two no event ever comes, from the event list neither: only the repeated call can tell.
  stack.sandbox.faults.add({ path: '/v1/events', action: { kind: 'status', status: 503 } })
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
  const writes = creates('between', 2)
  const ids = idsOf(await insistAll(stack, writes))
  for (const id of ids) await until('Stripe has it', async () => (await everCreated(stack, id)).length > 0)
  await running()
  const found = await allCustomers(stack)
  expect(found.filter(({ _id, intent }) => ids.includes(_id) && intent).length).toBeGreaterThan(0)
  await running(1)
  await allAppliedAndEqual(stack, writes)
  for (const id of ids) expect(await everCreated(stack, id)).toHaveLength(1)
})
