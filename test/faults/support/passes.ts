// Owns what the tests of the reconciliation share: customers on both sides, faults planted behind everybody's back, a pass.

import { newCustomer } from '@lockstep/domain/customer/document'
import type { Reconciliation } from '@lockstep/domain/reconciliation/pass'
import type { Ports } from '@lockstep/worker/ports'
import { openReconciler, type ReconcileOutcome } from '@lockstep/worker/reconcile/reconciler'
import { askForPass } from '@lockstep/worker/reconcile/request'
import { expect } from 'vitest'
import { tenantId, type World } from '../../support/world.ts'

/** No pass begins by itself in these tests (ms). */
export const never = 10 * 365 * 86_400_000

/** Customers in step on both sides; answers both ids of each. */
export async function customersInStep(
  world: World,
  count: number,
): Promise<{ id: string; stripeId: string }[]> {
  const made: string[] = []
  for (let n = 0; n < count; n++) {
    const { customerId } = await world.accept({
      kind: 'create',
      key: `k${n}`,
      input: { name: `Customer ${n}`, email: `c${n}@example.com` },
    })
    made.push(customerId)
  }
  await world.settle()
  return Promise.all(
    made.map(async (id) => ({ id, stripeId: (await world.customer(id)).stripe_id ?? 'none' })),
  )
}

/** A customer that was put into the database by hand: nobody was ever rung for it. */
export async function strandedCustomer(world: World, key: string): Promise<string> {
  const id = world.ports.random.uuid()
  await world.store.insertCustomer({
    ...newCustomer({ id, tenantId, key, at: world.ports.clock.now(), touchedByApi: true }),
    desired: [{ k: 'name', v: key }],
  })
  return id
}

/** Asks for a pass. */
export function askRepair(ports: Ports): Promise<Reconciliation> {
  return askForPass(ports, tenantId, { reason: 'repair', expected: null })
}

/** Steps until the pass has nothing more to do now; answers the last outcome. */
export async function stepOn(ports: Ports): Promise<ReconcileOutcome> {
  const reconciler = openReconciler(ports, { everyMs: never })
  for (let steps = 0; steps < 10_000; steps++) {
    const outcome = await reconciler.step(tenantId)
    if (outcome !== 'more') return outcome
  }
  throw new Error('the pass does not end')
}

/** The record of the last pass. */
export async function lastPass(world: World): Promise<Reconciliation['pass']> {
  const record = await world.store.readReconciliation(tenantId)
  if (!record) throw new Error('no pass was ever asked for')
  return record.pass
}

/** Calls of Stripe since then, by endpoint. */
export function callsSince(world: World, before: number): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { method, path } of world.sandbox.requests().slice(before)) {
    const template = path.replace(/\?.*$/, '').replace(/\/cus_\w+/, '/{id}')
    counts[`${method} ${template}`] = (counts[`${method} ${template}`] ?? 0) + 1
  }
  return counts
}

/** Living customers at Stripe, by id. */
export async function livingAtStripe(world: World): Promise<Map<string, Record<string, unknown>>> {
  const living = new Map<string, Record<string, unknown>>()
  for (let after = ''; ; ) {
    const answer = await world.dashboard('GET', `/v1/customers?limit=100${after}`)
    // The sandbox lists customers.
    const data = answer['data'] as Record<string, unknown>[]
    for (const customer of data) living.set(String(customer['id']), customer)
    if (answer['has_more'] !== true) return living
    after = `&starting_after=${String(data.at(-1)?.['id'])}`
  }
}

/** Every document that wants a Stripe customer has one that lives and names it; nobody lives there without one. */
export async function expectAgreed(world: World): Promise<void> {
  const living = await livingAtStripe(world)
  const docs = await world.store.scanCustomers(tenantId, null, 10_000)
  const linked = docs.flatMap((doc) => doc.stripe_id ?? [])
  expect(linked.toSorted()).toEqual([...living.keys()].toSorted())
  for (const doc of docs) {
    if (doc.state === 'active') expect(living.has(doc.stripe_id ?? '')).toBe(true)
    const there = living.get(doc.stripe_id ?? '')
    if (!there) continue
    const name = doc.desired.find(({ k }) => k === 'name')?.v ?? null
    expect(there['name']).toBe(name)
    expect(there['metadata']).toMatchObject({ lockstep_id: doc._id })
  }
}
