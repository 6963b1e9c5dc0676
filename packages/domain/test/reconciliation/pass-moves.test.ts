// The record of a pass: who may move it, what counts, and what a wish becomes.

import { describe, expect, test } from 'vitest'
import { listStart } from '../../src/reconciliation/list-window.ts'
import {
  type Finding,
  foundMax,
  type HeldCustomer,
  heldMax,
  type Reconciliation,
} from '../../src/reconciliation/pass.ts'
import {
  asked,
  firstReconciliation,
  leased,
  mayHold,
  next,
  noted,
  pageDone,
  scanDone,
  startedOver,
  withHeld,
} from '../../src/reconciliation/pass-moves.ts'

const wish = { reason: 'repair', asked_at: 5, expected: null } as const
const fresh = () => firstReconciliation('t', 'pass-1', wish)
const begun = () => leased(fresh(), { holder: 'w1', until: 100, now: 10 })
const drifted = (n: number): Finding => ({
  kind: 'drifted',
  customer: `c${n}`,
  stripe: `cus_${n}`,
  fields: ['name'],
})
const page = (findings: Finding[], hasMore: boolean) => ({
  window: {
    from: 3,
    to: 9,
    living: new Set<string>(),
    next: { after: 'cus_9', frontier: 2, carried: ['cus_9'] },
  },
  hasMore,
  listed: 100,
  underWay: 1,
  findings,
})
const end = { after: 'c9', here: 7, underWay: 0, findings: [], ended: true, now: 50 }
const ended = (): Reconciliation => scanDone(begun(), end)

describe('who may move a pass', () => {
  test('nobody holds it at first; its holder may go on; another one only once the lease is over', () => {
    expect(mayHold(fresh(), 'w1', 0)).toBe(true)
    expect(mayHold(begun(), 'w1', 99)).toBe(true)
    expect(mayHold(begun(), 'w2', 99)).toBe(false)
    expect(mayHold(begun(), 'w2', 100)).toBe(true)
    expect(mayHold(ended(), 'w1', 1000)).toBe(false)
  })

  test('it began when it was first held, whoever holds it later', () => {
    expect(leased(begun(), { holder: 'w2', until: 300, now: 200 }).pass.began_at).toBe(10)
  })
})

describe('what counts', () => {
  test('a page counts as it turned out, and clears what was written down for it', () => {
    const done = pageDone(noted(begun(), [drifted(1), drifted(2)]), page([drifted(1)], true))
    expect(done.pass).toMatchObject({
      reading: 'stripe',
      place: { after: 'cus_9', carried: ['cus_9'] },
      open: [],
      found: [drifted(1)],
      counts: { pages: 1, at_stripe: 100, under_way: 1, drifted: 1, missing: 0 },
    })
  })

  test('the last page leads to our own documents, and the last of these ends the pass', () => {
    const read = pageDone(begun(), page([], false))
    expect(read.pass).toMatchObject({ reading: 'here', place: { carried: [] }, ended_at: null })
    expect(scanDone(read, { ...end, ended: false })).toMatchObject({
      holder: 'w1',
      pass: { here_after: 'c9', ended_at: null },
    })
    expect(scanDone(read, end)).toMatchObject({
      holder: null,
      leased_until: 0,
      pass: { ended_at: 50, counts: { here: 7 } },
    })
  })

  test('all are counted, and only the first ones are kept', () => {
    const many = Array.from({ length: foundMax + 5 }, (_, n) => drifted(n))
    const done = pageDone(begun(), page(many, true))
    expect([done.pass.found.length, done.pass.counts.drifted]).toEqual([foundMax, foundMax + 5])
  })

  test('one that starts over counts anew', () => {
    const again = startedOver(pageDone(begun(), page([drifted(1)], true)))
    expect(again.pass).toMatchObject({
      id: 'pass-1',
      place: listStart,
      began_at: 10,
      counts: { pages: 0, drifted: 0 },
    })
  })
})

describe('a wish', () => {
  test('for a pass that has not begun is that pass, but for a first sync, whose rules are its own', () => {
    expect(asked(fresh(), 'pass-2', wish)).toEqual(fresh())
    expect(asked(fresh(), 'pass-2', { ...wish, reason: 'connect' }).wish).toMatchObject({ reason: 'connect' })
  })

  test('waits while one runs, becomes the next one, and is one however often it is made', () => {
    const waiting = asked(begun(), 'pass-2', wish)
    expect(waiting).toMatchObject({ pass: { id: 'pass-1' }, wish })
    expect(asked(waiting, 'pass-3', { ...wish, asked_at: 9 })).toEqual(waiting)
    expect(asked(waiting, 'pass-3', { ...wish, reason: 'connect' }).wish).toMatchObject({ reason: 'connect' })
    expect(next(waiting, 'pass-2')).toEqual(waiting)
    expect(next(scanDone(waiting, end), 'pass-2')).toMatchObject({
      pass: { id: 'pass-2', reason: 'repair', began_at: null },
      wish: null,
    })
  })

  test('after the end begins at once, and expects as many as the last one read', () => {
    const read = scanDone(pageDone(begun(), page([], false)), end)
    expect(asked(read, 'pass-2', wish)).toMatchObject({ holder: null, pass: { id: 'pass-2', expected: 100 } })
  })
})

test('who is held stays so over passes, until he is settled; the newest are remembered', () => {
  const held = (n: number): HeldCustomer => ({
    stripe: `cus_${n}`,
    why: 'claims_unknown',
    customers: [],
    at: n,
  })
  const one = withHeld(begun(), { more: [held(1), held(2)], settled: new Set() })
  expect(asked(scanDone(one, end), 'pass-2', wish).held).toEqual([held(1), held(2)])
  expect(withHeld(one, { more: [held(2)], settled: new Set(['cus_1']) }).held).toEqual([held(2)])
  const many = Array.from({ length: heldMax + 1 }, (_, n) => held(n))
  expect(withHeld(begun(), { more: many, settled: new Set() }).held).toHaveLength(heldMax)
})
