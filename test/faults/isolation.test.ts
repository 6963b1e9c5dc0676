// One customer's trouble is its own: calls of it that hang delay nobody, and a job that seems to kill its worker runs
// alone from its third stall on, without being given up (G9, G11).

import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { api } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { answeredCalls, everCreated } from './support/at-stripe.ts'
import { openWitness, type Witness } from './support/witness.ts'

/** As many deaths until isolation. */
const deaths = 3

let stack: Stack
let witness: Witness

beforeAll(async () => {
  // One place more than the customer in trouble may take.
  stack = await startStack({ workerEnv: { SYNC_CONCURRENCY: '2' } })
  witness = openWitness(stack, 'isolation')
})
afterAll(() => stack.close())

/** A customer of which a call hangs, for longer than any test. */
async function inTrouble() {
  const [pair] = await witness.pairs(1)
  const id = pair?.id ?? ''
  const path = `/v1/customers/${pair?.stripeId}`
  const { faults } = stack.sandbox
  const fault = faults.add({ method: 'POST', path, action: { kind: 'delay', ms: 120_000 } })
  const begun = () => faults.list().find((one) => one.id === fault.id)?.applied ?? 0
  await witness.update([id])
  await until('its call hangs', () => begun() === 1)
  return { id, path, begun, heal: () => faults.remove(fault.id) }
}

async function inStep(id: string): Promise<boolean> {
  const { data } = await api(stack, 'GET', `/v1/customers/${id}`)
  return z.object({ state: z.string() }).safeParse(data['sync']).data?.state === 'synced'
}

test('a customer whose calls to Stripe hang delays no other', async () => {
  const suspect = await inTrouble()
  // It is written to all the while, and the others are not in its shadow.
  await witness.update([suspect.id])
  await witness.update([suspect.id])
  const [first = '', ...others] = await witness.create(12)
  await until('the first is in step', () => inStep(first))
  // Beside the one call: had it taken both places, the first would have waited until that was given up.
  expect(suspect.begun()).toBe(1)
  for (const id of others) await until(`${id} is in step`, () => inStep(id))
  await witness.applied()
  expect(answeredCalls(stack, 'POST', suspect.path)).toEqual([])
  suspect.heal()
})

test('a job whose worker died three times runs in isolation, is not parked, and ends well', async () => {
  const suspect = await inTrouble()
  const [worker] = stack.workers
  for (let death = 1; death <= deaths; death++) {
    await until(`its call hangs for the ${death}. time`, () => suspect.begun() === death)
    if (death === deaths) suspect.heal()
    await worker?.kill()
    await worker?.start()
  }
  await witness.sound()
  const connection = new Redis(stack.redis.url, { maxRetriesPerRequest: null })
  const isolation = new Queue('isolation', { connection })
  const jobs = await isolation.getJobs(['completed'])
  expect(new Set(jobs.map(({ data }) => data.subject))).toContain(`c/default/${suspect.id}`)
  const doc = await stack.store.readCustomer({ tenantId: 'default', customerId: suspect.id })
  expect(doc).toMatchObject({ parked: null, tries: 0 })
  expect(await everCreated(stack, suspect.id)).toEqual([doc?.stripe_id])
  await isolation.close()
  connection.disconnect()
})
