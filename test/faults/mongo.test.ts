// MongoDB is dead: meanwhile nothing is acknowledged and callers are told when to come again; once it is back, all that
// was acknowledged is there and applied, without anybody being started again (G1, G3).

import { afterAll, beforeAll, expect, test } from 'vitest'
import { chanceOf } from '../support/chance.ts'
import { until } from '../support/until.ts'
import { openDashboard } from './support/callers.ts'
import { type FaultStack, startFaultStack } from './support/fault-stack.ts'
import { openJudge } from './support/judge.ts'
import { isAcknowledged } from './support/ledger.ts'
import { type Load, openLoad } from './support/load.ts'

let stack: FaultStack
let load: Load
const refusals: { status: number; retryAfter: number | null }[] = []
beforeAll(async () => {
  stack = await startFaultStack({ gateways: 1, workers: 1, wired: false })
  const refused = (status: number, retryAfter: number | null) => void refusals.push({ status, retryAfter })
  load = openLoad(stack, { name: 'mongo', chance: chanceOf(1), refused })
})
afterAll(async () => {
  await load.close()
  await stack.close()
})

test('a dead MongoDB has every write refused with the time to come again, and loses none that was acknowledged', async () => {
  const pairs = await load.pairs(4)
  const [first] = pairs
  if (!first) throw new Error('no customer')
  const { writes } = load.callers.ledger
  const acknowledged = () => writes.filter(isAcknowledged).length

  await stack.mongo.kill()
  const before = acknowledged()
  const calling = Promise.all([load.create(12), load.update(pairs.map(({ id }) => id))])
  await until('callers were refused again and again', () => refusals.length >= 24)
  expect(acknowledged()).toBe(before)
  for (const { status, retryAfter } of refusals) {
    expect(status).toBe(503)
    expect(retryAfter).toBeGreaterThan(0)
  }
  const [gateway] = stack.gateways
  expect((await fetch(`${gateway?.url}/readyz`)).status).toBe(503)
  expect((await fetch(`${gateway?.url}/livez`)).status).toBe(200)
  // Its webhook finds nobody who could keep it; Stripe sends it again, or its list is read.
  const values = [{ field: 'metadata.m', value: 'edited while MongoDB was dead' }]
  const dashboard = openDashboard(stack.stripe.url, load.callers.ledger)
  await dashboard.edit({ customer: first.id, stripeId: first.stripeId, values })

  await stack.mongo.restart()
  await calling
  expect((await openJudge(stack).round(load.callers)).findings).toEqual([])
})
