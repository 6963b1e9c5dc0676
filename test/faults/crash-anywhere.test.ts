// The process dies before and after each single port call of a story that has everything in it: an API create, two
// updates, an edit at the dashboard, a conflict, an archive. Whatever was acknowledged is applied once, both sides end
// equal, and there is one Stripe customer (G1, G2, G3, G4).

import { afterEach, describe, expect, test } from 'vitest'
import type { OperationBody } from '@lockstep/domain/operation/operation'
import { customerView } from '@lockstep/domain/customer/view'
import { type Payload, payloads } from '../support/stack.ts'
import { Crash, type Killer, openWorld, tenantId, type World } from '../support/world.ts'

/** Some hundred stories, each a few milliseconds on a machine of its own (ms). */
const storyMs = 300_000

let world: World
afterEach(() => world.close())

interface Story {
  crashed: boolean
  /** Port calls made by the process that may die. */
  calls: number
  customerId: string
  operations: string[]
}

/** Runs the story once with this killer. */
async function story(payload: Payload, killer: Killer): Promise<Story> {
  world = await openWorld({ payload })
  let calls = 0
  let crashed = false
  world.restart((call) => {
    calls = Math.max(calls, call.number)
    if (crashed || !killer(call)) return false
    crashed = true
    return true
  })
  const alive = async (step: () => Promise<unknown>) => {
    try {
      await step()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      world.restart()
    }
  }
  const rest = async () => {
    for (let done = false; !done; ) await alive(() => world.settle().then(() => (done = true)))
  }
  const { customerId, operationId } = await world.accept({
    kind: 'create',
    key: 'k1',
    input: { name: 'Ada', email: 'ada@example.com', metadata: [{ k: 'plan', v: 'pro' }] },
  })
  const operations = [operationId]
  const change = async (body: OperationBody) => {
    operations.push((await world.accept(body, customerId)).operationId)
  }
  await alive(() => world.work())
  await change({ kind: 'update', input: { name: 'Ada L.', phone: '+4930123456' } })
  await alive(() => world.work())
  await alive(() => world.deliver().then(() => world.work()))
  const doc = await world.store.readCustomer({ tenantId, customerId })
  if (doc?.stripe_id) {
    await world.dashboard('POST', `/v1/customers/${doc.stripe_id}`, {
      description: 'seen',
      'metadata[plan]': 'max',
    })
  }
  await change({ kind: 'update', input: { metadata: [{ k: 'seats', v: 3 }] } })
  await alive(() => world.work())
  await alive(() => world.deliver().then(() => world.work()))
  await rest()
  await change({ kind: 'archive' })
  await rest()
  return { crashed, calls, customerId, operations }
}

async function check({ customerId, operations }: Story): Promise<void> {
  for (const id of operations) {
    expect(await world.store.readOperation(tenantId, id)).toMatchObject({ status: 'applied' })
  }
  const doc = await world.customer(customerId)
  const view = customerView(doc)
  expect(view).toMatchObject({ name: 'Ada L.', phone: '+4930123456', state: 'archived' })
  expect(view.sync.state).toBe('synced')
  const listed = await world.dashboard('GET', '/v1/customers?limit=100')
  expect(listed['data']).toHaveLength(1)
  expect(listed['data']).toMatchObject([
    {
      id: doc.stripe_id,
      name: 'Ada L.',
      phone: '+4930123456',
      description: view.description,
      metadata: { seats: '3', lockstep_id: customerId, lockstep_state: 'archived' },
    },
  ])
  const log = await world.store.readEvents(tenantId, 0, 1000)
  const mine = log.filter((event) => event.customer_id === customerId)
  expect(mine.map(({ seq }) => seq)).toEqual(mine.map((_, index) => index + 1))
  expect(mine).toHaveLength(doc.seq)
  expect(await world.store.countWaiting({ tenantId, customerId }, 10)).toBe(0)
}

describe.each(payloads)('on %s events a process that dies at any port call', (payload) => {
  test(
    'loses nothing, doubles nothing and leaves both sides equal',
    async () => {
      const calm = await story(payload, () => false)
      await check(calm)
      await world.close()
      expect(calm.calls).toBeGreaterThan(40)
      for (let number = 1; number <= calm.calls; number++) {
        for (const moment of ['before', 'after'] as const) {
          const run = await story(payload, (call) => call.number === number && call.moment === moment)
          expect(run.crashed).toBe(true)
          await check(run)
          await world.close()
        }
      }
    },
    storyMs,
  )
})
