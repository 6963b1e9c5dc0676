// The whole of Lockstep on seeded schedules: two worker processes whose every call waits for its turn, deaths, lost bells,
// faults at Stripe, doubled and reordered events, a day that passes. `pnpm simulate` runs more of them.

import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runSchedule } from './schedule.ts'
import { Death } from './simulated-process.ts'

/** Fresh ones each time, so that the test run keeps searching; a seed that fails goes into the list below. */
const fresh = 80
/** Seeds that once broke a guarantee, or showed that the judge was wrong. */
const remembered = [207, 294, 1034]

/** What a dead process left hanging ends nowhere. */
const forgive = (error: unknown) => {
  if (!(error instanceof Death)) throw error
}
beforeAll(() => void process.on('unhandledRejection', forgive))
afterAll(() => void process.off('unhandledRejection', forgive))

test.each(remembered)('the schedule of seed %i keeps every guarantee', async (seed) => {
  expect((await runSchedule(seed)).broken).toEqual([])
})

test(`${fresh} schedules that nobody has seen keep every guarantee`, async () => {
  const first = randomInt(1, 1_000_000_000)
  for (let seed = first; seed < first + fresh; seed++) {
    const { broken } = await runSchedule(seed)
    expect(broken, `again: pnpm simulate --seed ${seed} --trace`).toEqual([])
  }
}, 300_000)
