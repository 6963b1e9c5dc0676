// Redis forgets, goes away, or comes back as it was long ago: MongoDB is the truth, so nothing acknowledged is lost,
// nothing is done twice, and Stripe's limit holds all the while (G1, G3, G8).

import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api } from '../support/api.ts'
import { type Member, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { allApplied, allAppliedAndEqual } from './support/both-sides.ts'
import { creates, idsOf, insistAll, strikes, updates } from './support/callers.ts'

let stack: Stack
let worker: Member
let folder: string
const data = () => join(folder, 'data')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-old-redis-'))
  stack = await startStack({
    redisDataDir: data(),
    sandbox: { latency: '20-60', limits: 'sandbox' },
    workerEnv: { STRIPE_LIMIT_ENDPOINT: '25', STRIPE_LIMIT_ACCOUNT: '25' },
  })
  const [only] = stack.workers
  if (!only) throw new Error('a stack without a worker')
  worker = only
})
afterAll(async () => {
  await stack.close()
  await rm(folder, { recursive: true, force: true })
})

async function flush() {
  const redis = new Redis(stack.redis.url)
  await redis.flushall()
  redis.disconnect()
}

const callsToStripe = () => stack.sandbox.stats().total.calls

test('what was acknowledged while no worker ran, and Redis then forgot, is applied and at Stripe', async () => {
  await worker.kill()
  const writes = creates('forgotten', 20)
  await insistAll(stack, writes)
  await flush()
  await worker.start()
  await allAppliedAndEqual(stack, writes)
})

test('a flush in the middle of the work loses nothing', async () => {
  const writes = creates('flushed', 30)
  const flushes = strikes({ 10: flush, 20: flush, 30: flush })
  await insistAll(stack, writes, { told: flushes.told })
  await flushes.over()
  await allAppliedAndEqual(stack, writes)
})

test('without Redis a gateway accepts and stays ready, Stripe hears nothing, and Redis’ return sets all going', async () => {
  const before = callsToStripe()
  await stack.redis.kill()
  await until('the gateway has noticed', async () => {
    const answer = await api(stack, 'GET', '/readyz')
    return answer.status === 200 && answer.data['redis'] === 'degraded'
  })
  const writes = creates('away', 10)
  await insistAll(stack, writes)
  const waited = { method: 'POST', path: '/v1/customers', body: { key: 'patient' }, key: 'patient' }
  const [answer] = await insistAll(stack, [waited], { prefer: 'wait=1' })
  expect(answer?.status).toBe(202)
  expect(callsToStripe()).toBe(before)
  await stack.redis.restart()
  await allAppliedAndEqual(stack, [...writes, waited])
})

test('an old copy of Redis, put back, loses nothing and does nothing twice', async () => {
  await worker.kill()
  const early = creates('early', 12)
  const ids = idsOf(await insistAll(stack, early))
  // All twelve bells are in this copy, and nothing of what follows is.
  await cp(data(), join(folder, 'old'), { recursive: true })
  await worker.start()
  await allApplied(stack, early)
  const late = [...updates('late', ids), ...creates('later', 8)]
  await insistAll(stack, late)
  await stack.redis.kill()
  for (const name of await readdir(data())) await rm(join(data(), name), { recursive: true })
  await cp(join(folder, 'old'), data(), { recursive: true })
  const afterwards = creates('afterwards', 4)
  await insistAll(stack, afterwards)
  await stack.redis.restart()
  await allAppliedAndEqual(stack, [...early, ...late, ...afterwards])
})

test('through all of that Stripe never saw more than its limit, and refused nobody', () => {
  const { total, accounts, endpoints } = stack.sandbox.stats()
  expect(total.rate_limited).toBe(0)
  for (const seen of [...Object.values(accounts), ...Object.values(endpoints)]) {
    expect(seen.max_per_second).toBeLessThanOrEqual(25)
  }
  expect(total.calls).toBeGreaterThan(150)
})
