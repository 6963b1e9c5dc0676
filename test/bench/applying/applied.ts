// Owns changes that are followed from their acknowledgement until they are applied, with the way to Stripe paused.

import { pauseTenant } from '@lockstep/cli/tenant/pause-tenant'
import { populating } from '../../support/population.ts'
import type { BenchContext } from '../benchmark.ts'
import { type WriteLoad, writeLoad } from '../intake/load.ts'
import type { LoadTarget } from '../load/proven.ts'
import { type BenchStack, gatewayOf } from '../stack/bench-stack.ts'
import { inventedStripe } from '../stack/invented-stripe.ts'
import { type Settled, settledOf } from './settled.ts'

/** So many customers, linked and in step, and the way to Stripe paused; answers their ids, oldest first. */
export async function customersInStep({ store, mongoUrl }: BenchStack, count: number): Promise<string[]> {
  const ids: string[] = []
  const places = { mongoUrl, stripe: inventedStripe(), tenantId: 'default' }
  for await (const batch of populating(places, count)) ids.push(...batch.map(({ _id }) => _id))
  const pause = { inbound: false, outbound: true, detail: 'a benchmark', at: Date.now() }
  await pauseTenant(store, 'default', pause)
  return ids
}

/** Who is changed, where, and how it is reported. */
export interface ChangedCustomers {
  context: BenchContext
  stack: BenchStack
  /** In turn. */
  ids: readonly string[]
}

/** One load of changes, to its last one's end. @throws where one is lost, doubled or not applied */
export async function loadApplied(
  { context, stack, ids }: ChangedCustomers,
  run: (target: LoadTarget) => Promise<unknown>,
): Promise<Settled> {
  const load: WriteLoad = writeLoad(stack, { ids, creates: false })
  await run({ context, url: gatewayOf(stack), open: () => load })
  return settledOf(stack.mongoUrl, load.name)
}
