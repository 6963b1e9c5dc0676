// One customer's trouble is its own: calls of it that hang delay nobody, and a job that seems to kill its worker runs
// alone from its third stall on, without being given up (G9, G11).

import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { answeredCalls, everCreated } from './support/at-stripe.ts'
import { allAppliedAndEqual, allApplied } from './support/both-sides.ts'
import { creates, idsOf, insistAll, updates } from './support/callers.ts'

let stack: Stack
beforeAll(async () => {
  // One place more than the customer in trouble may take.
  stack = await startStack({ workerEnv: { SYNC_CONCURRENCY: '2' } })
})
afterAll(() => stack.close())

/** The next `times` creates at Stripe hang for `ms`; answers how many have begun to. */
function hanging(times: number, ms: number): () => number {
  const path = '/v1/customers'
  const { id } = stack.sandbox.faults.add({ method: 'POST', path, times, action: { kind: 'delay', ms } })
  return () => stack.sandbox.faults.list().find((fault) => fault.id === id)?.applied ?? 0
}

test('a customer whose calls to Stripe hang delays no other', async () => {
  const begun = hanging(1, 15_000)
  const hung = creates('hung', 1)
  const ids = idsOf(await insistAll(stack, hung))
  await until('its call hangs', () => begun() === 1)
  const calls = answeredCalls(stack, 'POST', '/v1/customers').length
  // It is written to all the while, and the others are not in its shadow.
  const more = [...updates('hung-1', ids), ...updates('hung-2', ids), ...updates('hung-3', ids)]
  await insistAll(stack, more)
  const others = creates('free', 12)
  const free = idsOf(await insistAll(stack, others))
  for (const id of free) {
    await until(`${id} is in step`, async () => {
      const { data } = await api(stack, 'GET', `/v1/customers/${id}`)
      return data['stripe_customer_id'] !== null
    })
  }
  await allApplied(stack, [...hung, ...more, ...others])
  // The hanging call was answered to nobody so far: all of that happened beside it.
  expect(answeredCalls(stack, 'POST', '/v1/customers')).toHaveLength(calls + free.length)
  await allAppliedAndEqual(stack, [...hung, ...more, ...others])
})

test('a job whose worker died three times runs in isolation, is not parked, and ends well', async () => {
  const [worker] = stack.workers
  const begun = hanging(3, 60_000)
  const writes = creates('suspect', 1)
  const [id = ''] = idsOf(await insistAll(stack, writes))
  for (let death = 1; death <= 3; death++) {
    await until(`its call hangs for the ${death}. time`, () => begun() === death)
    await worker?.kill()
    await worker?.start()
  }
  await allAppliedAndEqual(stack, writes)
  const connection = new Redis(stack.redis.url, { maxRetriesPerRequest: null })
  const isolation = new Queue('isolation', { connection })
  const jobs = await isolation.getJobs(['completed'])
  expect(jobs.map(({ data }) => data.subject)).toContain(`c/default/${id}`)
  const doc = await stack.store.readCustomer({ tenantId: 'default', customerId: id })
  expect(doc).toMatchObject({ parked: null, tries: 0 })
  expect(await everCreated(stack, id)).toEqual([doc?.stripe_id])
  await isolation.close()
  connection.disconnect()
})
