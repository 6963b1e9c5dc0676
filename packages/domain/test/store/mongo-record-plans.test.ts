// How the database finds everything that is no customer: the very commands that the store sends are explained, among enough
// records that a planner has a choice. None may read a whole collection.

import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openPlannedStore, type Plan, type PlannedStore } from './plans.ts'
import {
  aDelivery,
  aLoggedEvent,
  aMirrored,
  anAttempt,
  anAuditEntry,
  anEndpoint,
  anOperation,
  anyTenant,
  aStripeCall,
  aStripeEvent,
} from './records.ts'

const tenantId = anyTenant()
const records = 1_500
const endpointCount = 500
const customers = 300
const customerId = 'customer-7'
const stripeId = 'cus_7'
/** As many as share a command. */
const many = Array.from({ length: 50 }, (_, n) => n)

let store: PlannedStore['store']
let plansOf: PlannedStore['plansOf']

beforeAll(async () => {
  ;({ store, plansOf } = await openPlannedStore(inject('mongoUrl'), `${inject('runName')}-record-plans`))
  const all = Array.from({ length: records }, (_, n) => {
    // One tenant in ten: of most of a collection a planner with statistics would rather read all, and whether it has them depends on
    // what the database did by itself meanwhile.
    const tenant = n % 10 === 7 ? tenantId : 'another'
    return { n, tenant, customer: `customer-${n % customers}`, stripe: `cus_${n % customers}` }
  })
  await store.insertOperations(
    all.map(({ n, tenant, customer }) =>
      anOperation(tenant, { number: n, customer_id: customer, idempotency_key: `idem-${n}` }),
    ),
  )
  await store.insertStripeEvents(
    all.map(({ n, tenant, stripe }) => aStripeEvent(tenant, { stripe_customer_id: stripe, received_at: n })),
  )
  for (const part of ['another', tenantId]) {
    const own = all.filter(({ tenant }) => tenant === part)
    await store.appendEvents(
      own.map(({ customer }, index) => aLoggedEvent(part, index + 1, { customer_id: customer })),
    )
  }
  const endpoints = all
    .filter(({ n }) => n < endpointCount)
    .map(({ n, tenant }) => anEndpoint(tenant, { _id: `endpoint-${n}` }))
  await Promise.all(endpoints.map((endpoint) => store.insertEndpoint(endpoint)))
  await store.insertAttempts(
    all.map(({ n }) => anAttempt(endpoints[n % endpointCount] ?? anEndpoint(tenantId), `event-${n}`)),
  )
  for (let first = 0; first < records; first += 50) {
    await Promise.all(
      all.slice(first, first + 50).map(async ({ n, tenant, customer, stripe }) => {
        await store.appendAudit(anAuditEntry(tenant, { customer_id: customer }))
        await store.insertStripeCall(aStripeCall(tenant, { customer_id: customer, at: n }))
        const endpoint = endpoints[n % endpoints.length]
        if (endpoint) await store.putDelivery(aDelivery(endpoint, `event-${n}`, { due_at: n }))
        await store.insertMirrored(aMirrored(tenant, { object_id: `in_${n}`, stripe_customer_id: stripe }))
      }),
    )
  }
})
afterAll(() => store.close())

const ref = { tenantId, customerId }
const endpoint = { tenantId, endpointId: 'endpoint-7' }

test.each<[string, () => Promise<unknown>]>([
  ['operations of a tenant, the last first', () => store.listOperations({ tenantId, limit: 50 })],
  ['operations of a customer', () => store.listOperations({ tenantId, customerId, limit: 50 })],
  ['operations that are parked', () => store.listOperations({ tenantId, status: 'parked', limit: 50 })],
  ['operations behind a cursor', () => store.listOperations({ tenantId, before: 700, limit: 50 })],
  ['a write by its Idempotency-Key', () => store.findByIdempotencyKey(tenantId, 'key_1', 'idem-7')],
  ['waiting operations of a customer', () => store.waitingOperations(ref, 100)],
  [
    'waiting operations of many customers at once',
    () =>
      Promise.all(many.map((n) => store.waitingOperations({ tenantId, customerId: `customer-${n}` }, 100))),
  ],
  ['Stripe events of a tenant, the last first', () => store.listStripeEvents({ tenantId, limit: 50 })],
  [
    'Stripe events of a customer',
    () => store.listStripeEvents({ tenantId, stripeCustomerIds: [stripeId], limit: 50 }),
  ],
  ['Stripe events that wait', () => store.listStripeEvents({ tenantId, state: 'waiting', limit: 50 })],
  ['Stripe events that are done', () => store.listStripeEvents({ tenantId, state: 'done', limit: 50 })],
  [
    'waiting Stripe events of many customers at once',
    () => Promise.all(many.map((n) => store.waitingStripeEvents(tenantId, `cus_${n}`, 100))),
  ],
  ['the log behind a position', () => store.readEvents(tenantId, 500, 100)],
  ['the highest position', () => store.highestPosition(tenantId)],
  ['events of a customer', () => store.readCustomerEvents(ref, 0, 50)],
  ['events of a customer, the last first', () => store.latestCustomerEvents(ref, 10_000, 50)],
  ['webhook endpoints of a tenant', () => store.listEndpoints(tenantId)],
  ['attempts of an endpoint, the last first', () => store.listAttempts({ ...endpoint, limit: 50 })],
  [
    'attempts of an endpoint with one event',
    () => store.listAttempts({ ...endpoint, eventId: 'event-507', limit: 50 }),
  ],
  ['deliveries that are due', () => store.dueDeliveries({ ...endpoint, now: 1_000, limit: 50 })],
  ['the audit log, the last first', () => store.listAudit({ tenantId, limit: 50 })],
  ['the audit log of a customer', () => store.listAudit({ tenantId, customerId, limit: 50 })],
  ['calls that a customer caused', () => store.listStripeCalls({ ...ref, stripeIds: [stripeId], limit: 50 })],
  [
    'mirrored objects of a customer',
    () => store.listMirrored({ tenantId, stripeIds: [stripeId], kind: 'invoice', limit: 50 }),
  ],
])('%s: from an index', async (_, run) => {
  const plans = await plansOf(run)
  expect(plans).not.toEqual([])
  for (const plan of plans) expect(plan).toMatchObject({ scans: false } satisfies Partial<Plan>)
  for (const { indexes } of plans) expect(indexes).not.toEqual([])
})
