// The process dies before and after each single port call of a pass that has every kind of difference in it. Another process
// goes on: everything is counted once, asked for once, and put right (G1, G2, G3).

import { describe, expect, test } from 'vitest'
import { Crash, type Killer, openWorld, type World } from '../support/world.ts'
import {
  askRepair,
  customersInStep,
  expectAgreed,
  lastPass,
  livingAtStripe,
  stepOn,
  strandedCustomer,
} from './support/passes.ts'

/** Some hundred passes, each a few milliseconds on a machine of its own (ms). */
const allMs = 300_000
/** Longer than the lease of the dead (ms). */
const leaseOverMs = 61_000

/** Plants one of each kind; answers how to see that all is right. */
async function planted(world: World): Promise<{ check: () => Promise<void> }> {
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
  return {
    async check() {
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
    },
  }
}

/** One pass from its wish to its end, with this killer; answers how many port calls the process made that it was set on. */
async function run(killer: Killer): Promise<{ crashed: boolean; calls: number }> {
  const world = await openWorld()
  try {
    const { check } = await planted(world)
    let crashed = false
    let calls = 0
    world.restart((call) => {
      calls = Math.max(calls, call.number)
      if (crashed || !killer(call)) return false
      crashed = true
      return true
    })
    await withCrashes(world, () => askRepair(world.ports))
    if (crashed) await askRepair(world.ports)
    await withCrashes(world, async () => {
      await world.pass(leaseOverMs)
      // Dead right after its last write: nothing is left.
      expect(await stepOn(world.ports)).toMatch(/^(done|idle)$/)
    })
    // What follows is told by events, and is another test's.
    world.restart()
    await world.settle()
    await check()
    return { crashed, calls }
  } finally {
    await world.close()
  }
}

/** Runs it, and again in the next process where this one died. */
async function withCrashes(world: World, step: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await step()
      return
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      world.restart()
    }
  }
}

describe('a process that dies at any port call of a pass', () => {
  test(
    'loses nothing of it and doubles nothing',
    async () => {
      const calm = await run(() => false)
      expect(calm.calls).toBeGreaterThan(40)
      for (let number = 1; number <= calm.calls; number++) {
        for (const moment of ['before', 'after'] as const) {
          const { crashed } = await run((call) => call.number === number && call.moment === moment)
          expect(crashed, `${moment} call ${number}`).toBe(true)
        }
      }
    },
    allMs,
  )
})
