// Owns a pass whose process dies once, at every place where it can, and another process that goes on with it.

import { expect } from 'vitest'
import type { Ports } from '@lockstep/worker/ports'
import { Crash, type Killer, openWorld, type World } from '../../support/world.ts'
import { stepOn } from './passes.ts'

/** What a pass meets, and how it is asked for. */
export interface DyingPass {
  /** Sets a new world up; answers how to see that all is right in the end. */
  planted: (world: World) => Promise<() => Promise<void>>
  ask: (ports: Ports) => Promise<unknown>
  /** What the lanes do once it was asked for, before its first page is read. */
  meanwhile?: (world: World) => Promise<void>
}

/** Longer than the lease of the dead (ms). */
const leaseOverMs = 61_000

/** Kills before and after each port call, a new world each time; answers how many calls a calm pass makes. */
export async function passThatDiesEverywhere(pass: DyingPass): Promise<number> {
  const calm = await run(pass, () => false)
  for (let number = 1; number <= calm.calls; number++) {
    for (const moment of ['before', 'after'] as const) {
      const { crashed } = await run(pass, (call) => call.number === number && call.moment === moment)
      expect(crashed, `${moment} call ${number}`).toBe(true)
    }
  }
  return calm.calls
}

/** One pass from its wish to its end, with this killer; answers how many port calls the process made that it was set on. */
async function run(
  { planted, ask, meanwhile }: DyingPass,
  killer: Killer,
): Promise<{ crashed: boolean; calls: number }> {
  const world = await openWorld()
  try {
    const check = await planted(world)
    let crashed = false
    let calls = 0
    world.restart((call) => {
      calls = Math.max(calls, call.number)
      if (crashed || !killer(call)) return false
      crashed = true
      return true
    })
    await withCrashes(world, () => ask(world.ports))
    if (crashed) await ask(world.ports)
    if (meanwhile) await withCrashes(world, () => meanwhile(world))
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
