// The process dies before and after each single port call of a story. The first has every change in it: an API create, two
// updates, an edit at the dashboard, a conflict, an archive. The second has what Stripe must carry out: two credits, a tax id,
// a payment method, and in the end a purge with an erasure. Whatever was acknowledged is carried out once, and both sides end
// equal (G1, G2, G3, G4).

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

/** A story as it goes on: each part may end in the process's death, and goes on in the next process. */
interface Telling {
  accept: (body: OperationBody) => Promise<void>
  /** Runs a step that the process may not survive. */
  alive: (step: () => Promise<unknown>) => Promise<void>
  /** Until nothing moves any more. */
  rest: () => Promise<void>
  customerId: string
}

/** Tells a story once with this killer. */
async function tell(
  payload: Payload,
  killer: Killer,
  goOn: (telling: Telling) => Promise<void>,
): Promise<Story> {
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
  const accept = async (body: OperationBody) => {
    operations.push((await world.accept(body, customerId)).operationId)
  }
  await alive(() => world.work())
  await goOn({ accept, alive, rest, customerId })
  return { crashed, calls, customerId, operations }
}

const changes = async ({ accept, alive, rest, customerId }: Telling) => {
  await accept({ kind: 'update', input: { name: 'Ada L.', phone: '+4930123456' } })
  await alive(() => world.work())
  await alive(() => world.deliver().then(() => world.work()))
  const doc = await world.store.readCustomer({ tenantId, customerId })
  if (doc?.stripe_id) {
    await world.dashboard('POST', `/v1/customers/${doc.stripe_id}`, {
      description: 'seen',
      'metadata[plan]': 'max',
    })
  }
  await accept({ kind: 'update', input: { metadata: [{ k: 'seats', v: 3 }] } })
  await alive(() => world.work())
  await alive(() => world.deliver().then(() => world.work()))
  await rest()
  await accept({ kind: 'archive' })
  await rest()
}

const commands = async ({ accept, alive, rest }: Telling) => {
  await accept({ kind: 'credit', amount: -100, currency: 'eur', reason: 'one' })
  await accept({ kind: 'credit', amount: -20, currency: 'eur', reason: 'two' })
  await alive(() => world.work())
  await accept({ kind: 'create_tax_id', type: 'eu_vat', value: 'DE123456789' })
  await accept({ kind: 'attach_payment_method', payment_method: 'pm_card_visa' })
  await alive(() => world.deliver().then(() => world.work()))
  await rest()
  await accept({ kind: 'archive' })
  await accept({ kind: 'purge', erase: true })
  await alive(() => world.work())
  await rest()
}

async function checkChanges({ customerId, operations }: Story): Promise<void> {
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

async function checkCommands({ customerId, operations }: Story): Promise<void> {
  for (const id of operations) {
    expect(await world.store.readOperation(tenantId, id)).toMatchObject({ status: 'applied' })
  }
  const { tombstone, former_stripe_ids: former } = await world.customer(customerId)
  expect(tombstone).toMatchObject({ erased: true })
  expect(former).toHaveLength(1)
  const made = (kind: string) => world.dashboard('GET', `/v1/customers/${former[0]}/${kind}`)
  expect((await made('balance_transactions'))['data']).toMatchObject([{ amount: -20 }, { amount: -100 }])
  const { data: events } = await world.dashboard('GET', '/v1/events?limit=100')
  const counted = (events as { type: string }[]).reduce(
    (counts, { type }) => counts.set(type, (counts.get(type) ?? 0) + 1),
    new Map<string, number>(),
  )
  expect(counted.get('customer.tax_id.created')).toBe(1)
  expect(counted.get('payment_method.attached')).toBe(1)
  expect(counted.get('customer.deleted')).toBe(1)
  const log = await world.store.readEvents(tenantId, 0, 1000)
  expect(JSON.stringify(log)).not.toMatch(/Ada/)
}

const stories = [
  { name: 'changes', goOn: changes, check: checkChanges },
  { name: 'commands and a purge', goOn: commands, check: checkCommands },
]

describe.each(payloads)('on %s events a process that dies at any port call', (payload) => {
  test.each(stories)(
    'loses nothing and doubles nothing of $name',
    async ({ goOn, check }) => {
      const calm = await tell(payload, () => false, goOn)
      await check(calm)
      await world.close()
      expect(calm.calls).toBeGreaterThan(40)
      for (let number = 1; number <= calm.calls; number++) {
        for (const moment of ['before', 'after'] as const) {
          const run = await tell(payload, (call) => call.number === number && call.moment === moment, goOn)
          expect(run.crashed).toBe(true)
          await check(run)
          await world.close()
        }
      }
    },
    storyMs,
  )
})
