// Owns how a fault test ends: everything acknowledged is applied once, nothing is under way, and both sides are equal
// by the comparison that `lockstep verify` makes.

import { compareSides } from '@lockstep/cli/verify/compare-sides'
import { openStripeSide } from '@lockstep/cli/verify/stripe-side'
import { systemClock } from '@lockstep/domain/clock/clock'
import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { Operation } from '@lockstep/domain/operation/operation'
import { openStripe } from '@lockstep/domain/stripe/stripe-client'
import { expect } from 'vitest'
import { type Stack, stripeKey } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import type { Write } from './callers.ts'

const tenantId = 'default'
/** As the stack names its API key: the scope of Idempotency-Keys. */
const apiKeyId = 'key_test'
/** Stripe's limits are per second; the comparison's own calls come after the last of the worker's (ms). */
const quietMs = 1_000

/** Resolves when all of it is so; fails saying what is not. */
export async function allAppliedAndEqual(stack: Stack, writes: readonly Write[]): Promise<void> {
  const operations = await allApplied(stack, writes)
  await atRest(stack)
  await appliedOnce(stack, operations)
  await equalSides(stack)
}

/** Resolves when the operation of every write is applied. */
export async function allApplied(stack: Stack, writes: readonly Write[]): Promise<Operation[]> {
  const done: Operation[] = []
  for (const { key } of writes) {
    const operation = await until(`${key} is settled`, async () => {
      const found = await stack.store.findByIdempotencyKey(tenantId, apiKeyId, key)
      return found?.status === 'accepted' ? null : found
    })
    expect(operation, key).toMatchObject({ status: 'applied' })
    done.push(operation)
  }
  return done
}

/** Resolves when no operation, Stripe event or customer waits for work; answers all customers. */
export async function atRest(stack: Stack): Promise<CustomerDocument[]> {
  return until('nothing is under way', async () => {
    const { waitingOperations, unsyncedCustomers, waitingStripeEvents } = await stack.store.backlog()
    return waitingOperations + unsyncedCustomers + waitingStripeEvents === 0 && allCustomers(stack)
  })
}

/** Every document, tombstones included. */
export function allCustomers(stack: Stack): Promise<CustomerDocument[]> {
  return stack.store.scanCustomers(tenantId, null, 10_000)
}

/** In the log each of these operations is one event of its customer, and each customer's events have no gap. */
async function appliedOnce(stack: Stack, operations: readonly Operation[]): Promise<void> {
  const log = await stack.store.readEvents(tenantId, 0, 100_000)
  const byCustomer = Map.groupBy(log, (event) => event.customer_id)
  for (const [customerId, mine] of Map.groupBy(operations, (operation) => operation.customer_id)) {
    const events = byCustomer.get(customerId) ?? []
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    const written = events.filter(({ data }) => JSON.parse(data).by === 'api')
    expect(written.map(({ type }) => type).sort(), customerId).toEqual(
      mine.map(({ body }) => eventOf(body.kind)).sort(),
    )
  }
}

function eventOf(kind: string): string {
  return `customer.${kind}d`
}

/** `lockstep verify`, on the stack. */
export async function equalSides(stack: Stack): Promise<void> {
  if (stack.sandbox.settings.limits !== 'off') await quiet(stack)
  const http = openStripe({ secretKey: stripeKey, apiBase: stack.sandbox.url })
  try {
    const stripe = openStripeSide({ http, clock: systemClock })
    expect((await compareSides({ store: stack.store, stripe, tenantId })).differences).toEqual([])
  } finally {
    http.close()
  }
}

function quiet(stack: Stack): Promise<boolean> {
  return until('nobody called Stripe for a second', () => {
    const last = stack.sandbox.requests().at(-1)
    return stack.sandbox.clock.now() - (last?.at ?? 0) > quietMs
  })
}
