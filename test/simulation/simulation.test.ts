// The whole of Lockstep on seeded schedules: deaths, lost bells, faults at Stripe, doubled and reordered events, days that
// pass. As it is, every schedule holds; with a bug planted, one that shows it is found. `pnpm simulate` runs more.

import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { climateOf } from './climate.ts'
import { plants } from './plants/all.ts'
import { patchedFiles } from './plants/install.ts'
import { forgiveDeaths } from './player.ts'
import { runSchedule } from './schedule.ts'
import { stories } from './stories.ts'
import { tellStory } from './story.ts'

/** Fresh ones each time, so that the test run keeps searching. */
const fresh = 1_000
/** Seeds that once broke a guarantee, or showed that the judge was wrong. What they taught in general stands in stories.ts. */
const remembered = [
  207, 294, 1034, 10_185_697, 271_364_933, 271_366_484, 271_366_786, 271_367_091, 769_957_259, 769_962_542,
  107_638_126, 77_288_341,
]

forgiveDeaths()

interface Ended {
  code: number | null
  out: string
  err: string
}

function simulate(...args: string[]): Promise<Ended> {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = { out: '', err: '' }
  child.stdout.on('data', (part: Buffer) => (ended.out += part))
  child.stderr.on('data', (part: Buffer) => (ended.err += part))
  return new Promise((done) => child.on('close', (code) => done({ code, ...ended })))
}

test(`${fresh} schedules that nobody has seen keep every guarantee`, { timeout: 600_000 }, async () => {
  const seed = randomInt(1, 1_000_000_000 - fresh)
  const { code, out, err } = await simulate('--schedules', String(fresh), '--seed', String(seed))
  expect(out + err).toContain(`${fresh} schedules held, 0 broke a guarantee`)
  expect(code).toBe(0)
})

test.each(remembered)('the schedule of seed %i keeps every guarantee', async (seed) => {
  expect((await runSchedule(seed)).broken).toEqual([])
})

test.each(Object.keys(stories))('the product holds in the story of %s', async (name) => {
  expect(await tellStory(stories[name] ?? { tell: () => Promise.reject(new Error(name)) })).toEqual([])
})

test('every planted bug is found, by its story or within 2,000 schedules', { timeout: 900_000 }, async () => {
  const { code, out, err } = await simulate('--plant', 'all', '--seed', '1')
  const found = out.split('\n').flatMap((line) => /^([a-z0-9-]+): found by /.exec(line)?.[1] ?? [])
  expect(found.toSorted(), out + err).toEqual(plants.map(({ name }) => name).toSorted())
  expect(code).toBe(0)
})

test('every story is of a planted bug, and every name is given once', () => {
  const names = plants.map(({ name }) => name)
  expect(Object.keys(stories).filter((name) => !names.includes(name))).toEqual([])
  expect(new Set(names).size).toBe(names.length)
})

test.each(plants)('what $name changes stands in the product once', ({ patches }) => {
  expect(patchedFiles(patches).size).toBeGreaterThan(0)
})

test('a seed is the whole schedule: the same trace twice, another for another seed', async () => {
  const [once, again, other] = [await runSchedule(4711), await runSchedule(4711), await runSchedule(4712)]
  expect(again.hash).toBe(once.hash)
  expect(again.trace).toEqual(once.trace)
  expect(other.hash).not.toBe(once.hash)
})

test('a schedule that breaks a guarantee is shortened, and the command that is printed shows it again', async () => {
  const { code, out } = await simulate('--plant', 'ops-before-doc', '--seed', '1')
  expect(code).toBe(1)
  const [, seed, kept] = /seed (\d+), shortened to (\d+) steps/.exec(out) ?? []
  const broken = /\n {2}(G\d+: .*)\n/.exec(out)?.[1] ?? 'none'
  const again = /again: pnpm simulate (.*)/.exec(out)?.[1]?.split(' ') ?? []
  expect(Number(kept)).toBeLessThan(climateOf(Number(seed)).steps / 2)
  expect(again).toContain(seed)
  const second = await simulate(...again)
  expect(second.code).toBe(1)
  expect(second.out).toContain(broken)
})

test.each([
  ['--schedules', '0'],
  ['--schedules', '1000001'],
  ['--schedules', 'many'],
  ['--seed', '-1'],
  ['--seed', '0x10'],
  ['--plant', 'no-such-bug'],
  ['--keep', '1-x'],
  ['--trace', '--schedules', '5'],
  ['--processes', '0'],
  ['--nonsense'],
])('%s %s is refused with the usage, and exit code 2', async (...args) => {
  const { code, out, err } = await simulate(...args.filter((arg) => arg !== undefined))
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(/^.+\n\nusage: pnpm simulate/s)
})

test('the planted bugs are listed, one a line with what is wrong', async () => {
  const { code, out } = await simulate('--plant', 'list')
  expect(code).toBe(0)
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(plants.map(({ name }) => name))
})
