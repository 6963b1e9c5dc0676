// Owns what Stripe itself saw, asked at the sandbox's own doors: without latency, limits or faults, and on no account.

import { z } from 'zod'
import type { Stack } from '../../support/stack.ts'

const createdEvents = z.object({
  events: z.array(
    z.object({
      type: z.string(),
      data: z.object({
        object: z.looseObject({ id: z.string(), metadata: z.record(z.string(), z.string()).optional() }),
      }),
    }),
  ),
})

/** The Stripe customers ever created for one of ours, deleted ones and those without our mark now included. */
export async function everCreated(stack: Stack, customerId: string): Promise<string[]> {
  const response = await fetch(`${stack.sandbox.url}/_sandbox/events?limit=10000`)
  const { events } = createdEvents.parse(await response.json())
  return events
    .filter(({ type }) => type === 'customer.created')
    .filter(({ data }) => data.object.metadata?.['lockstep_id'] === customerId)
    .map(({ data }) => data.object.id)
}

/** Calls that were answered, oldest first. */
export function answeredCalls(stack: Stack, method: string, path: string) {
  return stack.sandbox.requests().filter((request) => request.method === method && request.path === path)
}
