// Two workers meet over one Stripe customer, and bells meet each other: what an event names is linked once, a duplicate is
// told once, nothing rings for ever, and no echo is lost on its way out of the document (PROTOCOL sections 5 and 6).

import { afterEach, beforeEach, expect, test } from 'vitest'
import type { StripeEventRecord } from '@lockstep/domain/stripe/stripe-event'
import { noteStripeEvents } from '@lockstep/worker/note-stripe-events'
import { adoptStripeCustomer } from '@lockstep/worker/sync/adopt'
import { applyOperations } from '@lockstep/worker/work-customer-apply'
import { syncCustomer } from '@lockstep/worker/work-stripe-sync'
import { Crash, openWorld, tenantId, type World } from '../support/world.ts'
import { interrupted } from './support/interleave.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const ada = { kind: 'create', key: 'k1', input: { name: 'Ada' } } as const

/** Takes in one Stripe event and rings for it. */
async function take(fields: Partial<StripeEventRecord> & { event_id: string; stripe_customer_id: string }) {
  const record: StripeEventRecord = {
    _id: `${tenantId}/${fields.event_id}`,
    tenant_id: tenantId,
    type: 'customer.updated',
    idempotency_key: null,
    lockstep_id: null,
    previous_attributes: null,
    created: 0,
    received_at: world.ports.clock.now(),
    done_at: null,
    outcome: null,
    ...fields,
  }
  await world.store.insertStripeEvents([record])
  const subject = { kind: 'stripe_customer', tenantId, id: fields.stripe_customer_id } as const
  await world.ports.doorbell.ring('customer-apply', [subject])
}

/** A second customer at Stripe that carries our mark. */
async function marked(customerId: string): Promise<string> {
  const form = { name: 'Ada', 'metadata[lockstep_id]': customerId }
  return String((await world.dashboard('POST', '/v1/customers', form))['id'])
}

test('the echo of a duplicate does not make the lanes ring each other for ever', async () => {
  const { customerId } = await world.accept(ada)
  await world.settle()
  const copy = await marked(customerId)
  await take({
    event_id: 'evt_1',
    stripe_customer_id: copy,
    lockstep_id: customerId,
    idempotency_key: `ls:update:${customerId}:1.9`,
  })
  let rings = 0
  const { doorbell } = world.ports
  world.ports = {
    ...world.ports,
    doorbell: {
      ring(...bell) {
        if (++rings > 30) throw new Error('it rings for ever')
        return doorbell.ring(...bell)
      },
    },
  }
  await world.work()
  const { conflicts } = await world.customer(customerId)
  expect(conflicts).toMatchObject([{ by: 'duplicate', lost: copy }])
  expect(await world.store.waitingStripeEvents(tenantId, copy, 10)).toEqual([])
})

test('two workers that link one customer to the same proof record no duplicate of itself', async () => {
  const { customerId } = await world.accept(ada)
  await world.accept({ kind: 'archive' }, customerId)
  await applyOperations(world.ports, { tenantId, customerId })
  const proof = await marked(customerId)
  await take({ event_id: 'evt_1', stripe_customer_id: proof, lockstep_id: customerId })
  const other = world.ports
  const slow = interrupted(world.ports, 'replaceCustomer', () => adoptStripeCustomer(other, tenantId, proof))
  await adoptStripeCustomer(slow, tenantId, proof)
  await world.settle()
  expect(await world.customer(customerId)).toMatchObject({ stripe_id: proof, conflicts: [] })
})

test('a duplicate that is named while the create’s own answer arrives is told all the same', async () => {
  // The account is asked first; the worker dies with the create written down and not sent.
  let calls = 0
  world.restart(({ name, moment }) => name === 'stripe.call' && moment === 'before' && ++calls === 2)
  const { customerId } = await world.accept(ada)
  await expect(world.work()).rejects.toThrow(Crash)
  world.restart()
  expect(await world.customer(customerId)).toMatchObject({ intent: { kind: 'create' } })
  const copy = await marked(customerId)
  await world.deliver()
  const other = world.ports
  const slow = interrupted(world.ports, 'replaceCustomer', () =>
    syncCustomer(other, { tenantId, customerId }),
  )
  await noteStripeEvents(slow, tenantId, copy)
  await world.settle()
  const doc = await world.customer(customerId)
  expect(doc.stripe_id).not.toBe(copy)
  expect(doc.conflicts).toMatchObject([{ by: 'duplicate', lost: copy, won: doc.stripe_id }])
})

test('an echo whose push just left the document is examined where it went', async () => {
  const { customerId } = await world.accept(ada)
  await world.work()
  const rename = async (name: string) => {
    await world.accept({ kind: 'update', input: { name } }, customerId)
    await applyOperations(world.ports, { tenantId, customerId })
    await syncCustomer(world.ports, { tenantId, customerId })
  }
  await rename('n1')
  const { stripe_id: stripeId = '' } = await world.customer(customerId)
  await world.dashboard('POST', `/v1/customers/${stripeId}`, { name: 'edited' })
  for (let n = 2; n <= 19; n++) await rename(`n${n}`)
  expect((await world.customer(customerId)).pushes).toHaveLength(20)
  await world.deliver()
  const slow = interrupted(world.ports, 'replaceCustomer', async () => {
    for (let n = 20; n <= 23; n++) await rename(`n${n}`)
  })
  await noteStripeEvents(slow, tenantId, stripeId)
  await world.settle()
  const { conflicts } = await world.customer(customerId)
  expect(conflicts).toMatchObject([{ by: 'overwritten', lost: 'edited', won: 'n2' }])
})
