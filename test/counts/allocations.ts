// Owns what is allocated for one operation: a program that runs each path so often, with a young generation that holds all of it,
// and prints the bytes of one as JSON. Run with `--expose-gc` and enough semi-space: see allocations.test.ts.

import { applyOperation } from '@lockstep/domain/customer/apply'
import { type CustomerDocument, newCustomer } from '@lockstep/domain/customer/document'
import { sealed } from '@lockstep/domain/customer/seal'
import { customerView } from '@lockstep/domain/customer/view'
import type { Operation } from '@lockstep/domain/operation/operation'
import { customerOf, storedCustomer } from '@lockstep/domain/store/mongo/collections'
import { parseStripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { noted } from '@lockstep/domain/sync/echo'
import { answered, opened } from '@lockstep/domain/sync/intent'
import { nextStep } from '@lockstep/domain/sync/plan'
import { canonicalDialect, updateRequest } from '@lockstep/gateway/customers/customer-requests'
import { parseInput } from '@lockstep/gateway/schema/parse'
import { readStripeEvent } from '@lockstep/gateway/webhooks/stripe-payload'
import { verifyStripeSignature } from '@lockstep/gateway/webhooks/stripe-signature'
import Stripe from 'stripe'

/** Before anything is counted: the compilers take what they want. */
const warmUps = 3_000
/** All of these must fit into the semi-space. */
const counted = 1_000

const now = Date.UTC(2026, 10, 1)
const moment = { now, uuid: () => '018f0000-0000-7000-8000-000000000001' }
const policyFor = () => 'ours' as const
const secret = 'whsec_allocations'

const stripeObject = {
  id: 'cus_allocations',
  object: 'customer',
  livemode: false,
  created: now / 1_000,
  balance: 0,
  name: 'Ada Lovelace',
  email: 'ada@example.com',
  address: { city: 'London', country: 'GB' },
  metadata: { plan: 'pro' },
}

/** A customer that both sides agree on, with nothing left to tell. */
const standing = settled(linked())

function linked(): CustomerDocument {
  const id = '018f0000-0000-7000-8000-000000000002'
  const wish: CustomerDocument = {
    ...newCustomer({ id, tenantId: 'default', key: 'customer', at: now, touchedByApi: true }),
    desired: [
      { k: 'name', v: 'Ada Lovelace' },
      { k: 'email', v: 'ada@example.com' },
      { k: 'address.city', v: 'London' },
      { k: 'address.country', v: 'GB' },
      { k: 'metadata.plan', v: 'pro' },
    ],
  }
  return pushed(wish, stripeObject)
}

/** The next call, written down and answered by this. */
function pushed(doc: CustomerDocument, answer: object): CustomerDocument {
  const step = nextStep(doc)
  if (step.kind !== 'create' && step.kind !== 'update') throw new Error(`bug: the next step is ${step.kind}`)
  const open = stored(opened(doc, step, now))
  const metadata = Object.fromEntries(
    open.intent?.sent.flatMap(({ k, v }) => (k.startsWith('metadata.') ? [[k.slice(9), String(v)]] : [])) ??
      [],
  )
  const seen = parseStripeCustomer({ ...answer, metadata: { ...stripeObject.metadata, ...metadata } })
  if (seen.kind !== 'living') throw new Error('bug: a deleted customer')
  return stored(answered(open, { customer: seen.customer, replayed: false, policyFor }, moment))
}

/** To the database's form and back, as between two moves. */
function stored(doc: CustomerDocument): CustomerDocument {
  return customerOf(storedCustomer(sealed(doc, now)))
}

function settled(doc: CustomerDocument): CustomerDocument {
  return { ...doc, outbox: [], applied: [], seen: doc.wanted, pushes: [] }
}

const operation: Operation = {
  _id: '018f0000-0000-7000-8000-000000000003',
  tenant_id: 'default',
  customer_id: standing._id,
  number: 1,
  status: 'accepted',
  body: { kind: 'update', input: { name: 'Ada King' } },
  if_match: null,
  api_key_id: 'key_allocations',
  request_hash: '',
  accepted_at: now,
}

const event = Buffer.from(
  JSON.stringify({
    id: 'evt_allocations',
    object: 'event',
    api_version: '2026-10-28.endive',
    created: now / 1_000,
    livemode: false,
    type: 'customer.updated',
    request: { id: 'req_1', idempotency_key: null },
    data: { object: { ...stripeObject, description: 'x'.repeat(400) }, previous_attributes: { name: 'Ada' } },
  }),
)
const header = Stripe.webhooks.generateTestHeaderString({
  payload: event.toString(),
  secret,
  timestamp: now / 1_000,
})
const request = {
  name: 'Ada King',
  billing_address: { city: 'Paris', country: 'FR' },
  metadata: { plan: 'basic' },
}
const schema = updateRequest(canonicalDialect)

/** Each path of the product that every operation of its kind takes, without what carries it. */
const paths: Record<string, () => unknown> = {
  /** From the operation to the answer of Stripe, its echo and the answer to the caller. */
  update() {
    const applied = applyOperation(standing, operation, moment)
    if (applied.kind !== 'applied') throw new Error(`bug: the update is ${applied.kind}`)
    const doc = pushed(settled(stored(applied.doc)), { ...stripeObject, name: 'Ada King' })
    return JSON.stringify(customerView(doc))
  },
  /** Taken in by the gateway, and noted by the worker. */
  webhook() {
    verifyStripeSignature({ payload: event, header, secrets: [secret], now })
    const read = readStripeEvent({ payload: event, tenantId: 'default', now })
    return stored(noted(standing, { event: read.event, keptPush: null, policyFor }, moment).doc)
  },
  request: () => parseInput(schema, request),
}

function bytesOf(path: () => unknown): number {
  const { gc } = globalThis
  if (!gc) throw new Error('run with --expose-gc')
  for (let n = 0; n < warmUps; n++) path()
  gc()
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < counted; n++) path()
  return Math.round((process.memoryUsage().heapUsed - before) / counted)
}

const bytes = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, bytesOf(path)]))
process.stdout.write(JSON.stringify(bytes))
