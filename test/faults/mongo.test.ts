// MongoDB dies by kill -9 in the middle of a burst: meanwhile nothing is acknowledged and callers are told when to come
// again; once it is back, all that was acknowledged is there and applied, without anybody being started again (G1, G3).

import { type LocalService, startTestMongo } from '@lockstep/local-services'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, type Answer, stripe } from '../support/api.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { allAppliedAndEqual } from './support/both-sides.ts'
import { creates, idsOf, insistAll, strikes, updates } from './support/callers.ts'

let mongo: LocalService
let stack: Stack
beforeAll(async () => {
  mongo = await startTestMongo({ announce: () => undefined })
  // An outage is a line for each refused request; they are what is asked for here.
  const quiet = { LOG_LEVEL: 'fatal' }
  stack = await startStack({ mongoUrl: mongo.url, gatewayEnv: quiet, workerEnv: quiet })
})
afterAll(async () => {
  await stack.close()
  await mongo.stop()
})

test('a MongoDB killed in the middle of a burst loses nothing that was acknowledged', async () => {
  const first = creates('first', 4)
  const [id = '', ...others] = idsOf(await insistAll(stack, first))
  await allAppliedAndEqual(stack, first)
  const doc = await stack.store.readCustomer({ tenantId: 'default', customerId: id })

  const refusals: (Answer | null)[] = []
  let acknowledged = 0
  const kill = strikes({ 8: () => mongo.kill() })
  const burst = [...creates('burst', 20), ...updates('change', others)]
  const calling = insistAll(stack, burst, {
    told: (n) => {
      acknowledged = n
      kill.told(n)
    },
    refused: (answer) => refusals.push(answer),
  })
  await until('it is to be killed', () => acknowledged >= 8)
  await kill.over()
  // Answers that were on their way when it died are past once somebody was refused.
  await until('a caller was refused', () => refusals.length > 0)
  const before = acknowledged
  refusals.length = 0
  await until('callers were refused again and again', () => refusals.length >= 12)
  expect(acknowledged).toBe(before)
  for (const answer of refusals) {
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(Number(answer?.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  expect((await api(stack, 'GET', '/readyz')).status).toBe(503)
  expect((await api(stack, 'GET', '/livez')).status).toBe(200)
  // Its webhook finds nobody who could keep it; Stripe's own list is read later.
  await stripe(stack, 'POST', `/v1/customers/${String(doc?.stripe_id)}`, { phone: '+4930123456' })

  await mongo.restart()
  await calling
  await until('the edit at the dashboard is here', async () => {
    const { data } = await api(stack, 'GET', `/v1/customers/${id}`)
    return data['phone'] === '+4930123456'
  })
  await allAppliedAndEqual(stack, [...first, ...burst])
})
