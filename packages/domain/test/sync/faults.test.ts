// The pure decisions under faults: writes here, edits there and calls that end in every way, in any order. When that is over,
// a few steps bring both sides together, and no value has gone without a trace.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical, desiredTree } from '../../src/sync/canonical.ts'
import { policy } from '../support/arbitraries.ts'
import { expectAgreement } from '../support/agreement.ts'
import { anAgreed, baseOf } from '../support/documents.ts'
import { type CallEnd, type FaultyLane, faultyLane } from '../support/faulty-lane.ts'

const leaves = ['name', 'email', 'address.city', 'shipping.phone', 'metadata.plan']
const whole = { 'shipping.name': 'Ship', 'shipping.address.line1': 'Pier 1' }
const ends: CallEnd[] = ['answered', 'lost', 'unknown', 'unknown without effect', 'unknown until later']

const leaf = fc.constantFrom(...leaves)
const act = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wish'), leaf, filled: fc.integer({ min: 0, max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('edit'), leaf, filled: fc.integer({ min: 0, max: 4 }) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('step'), end: fc.constantFrom(...ends) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('event'), which: fc.nat(9), twice: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { kind: 'begin' as const },
      { kind: 'end' as const },
      { kind: 'roll' as const },
    ),
  },
)
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

/** The last value that each side wrote into a leaf. */
type Written = Map<string, { value: string; by: 'api' | 'stripe' }>

/** Values are never written twice, so that each can be followed; one in five is cleared. */
function play(lane: FaultyLane, acts: readonly Act[]): Written {
  const last: Written = new Map()
  acts.forEach((one, n) => {
    if (one.kind === 'wish' || one.kind === 'edit') {
      const value = one.filled === 0 ? null : `${one.kind} ${n}${one.filled === 4 ? ' bad' : ''}`
      if (one.kind === 'wish') lane.wish(one.leaf, value)
      else lane.edit(one.leaf, value)
      if (value === null) last.delete(one.leaf)
      else last.set(one.leaf, { value, by: one.kind === 'wish' ? 'api' : 'stripe' })
    } else if (one.kind === 'step') lane.step(one.end)
    else if (one.kind === 'event') lane.deliver(one.which, one.twice)
    else if (one.kind === 'begin') lane.beginLook()
    else if (one.kind === 'end') lane.endLook()
    else lane.rollForward()
  })
  return last
}

/** No more faults: what is late comes, then steps and events until nothing is left; more than so many steps are a loop. */
function settle(lane: FaultyLane, stepsMax: number): void {
  lane.endLook()
  while (lane.rollForward());
  let steps = 0
  do {
    while (lane.deliver(0, false));
    while (lane.step('answered')) {
      steps += 1
      if (steps > stepsMax) throw new Error(`no end after ${steps} steps`)
    }
  } while (lane.deliver(0, false))
}

function lost(lane: FaultyLane): Set<string> {
  const told = lane.doc().outbox.filter(({ type }) => type === 'customer.conflict')
  return new Set(told.map(({ data }) => (JSON.parse(data) as { lost: string }).lost)) // Its own events.
}

const started = () => anAgreed({ ...Object.fromEntries(leaves.map((k) => [k, `${k} 0`])), ...whole })

/**
 * The longest way to rest (steps). An open call is answered (1), a look shows what became of it (1), what differs is pushed
 * (2), an echo puts an edit back, which is pushed (2), or asks for a look of its own (2).
 */
const restMax = 8
/** A refused leaf costs a call that is opened and refused. */
const refusalMax = 2

describe('when the faults are over', () => {
  const given = fc.record({ acts: fc.array(act, { maxLength: 40 }), rule: policy })
  const refuses = (_: string, value: string) => value.endsWith('bad')

  test.each([
    ['that takes everything', {}, restMax],
    ['that refuses some values by name', { refuses }, restMax + leaves.length * refusalMax],
    // All of them once, and then each by itself.
    ['that names no value it refuses', { refuses, named: false }, restMax + (1 + leaves.length) * refusalMax],
  ])(
    'a Stripe %s and we agree, and each last value stands or is on record as lost',
    (_, options, stepsMax) => {
      fc.assert(
        fc.property(given, ({ acts, rule }) => {
          const start = started()
          const lane = faultyLane(start, baseOf(start), () => rule, options)
          const last = play(lane, acts)
          settle(lane, stepsMax)
          expectAgreement(lane.doc(), lane.shown())
          const records = lost(lane)
          for (const [k, { value, by }] of last) {
            const stands = canonical(k, desiredTree(lane.doc()).get(k)) === value
            expect({ k, by, value, kept: stands || records.has(value) }).toEqual({ k, by, value, kept: true })
          }
        }),
        { numRuns: 500 },
      )
    },
  )
})
