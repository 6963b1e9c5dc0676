// Rounds on the real stack: callers and people at the dashboard write all the while, something breaks, and afterwards
// every acknowledged operation is accounted for, nothing happened twice, and both sides are equal (G1–G4, G6, G7, G11).
// The long rounds, with figures: test/proofs/stack.

import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chanceOf } from '../support/chance.ts'
import { type FaultStack, startFaultStack } from './support/fault-stack.ts'
import { type Judge, openJudge } from './support/judge.ts'
import type { WriteRecord } from './support/ledger.ts'
import { openLoad, type Pair } from './support/load.ts'
import { playRound, type RoundOptions } from './support/round.ts'
import { amnesia, kills, outages, rollingRestart, type Trouble } from './support/troubles.ts'

const seed = Number(process.env['SEED'] ?? randomInt(1, 2 ** 31))
const chance = chanceOf(seed)
/** Gentle: what is sought is what breaks, not what bends (operations and edits a second). */
const rates = { perSecond: 20, editsPerSecond: 4 }
/** Processes are started again many times, and each start takes seconds on a busy machine (ms). */
const timeout = 240_000
/** Customers that all writes and edits meet on: few, so that both sides often change one at once. */
const customers = 15

let stack: FaultStack
let judge: Judge
let pairs: Pair[]
beforeAll(async () => {
  stack = await startFaultStack()
  judge = openJudge(stack)
  const load = openLoad(stack, { name: 'pairs', chance })
  pairs = await load.pairs(customers)
  expect((await judge.round(load.callers)).findings).toEqual([])
  await load.close()
})
afterAll(() => stack.close())

/** Under load from before the first until after the last, each outage a moment long; then the judgement. */
async function round(name: string, troubles: readonly Trouble[], hears: Partial<RoundOptions> = {}) {
  const common = { stack, judge, chance, pairs, lastingS: 0.7 }
  const { findings, counts } = await playRound({ name, troubles, ...common, ...rates, ...hears })
  expect(findings).toEqual([])
  expect(counts.applied).toBeGreaterThan(0)
  return counts
}

test(`every kind of process killed under load loses nothing and does nothing twice (seed ${seed})`, {
  timeout,
}, async () => {
  const refused = (status: number, retryAfter: number | null) => {
    expect(status).toBe(503)
    expect(retryAfter).toBeGreaterThan(0)
  }
  // One of several is killed in the long rounds as well; here each kind once, and all workers at once.
  const short = kills.filter(
    ({ name }) => name !== 'a worker is killed' && name !== 'every gateway is killed',
  )
  const { repeated } = await round('kills', short, { refused })
  // Gateways died under their callers: some of these repeats were of writes that had been carried out.
  expect(repeated).toBeGreaterThan(0)
})

test(`a Redis that forgets, or remembers too much, costs nothing but time (seed ${seed})`, {
  timeout,
}, async () => {
  await round('amnesia', amnesia)
})

test(`whatever is cut off, silent, slow or broken between the processes is got over (seed ${seed})`, {
  timeout,
}, async () => {
  await round('outages', outages)
})

test(`a rolling restart costs callers a connection at most (seed ${seed})`, { timeout }, async () => {
  const carriedOut: string[] = []
  const unanswered = async ({ key }: WriteRecord, error: unknown) => {
    // Only a connection may end, and only one on which nothing was under way.
    expect(String(error)).toMatch(/ECONN|other side closed/)
    const found = await stack.store.findByIdempotencyKey('default', 'key_test', key)
    if (found) carriedOut.push(key)
  }
  const refused = (status: number) => expect(`answered ${status}`).toBe('never refused')
  await round('upgrade', [rollingRestart], { unanswered, refused })
  expect(carriedOut).toEqual([])
})
