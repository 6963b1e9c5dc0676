// What Stripe may do to a push that no table of answers names: the twin of its event in thin form, an echo before the
// answer, a mark of ours that it rewrites, a key that may not write (PROTOCOL sections 4 to 6).

import { afterEach, beforeEach, expect, test } from 'vitest'
import { customerView } from '@lockstep/domain/customer/view'
import type { StripeAnswer } from '@lockstep/domain/stripe/stripe-http'
import type { Ports } from '@lockstep/worker/ports'
import { countFailure } from '@lockstep/worker/sync/back-off'
import { noteStripeEvents } from '@lockstep/worker/note-stripe-events'
import { applyOperations } from '@lockstep/worker/work-customer-apply'
import { syncCustomer } from '@lockstep/worker/work-stripe-sync'
import { z } from 'zod'
import { Crash, openWorld, tenantId, type World } from '../support/world.ts'
import { interrupted } from './support/interleave.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const ada = { kind: 'create', key: 'k1', input: { name: 'Ada' } } as const

/** A customer in step, and its id at Stripe. */
async function linked(): Promise<{ customerId: string; stripeId: string }> {
  const { customerId } = await world.accept(ada)
  await world.settle()
  return { customerId, stripeId: (await world.customer(customerId)).stripe_id ?? '' }
}

async function rename(customerId: string, name: string): Promise<void> {
  await world.accept({ kind: 'update', input: { name } }, customerId)
  await applyOperations(world.ports, { tenantId, customerId })
  await syncCustomer(world.ports, { tenantId, customerId })
}

test('a failure that several workers meet in one try is one failure', async () => {
  const { customerId } = await linked()
  const inStep = await world.customer(customerId)
  await world.store.replaceCustomer({ ...inStep, wanted: inStep.wanted + 1 })
  const doc = await world.customer(customerId)
  await Promise.all(Array.from({ length: 6 }, () => countFailure(world.ports, doc, 'missing_at_stripe')))
  expect(await world.customer(customerId)).toMatchObject({ tries: 1, parked: null })
})

test('an overwritten edit is told where the thin form of the echo comes before the one with the old values', async () => {
  const { customerId, stripeId } = await linked()
  await world.dashboard('POST', `/v1/customers/${stripeId}`, { name: 'edited' })
  await rename(customerId, 'Ada L.')
  const [{ key } = { key: '' }] = (await world.customer(customerId)).pushes
  await world.store.insertStripeEvents([
    {
      _id: `${tenantId}/evt_thin`,
      tenant_id: tenantId,
      event_id: 'evt_thin',
      type: 'v1.customer.updated',
      stripe_customer_id: stripeId,
      idempotency_key: key,
      lockstep_id: null,
      previous_attributes: null,
      created: 0,
      received_at: world.ports.clock.now(),
      done_at: null,
      outcome: null,
    },
  ])
  await world.ports.doorbell.ring('customer-apply', [{ kind: 'stripe_customer', tenantId, id: stripeId }])
  await world.work()
  await world.settle()
  const { conflicts } = await world.customer(customerId)
  expect(conflicts).toMatchObject([{ by: 'overwritten', lost: 'edited', won: 'Ada L.' }])
})

test('under policy stripe an overwritten edit is put back, also where its echo comes before the answer', async () => {
  const { customerId, stripeId } = await linked()
  const tenant = await world.store.readTenant(tenantId)
  if (!tenant) throw new Error('no tenant')
  await world.store.replaceTenant({ ...tenant, policy: 'stripe' })
  await world.dashboard('POST', `/v1/customers/${stripeId}`, { name: 'edited' })
  let calls = 0
  world.restart(({ name, moment }) => name === 'stripe.call' && moment === 'after' && ++calls === 2)
  await expect(rename(customerId, 'Ada L.')).rejects.toThrow(Crash)
  world.restart()
  expect(await world.customer(customerId)).toMatchObject({ intent: { kind: 'update' } })
  await world.deliver()
  await world.work()
  await world.settle()
  const doc = await world.customer(customerId)
  expect(customerView(doc)).toMatchObject({ name: 'edited', sync: { state: 'synced' } })
  expect(doc.conflicts).toMatchObject([
    { by: 'overwritten', lost: 'Ada L.', won: 'edited', winner: 'stripe' },
  ])
  expect(await world.dashboard('GET', `/v1/customers/${stripeId}`)).toMatchObject({ name: 'edited' })
})

/** Ports whose Stripe answers as `change` has it. */
function answering(ports: Ports, change: (answer: StripeAnswer) => StripeAnswer): Ports {
  return {
    ...ports,
    gate: {
      ...ports.gate,
      async outbound(id) {
        const passage = await ports.gate.outbound(id)
        if (passage.kind !== 'open') return passage
        const { stripe } = passage
        return {
          ...passage,
          stripe: {
            ...stripe,
            withSlot: (endpoint, work) =>
              stripe.withSlot(endpoint, (call, waited) => work(async (c) => change(await call(c)), waited)),
          },
        }
      },
    },
  }
}

test('a mark of ours that Stripe keeps in another form is held, not sent for ever', async () => {
  world.ports = answering(world.ports, (answer) => {
    if (answer.kind !== 'ok') return answer
    const body = structuredClone(answer.body) as { metadata: Record<string, string> } // A customer of the sandbox.
    body.metadata['lockstep_key'] = body.metadata['lockstep_key']?.trim() ?? ''
    return { ...answer, body }
  })
  const { customerId } = await world.accept({ ...ada, key: ' k1 ' })
  await world.work()
  expect(world.sandbox.requests().filter(({ method }) => method === 'POST')).toHaveLength(1)
  expect(customerView(await world.customer(customerId)).sync).toMatchObject({
    state: 'synced',
    held: [{ field: 'metadata.lockstep_key', reason: 'changed_by_stripe' }],
  })
})

test('a key that may not write pauses its tenant and parks nobody', async () => {
  const url = `${world.sandbox.url}/_sandbox/accounts`
  const permissions = { customers: 'read', account: 'read', accounts: 'read', events: 'read' }
  const key = 'sk_test_world'
  const bound = await fetch(url, { method: 'POST', body: JSON.stringify({ key, permissions }) })
  expect(bound.status).toBe(200)
  const { customerId } = await world.accept(ada)
  for (let tries = 0; tries < 8; tries++) {
    await world.work()
    await world.pass(60_000)
  }
  expect(await world.store.readTenant(tenantId)).toMatchObject({
    paused_outbound: { reason: 'key_refused' },
    paused_inbound: null,
  })
  expect(await world.customer(customerId)).toMatchObject({ parked: null, intent: { kind: 'create' } })
})

test('a twin that a caller has just written to is not absorbed under that write', async () => {
  // The create takes effect and its answer is lost; our mark is stripped, and an edit arrives that names nobody.
  let calls = 0
  world.restart(({ name, moment }) => name === 'stripe.call' && moment === 'after' && ++calls === 2)
  const { customerId } = await world.accept(ada)
  await expect(world.work()).rejects.toThrow(Crash)
  world.restart()
  const [made] = z
    .object({ data: z.array(z.object({ id: z.string() })) })
    .parse(await world.dashboard('GET', '/v1/customers')).data
  const stripeId = made?.id ?? ''
  await world.dashboard('POST', `/v1/customers/${stripeId}`, { 'metadata[lockstep_id]': '' })
  await world.dashboard('POST', `/v1/customers/${stripeId}`, { description: 'edited' })
  await world.deliver((events) => events.slice(-1))
  await world.work()
  const twin = await world.store.findByStripeId(tenantId, stripeId)
  if (!twin) throw new Error('no twin was made')
  const { operationId } = await world.accept({ kind: 'update', input: { phone: '+4930123456' } }, twin._id)
  // Lane 2 of the create is faster than lane 1 of the twin.
  await syncCustomer(world.ports, { tenantId, customerId })
  await world.settle()
  expect(await world.store.readOperation(tenantId, operationId)).toMatchObject({ status: 'applied' })
  expect(await world.customer(twin._id)).toMatchObject({ stripe_id: stripeId, tombstone: null })
  expect((await world.customer(customerId)).parked).toMatchObject({ code: 'duplicate' })
})

test('a worker whose look failed parks nobody whom another worker has brought in step meanwhile', async () => {
  const { customerId, stripeId } = await linked()
  const ref = { tenantId, customerId }
  await world.dashboard('POST', `/v1/customers/${stripeId}`, { name: 'edited' })
  await world.deliver()
  await noteStripeEvents(world.ports, tenantId, stripeId)
  const missing = {
    kind: 'refused',
    status: 404,
    code: 'resource_missing',
    param: null,
    requestId: null,
  } as const
  const other = world.ports
  const slow = interrupted(other, 'replaceCustomer', () => syncCustomer(other, ref))
  await syncCustomer(
    answering(slow, () => missing),
    ref,
  )
  expect(await world.customer(customerId)).toMatchObject({ parked: null })
  expect(customerView(await world.customer(customerId))).toMatchObject({ name: 'edited' })
})
