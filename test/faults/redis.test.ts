// Redis forgets, goes away, or comes back as it was long ago: MongoDB is the truth, so nothing acknowledged is lost,
// nothing is done twice, and Stripe's limit holds all the while (G1, G3, G8).

import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { chanceOf } from '../support/chance.ts'
import { until } from '../support/until.ts'
import { type FaultStack, startFaultStack } from './support/fault-stack.ts'
import { openJudge } from './support/judge.ts'
import { type Load, openLoad } from './support/load.ts'

/** Calls in any sliding second, of a sandbox account and of each endpoint alike. */
const limit = 25

let stack: FaultStack
let load: Load
beforeAll(async () => {
  stack = await startFaultStack({
    gateways: 1,
    workers: 1,
    wired: false,
    stripe: { latency: '20-60', limits: 'sandbox' },
    workerEnv: { STRIPE_LIMIT_ENDPOINT: String(limit), STRIPE_LIMIT_ACCOUNT: String(limit) },
  })
  load = openLoad(stack, { name: 'redis', chance: chanceOf(1) })
})
afterAll(async () => {
  await load.close()
  await stack.close()
})

const calls = async () => (await stack.doors.stats()).total.calls

async function inStep(): Promise<void> {
  await until('all are in step', async () => {
    const { waitingOperations, unsyncedCustomers, waitingStripeEvents } = await stack.store.backlog()
    return waitingOperations + unsyncedCustomers + waitingStripeEvents === 0
  })
}

test('what was acknowledged while no worker ran, and Redis then forgot, is applied and at Stripe', async () => {
  const [worker] = stack.workers
  await worker?.kill()
  await load.create(20)
  await stack.flushRedis()
  await worker?.start()
  await inStep()
})

test('without Redis a gateway accepts and stays ready, Stripe hears nothing, and Redis’ return sets all going', async () => {
  const before = await calls()
  await stack.redis.kill()
  await until('the gateway has noticed', async () => {
    const response = await fetch(`${stack.gateways[0]?.url}/readyz`)
    const { data } = z.object({ data: z.object({ redis: z.string() }) }).parse(await response.json())
    return response.status === 200 && data.redis === 'degraded'
  })
  await load.create(10)
  const patient = await load.callers.write({
    method: 'POST',
    path: '/v1/customers',
    body: { key: 'patient' },
    key: 'patient',
    prefer: 'wait=1',
    customer: null,
    values: [],
  })
  expect(patient.answer?.status).toBe(202)
  expect(await calls()).toBe(before)
  await stack.redis.restart()
  await inStep()
})

test('an old copy of Redis, put back, loses nothing and does nothing twice', async () => {
  const [worker] = stack.workers
  await worker?.kill()
  const ids = await load.create(12)
  // All twelve bells are in this copy, and nothing of what follows is.
  const copy = await stack.copyRedis()
  await worker?.start()
  await inStep()
  await load.update(ids)
  await load.create(8)
  await stack.redis.kill()
  await copy.putBack()
  await load.create(4)
  await stack.redis.restart()
  await inStep()
})

test('through all of that Stripe never saw more than its limit and refused nobody, and everything is accounted for', async () => {
  const { total, accounts, endpoints } = await stack.doors.stats()
  expect(total.rate_limited).toBe(0)
  for (const seen of [...Object.values(accounts), ...Object.values(endpoints)]) {
    expect(seen.max_per_second).toBeLessThanOrEqual(limit)
  }
  expect(total.calls).toBeGreaterThan(60)
  // The judge's own calls take no slots of the budget.
  await stack.doors.set({ limits: 'off' })
  expect((await openJudge(stack).round(load.callers)).findings).toEqual([])
})
