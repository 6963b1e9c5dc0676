// What a drain of operations must survive: another worker in its middle, a refused e-mail among others, operations that are
// large, and a crash while the tenant is paused (PROTOCOL sections 1, 2 and 7).

import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { Ports } from '@lockstep/worker/ports'
import { applyOperations } from '@lockstep/worker/work-customer-apply'
import { Crash, openWorld, tenantId, type World } from '../support/world.ts'
import { interrupted } from './support/interleave.ts'

/** MongoDB takes no larger document (bytes). */
const mongoMax = 16 * 1024 * 1024

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const ada = { kind: 'create', key: 'k1', input: { name: 'Ada' } } as const

async function statusOf(operationId: string) {
  const operation = await world.store.readOperation(tenantId, operationId)
  return { status: operation?.status, code: operation?.outcome?.code }
}

test('an operation is not refused as nobody’s because the customer was read before it was made', async () => {
  const { customerId } = await world.accept(ada)
  const ref = { tenantId, customerId }
  let update = ''
  const slow = interrupted(world.ports, 'waitingOperations', async () => {
    await applyOperations(world.ports, ref)
    update = (await world.accept({ kind: 'update', input: { name: 'Ada L.' } }, customerId)).operationId
  })
  await applyOperations(slow, ref)
  await world.settle()
  expect(await statusOf(update)).toEqual({ status: 'applied', code: null })
})

test('a taken e-mail refuses the operation that sets it, and no other one for it', async () => {
  await world.accept({ kind: 'create', key: 'other', input: { email: 'Taken@example.com' } })
  const { customerId } = await world.accept(ada)
  await world.work()
  const taken = await world.accept({ kind: 'update', input: { email: 'taken@example.com' } }, customerId)
  const free = await world.accept({ kind: 'update', input: { email: 'free@example.com' } }, customerId)
  // The second one saw the customer as it is while the first one is refused.
  const [first] = await world.store.waitingOperations({ tenantId, customerId }, 1)
  const { version } = await world.customer(customerId)
  const original = world.ports
  const matching: Ports = {
    ...original,
    store: new Proxy(original.store, {
      get(target, name) {
        if (name !== 'waitingOperations') return Reflect.get(target, name)
        return async (...args: Parameters<typeof target.waitingOperations>) => {
          const found = await target.waitingOperations(...args)
          return found.map((each) => (each._id === first?._id ? each : { ...each, if_match: version }))
        }
      },
    }),
  }
  await applyOperations(matching, { tenantId, customerId })
  expect(await statusOf(taken.operationId)).toEqual({ status: 'rejected', code: 'email_taken' })
  expect(await statusOf(free.operationId)).toEqual({ status: 'applied', code: null })
})

/** Metadata of many small entries, all new: what is largest to tell of. */
function metadataOf(round: number) {
  return Array.from({ length: 2_500 }, (_, index) => ({ k: `m${round}n${index}`, v: 1 }))
}

/** Ports that note the size of every customer document that is written, and whether its end may be reached. */
function measured(ports: Ports, sizes: number[], mayRelay: () => boolean = () => true): Ports {
  return {
    ...ports,
    store: new Proxy(ports.store, {
      get(target, name) {
        if (name === 'appendEvents' && !mayRelay()) {
          return () => Promise.reject(new Crash('before the log'))
        }
        if (name !== 'replaceCustomer') return Reflect.get(target, name)
        return (doc: CustomerDocument) => {
          sizes.push(Buffer.byteLength(JSON.stringify(doc)))
          return target.replaceCustomer(doc)
        }
      },
    }),
  }
}

// Some megabytes are copied for each call of a store in memory: slow on a busy machine, and no promise of ours.
test('a backlog of large operations never makes a document that the database refuses', {
  timeout: 240_000,
}, async () => {
  const { customerId } = await world.accept(ada)
  await world.work()
  const ids: string[] = []
  for (let round = 0; round < 40; round++) {
    const input = { metadata: metadataOf(round) }
    ids.push((await world.accept({ kind: 'update', input }, customerId)).operationId)
  }
  const sizes: number[] = []
  let relays = 0
  // The worker dies twice between its write and the log: what waits for the log must not pile up either.
  const ports = measured(world.ports, sizes, () => ++relays > 2)
  for (let lives = 0; lives < 3; lives++) {
    await applyOperations(ports, { tenantId, customerId }).catch(() => undefined)
  }
  expect(Math.max(...sizes)).toBeLessThan(mongoMax / 2)
  for (const id of ids) expect(await statusOf(id)).toEqual({ status: 'applied', code: null })
  const log = await world.store.readEvents(tenantId, 0, 1000)
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
})

test('what a dead worker left for the event log is appended while the tenant is paused, too', async () => {
  const { customerId } = await world.accept(ada)
  await world.settle()
  const tenant = await world.store.readTenant(tenantId)
  if (!tenant) throw new Error('no tenant')
  const pause = { reason: 'operator', detail: 'for a while', at: world.ports.clock.now() } as const
  await world.store.replaceTenant({ ...tenant, paused_outbound: pause })
  world.restart(({ name, moment }) => name === 'store.appendEvents' && moment === 'before')
  await world.accept({ kind: 'update', input: { name: 'Ada L.' } }, customerId)
  await expect(world.work()).rejects.toThrow(Crash)
  world.restart()
  await world.settle()
  const log = await world.store.readEvents(tenantId, 0, 100)
  expect(log.slice(-2)).toMatchObject([
    { customer_id: customerId, type: 'customer.updated' },
    { customer_id: customerId, type: 'operation.applied' },
  ])
  expect((await world.customer(customerId)).outbox).toEqual([])
})
