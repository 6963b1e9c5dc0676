// The process dies before and after each single port call of a pass that has every kind of difference in it. Another process
// goes on: everything is counted once, asked for once, and put right (G1, G2, G3).

import { expect, test } from 'vitest'
import type { World } from '../support/world.ts'
import { passThatDiesEverywhere } from './support/dying-pass.ts'
import {
  askRepair,
  customersInStep,
  expectAgreed,
  lastPass,
  livingAtStripe,
  strandedCustomer,
} from './support/passes.ts'

/** Some hundred passes, each a few milliseconds on a machine of its own (ms). */
const allMs = 300_000

/** Plants one of each kind; answers how to see that all is right. */
async function planted(world: World): Promise<() => Promise<void>> {
  const all = await customersInStep(world, 5)
  const [drifted, deleted, doubled] = all
  await world.dashboard('POST', `/v1/customers/${drifted?.stripeId}`, { name: 'Edited' })
  await world.dashboard('DELETE', `/v1/customers/${deleted?.stripeId}`)
  const extra = await world.dashboard('POST', '/v1/customers', { name: 'Extra' })
  const double = await world.dashboard('POST', '/v1/customers', {
    name: 'Double',
    'metadata[lockstep_id]': doubled?.id ?? '',
  })
  const missing = await strandedCustomer(world, 'restored')
  return async () => {
    const { counts, ended_at } = await lastPass(world)
    expect(ended_at).not.toBeNull()
    expect(counts).toMatchObject({ missing: 1, extra: 1, drifted: 1, deleted: 1, duplicated: 1, absent: 0 })
    expect((await world.customer(drifted?.id ?? '')).desired).toContainEqual({ k: 'name', v: 'Edited' })
    expect((await world.customer(deleted?.id ?? '')).state).toBe('archived')
    expect((await world.customer(missing)).stripe_id).toBeDefined()
    expect((await world.customer(doubled?.id ?? '')).conflicts).toHaveLength(1)
    // Four of the five, the stranger, the double and the restored one.
    const living = await livingAtStripe(world)
    expect(living.size).toBe(7)
    expect(living.has(String(extra['id']))).toBe(true)
    await world.dashboard('DELETE', `/v1/customers/${String(double['id'])}`)
    await expectAgreed(world)
  }
}

test(
  'a process that dies at any port call of a pass loses nothing of it and doubles nothing',
  async () => {
    expect(await passThatDiesEverywhere({ planted, ask: askRepair })).toBeGreaterThan(40)
  },
  allMs,
)
