// Owns one tenant as it stands in the end, read on both sides by somebody whom no fault meets.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { Operation } from '@lockstep/domain/operation/operation'
import type { StripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { z } from 'zod'
import type { SimulatedWorld, TenantUnderTest } from '../simulated-world.ts'

/** One tenant as it stands in the end. */
export interface Side {
  world: SimulatedWorld
  tenant: TenantUnderTest
  documents: CustomerDocument[]
  operations: Map<string, Operation>
  stripe: StripeCustomer[]
  /** Who caused each change at Stripe: the key of the request, and the customer. */
  stripeEvents: { type: string; key: string | null; customer: string }[]
}

/** Reads it. */
export async function sideOf(world: SimulatedWorld, tenant: TenantUnderTest): Promise<Side> {
  const { bare, stripe, history } = world
  const operations = new Map<string, Operation>()
  for (const { operationIds } of history.sent.filter(({ tenantId }) => tenantId === tenant.id)) {
    for (const id of operationIds) {
      const operation = await bare.readOperation(tenant.id, id)
      if (operation) operations.set(id, operation)
    }
  }
  const events = await stripe.list(tenant.peoplesKey, '/v1/events')
  return {
    world,
    tenant,
    documents: await bare.scanCustomers(tenant.id, null, 1000),
    operations,
    stripe: await stripe.living(tenant.peoplesKey),
    stripeEvents: events.map((event) => stripeEvent.parse(event)),
  }
}

const stripeEvent = z
  .object({
    type: z.string(),
    request: z.object({ idempotency_key: z.string().nullable() }).nullable(),
    data: z.object({ object: z.looseObject({ id: z.string() }) }),
  })
  .transform(({ type, request, data }) => ({
    type,
    key: request?.idempotency_key ?? null,
    customer: data.object.id,
  }))

/** A create whose answer names what another customer holds, which callers have touched: a person decides. */
export function isForAPerson(
  { stripeEvents, documents }: Side,
  { parked, intent }: CustomerDocument,
): boolean {
  if (parked?.code !== 'duplicate') return false
  const made = stripeEvents.filter(({ key }) => key !== null && intent?.keys.includes(key))
  const holders = documents.filter(({ stripe_id: id }) => made.some(({ customer }) => customer === id))
  return holders.some(({ touched_by_api: touched }) => touched)
}
