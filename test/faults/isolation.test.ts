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

/** As often a call about the suspect hangs, for longer than any test: the deaths until isolation. */
const hangs = 3

let stack: Stack
let begun: () => number
let witness: Witness
/** With its path at Stripe. */
let suspect: { id: string; path: string }

beforeAll(async () => {
  // One place more than the customer in trouble may take.
  stack = await startStack({ workerEnv: { SYNC_CONCURRENCY: '2' } })
  witness = openWitness(stack, 'isolation')
  const [pair] = await witness.pairs(1)
  suspect = { id: pair?.id ?? '', path: `/v1/customers/${pair?.stripeId}` }
  const action = { kind: 'delay', ms: 120_000 }
  const fault = stack.sandbox.faults.add({ method: 'POST', path: suspect.path, times: hangs, action })
  begun = () => stack.sandbox.faults.list().find((one) => one.id === fault.id)?.applied ?? 0
  await witness.update([suspect.id])
  await until('its call hangs', () => begun() === 1)
})
afterAll(() => stack.close())

test('a customer whose calls to Stripe hang delays no other', async () => {
  // It is written to all the while, and the others are not in its shadow.
  await witness.update([suspect.id])
  await witness.update([suspect.id])
  for (const id of await witness.create(12)) {
    await until(`${id} is in step`, async () => {
      const { data } = await api(stack, 'GET', `/v1/customers/${id}`)
      return z.object({ state: z.string() }).safeParse(data['sync']).data?.state === 'synced'
    })
  }
  await witness.applied()
  // Its own call is still not answered: all of that happened beside it.
  expect(answeredCalls(stack, 'POST', suspect.path)).toEqual([])
  expect(begun()).toBe(1)
})

test('a job whose worker died three times runs in isolation, is not parked, and ends well', async () => {
  const [worker] = stack.workers
  for (let death = 1; death <= hangs; death++) {
    await until(`its call hangs for the ${death}. time`, () => begun() === death)
    await worker?.kill()
    await worker?.start()
  }
  await witness.sound()
  const connection = new Redis(stack.redis.url, { maxRetriesPerRequest: null })
  const isolation = new Queue('isolation', { connection })
  const jobs = await isolation.getJobs(['completed'])
  expect(new Set(jobs.map(({ data }) => data.subject))).toEqual(new Set([`c/default/${suspect.id}`]))
  const doc = await stack.store.readCustomer({ tenantId: 'default', customerId: suspect.id })
  expect(doc).toMatchObject({ parked: null, tries: 0 })
  expect(await everCreated(stack, suspect.id)).toEqual([doc?.stripe_id])
  await isolation.close()
  connection.disconnect()
})
