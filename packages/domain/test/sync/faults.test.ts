// The pure decisions under faults: writes here, edits there and calls that end in every way, in any order. When that is over,
// a few steps bring both sides together, and no value has gone without a trace.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sealed } from '../../src/customer/seal.ts'
import { dueAt } from '../../src/store/due-at.ts'
import { canonical, desiredTree, fieldOf } from '../../src/sync/canonical.ts'
import { policy } from '../support/arbitraries.ts'
import { expectAgreement } from '../support/agreement.ts'
import { anAgreed, at, baseOf } from '../support/documents.ts'
import { type CallEnd, type FaultyLane, faultyLane } from '../support/faulty-lane.ts'

const leaves = ['name', 'email', 'address.city', 'shipping.phone', 'shipping.address.line1', 'metadata.plan']
const whole = { 'shipping.name': 'Ship' }
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

/** The value that was written last into a leaf, and by whom; `contested`: both sides wrote it, or what travels with it. */
interface Written {
  leaf: string
  value: string | null
  by: 'wish' | 'edit'
  contested: boolean
}

/** Values are never written twice, so that each can be followed; one in five is cleared, where Stripe can be without it. */
function play(lane: FaultyLane, acts: readonly Act[]): Written[] {
  const last = new Map<string, Omit<Written, 'contested'>>()
  const writers = new Map<string, Set<string>>()
  acts.forEach((one, n) => {
    if (one.kind === 'wish' || one.kind === 'edit') {
      const { kind: by, leaf: k } = one
      const cleared = one.filled === 0 && k !== 'shipping.address.line1'
      const value = cleared ? null : `${by} ${n}${one.filled === 4 ? ' bad' : ''}`
      if (by === 'wish') lane.wish(k, value)
      else lane.edit(k, value)
      last.set(k, { leaf: k, value, by })
      writers.set(fieldOf(k), new Set([...(writers.get(fieldOf(k)) ?? []), by]))
    } else if (one.kind === 'step') lane.step(one.end)
    else if (one.kind === 'event') lane.deliver(one.which, one.twice)
    else if (one.kind === 'begin') lane.beginLook()
    else if (one.kind === 'end') lane.endLook()
    else lane.rollForward()
  })
  return [...last.values()].map((one) => ({ ...one, contested: writers.get(fieldOf(one.leaf))?.size === 2 }))
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

/** A value stands, or is on record as lost. What one side alone has ever written must stand. */
function isKept(lane: FaultyLane, { leaf: k, value, contested }: Written): boolean {
  if (canonical(k, desiredTree(lane.doc()).get(k)) === value) return true
  // A clearing of what was clear already is no change that anybody could lose.
  return contested && (value === null || lost(lane).has(value))
}

function lost(lane: FaultyLane): Set<string | null> {
  const told = lane.doc().outbox.filter(({ type }) => type === 'customer.conflict')
  return new Set(told.map(({ data }) => (JSON.parse(data) as { lost: string | null }).lost)) // Its own events.
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
          // Its events told, nothing is left to ring for.
          expect(dueAt(sealed({ ...lane.doc(), outbox: [] }, at))).toBeNull()
          for (const written of last)
            expect({ ...written, kept: isKept(lane, written) }).toEqual({ ...written, kept: true })
        }),
        { numRuns: 500 },
      )
    },
  )
})
