// The planner's table, every row: what becomes of one leaf when an observation is accepted, and what is pushed then. All
// combinations of the three trees × kind of leaf × policy × what holds the leaf back, against the text's own words.

import { describe, expect, test } from 'vitest'
import type { CustomerDocument, Push, SentLeaf } from '../../src/customer/document.ts'
import type { Leaf } from '../../src/customer/tree.ts'
import { canonical, desiredTree } from '../../src/sync/canonical.ts'
import { answered } from '../../src/sync/intent.ts'
import type { Policy } from '../../src/sync/merge.ts'
import { accept } from '../../src/sync/observe.ts'
import { nextStep } from '../../src/sync/plan.ts'
import { aMoment, anEnded, anIntent, at, stripeCustomerOf, valueIn } from '../support/documents.ts'
import {
  bystander,
  company,
  customerWith,
  desiredValues,
  isSendable,
  type Kind,
  kinds,
  shownWith,
  stripeValues,
} from '../support/leaf-kinds.ts'
import { cross, tally } from '../support/cross.ts'
import { merged, type Outcome, type Situation, settled, type Value } from '../support/merge-oracle.ts'

/** Nothing refused; the value that we want; another one. */
const refusals = ['none', 'this value', 'another value'] as const
/** What pushes of unknown outcome sent, and whether a look came since. */
const unknowns = ['none', 'another value', 'matches', 'matches late', 'matches late and again'] as const
/** In no kind's values. */
const another = 'another'

interface Trees {
  desired: Value
  base: Value
  observed: Value
}

/** Every way in which the three trees can stand to each other: absent, equal, changed here, there, or both. */
function treesOf(kind: Kind): Trees[] {
  return desiredValues(kind).flatMap((desired) =>
    stripeValues(kind).flatMap((base) => stripeValues(kind).map((observed) => ({ desired, base, observed }))),
  )
}

/** The other leaves are under the other policy: whoever asks for the wrong leaf's is told the wrong one. */
function policyOf(kind: Kind, policy: Policy): (leaf: string) => Policy {
  const other = policy === 'ours' ? 'stripe' : 'ours'
  return (leaf) => (leaf === kind.leaf ? policy : other)
}

function refusedOf(trees: Trees, refusal: (typeof refusals)[number]): { refused?: Value } {
  if (refusal === 'none') return {}
  return { refused: refusal === 'this value' ? trees.desired : another }
}

function unknownOf({ observed }: Trees, unknown: (typeof unknowns)[number]): Situation['unknown'] {
  const late = { sent: observed, looked: true }
  if (unknown === 'none') return []
  if (unknown === 'another value') return [{ sent: another, looked: false }]
  if (unknown === 'matches') return [{ sent: observed, looked: false }]
  return unknown === 'matches late' ? [late] : [late, { sent: observed, looked: false }]
}

function situationOf(kind: Kind, trees: Trees, rest: Pick<Situation, 'policy' | 'refused' | 'unknown'>) {
  return { ...trees, ...rest, reserved: kind.reserved ?? false, sendable: (d: Value) => isSendable(kind, d) }
}

/** The situation as a document. The push that does not match sent what Stripe shows, but of another leaf. */
function documentOf(kind: Kind, { desired, base, observed, refused, unknown }: Situation): CustomerDocument {
  const pushes = unknown.map(({ sent, looked }, n): Push => {
    const leaves: SentLeaf[] = [{ k: kind.leaf, v: sent }]
    if (sent === another) leaves.push({ k: 'metadata.elsewhere', v: observed })
    return anEnded({ key: `unknown-${n}`, ok: false, sent: leaves, looked })
  })
  const doc = { ...customerWith(kind, desired, base), pushes }
  if (refused === undefined) return doc
  return { ...doc, refused: [{ k: kind.leaf, v: refused, code: 'refused', param: null, at }] }
}

/** What the leaf came to; whatever else moved is told as well. */
function outcomeOf({ leaf }: Kind, before: CustomerDocument, after: CustomerDocument) {
  const text = (value: unknown) => JSON.stringify(value)
  const others = (side: readonly Leaf[]) =>
    side.flatMap(({ k, v }) => (k === leaf ? [] : [text([k, v])])).toSorted()
  const sides = (doc: CustomerDocument) => text([doc.desired, doc.base, doc.observed].map(others))
  return {
    desired: canonical(leaf, desiredTree(after).get(leaf)),
    spellingKept: text(valueIn(before.desired, leaf)) === text(valueIn(after.desired, leaf)),
    base: valueIn(after.base, leaf),
    observed: valueIn(after.observed, leaf),
    conflicts: after.conflicts.map(({ id: _, at: __, ...conflict }) => conflict),
    claim: after.email_claim ?? null,
    othersMoved: sides(before) !== sides(after),
  }
}

function expectedOf(kind: Kind, before: CustomerDocument, outcome: Outcome) {
  const { recorded, taken, desired, base, observed } = outcome
  // Taken from Stripe, an e-mail keeps a claim only if it is the claimed one in other letters.
  const kept = !taken || desired?.toLowerCase() === before.email_claim
  return {
    desired,
    // A caller's own spelling stays for as long as nothing is taken over it.
    spellingKept: !taken,
    base,
    observed,
    conflicts: recorded ? [{ k: kind.leaf, ...recorded }] : [],
    claim: kind.leaf === 'email' && kept ? (before.email_claim ?? null) : null,
    othersMoved: false,
  }
}

/** Leaves in one text, by name. */
const listed = (leaves: readonly SentLeaf[]) =>
  leaves
    .map(({ k, v }) => `${k} = ${v}`)
    .toSorted()
    .join(', ')

/** What the next push carries; where it is none, the next step. */
function pushOf(doc: CustomerDocument): string {
  const step = nextStep(doc)
  return step.kind === 'update' ? listed(step.leaves) : step.kind
}

/** What the next push may be: all that differs, or one thing of it where one leaf a time is sent. Shipping goes as a whole. */
function pushesOf(kind: Kind, { desired, pushed }: Outcome, oneLeaf: boolean): string[] {
  const around = (kind.around ?? []).map(([k, v]) => ({ k, v }))
  const leaf = [{ k: kind.leaf, v: desired }, ...around]
  const companys = [{ k: company[0], v: company[1] }]
  if (!pushed) return [listed(companys)]
  if (!oneLeaf) return [listed([...leaf, ...companys])]
  // A place among the metadata is freed before it is taken.
  return desired === null ? [listed(leaf)] : [listed(leaf), listed(companys)]
}

/** Of the allowed pushes, the one that it is; else all of them, to be compared with. */
function allowed(push: string, pushes: readonly string[]): string {
  return pushes.includes(push) ? push : pushes.join(' or ')
}

/** 4 values each; 5 of ours where one has no form at Stripe, 3 of a mark, which is never empty. */
const treesCount = { full: 5 * 4 * 4, plain: 4 * 4 * 4, mark: 3 * 4 * 4 }
const shapeOf = (kind: Kind) => (kind.reserved ? 'mark' : kind.impossible === undefined ? 'plain' : 'full')

const looks = (kind: Kind) =>
  cross({
    trees: treesOf(kind),
    policy: ['ours', 'stripe'],
    refusal: refusals,
    unknown: unknowns,
    oneLeaf: [false, true],
  })

describe('an accepted look', () => {
  test.each(kinds)('at $kind', (kind) => {
    const tried = tally()
    for (const combination of looks(kind)) {
      const { trees, policy, refusal, unknown, oneLeaf } = combination
      const situation = situationOf(kind, trees, {
        policy,
        ...refusedOf(trees, refusal),
        unknown: unknownOf(trees, unknown),
      })
      const before = { ...documentOf(kind, situation), one_leaf: oneLeaf }
      const customer = stripeCustomerOf(shownWith(kind, trees.observed))
      const seen = { customer, lookedFor: before.wanted, policyFor: policyOf(kind, policy) }
      const after = accept(before, seen, aMoment())
      const again = outcomeOf(kind, before, accept(after, seen, aMoment()))
      const push = pushOf(after)
      const outcome = merged(situation)
      const pushes = pushesOf(kind, outcome, oneLeaf)
      const expected = expectedOf(kind, before, outcome)
      tried.add(
        combination,
        { ...outcomeOf(kind, before, after), push, again },
        { ...expected, push: allowed(push, pushes), again: expected },
      )
    }
    tried.expectAll(treesCount[shapeOf(kind)] * 2 * 3 * 5 * 2)
  })
})

describe('an open intent', () => {
  const answers = (kind: Kind) =>
    cross({
      trees: treesOf(kind),
      policy: ['ours', 'stripe'],
      refusal: refusals,
      sent: stripeValues(kind),
    })

  test.each(kinds)('at $kind: nothing else happens, and its answer settles what was sent', (kind) => {
    const tried = tally()
    for (const combination of answers(kind)) {
      const { trees, policy, refusal, sent } = combination
      const situation = situationOf(kind, trees, { policy, ...refusedOf(trees, refusal), unknown: [] })
      const intent = anIntent('update', { sent: [{ k: kind.leaf, v: sent }] })
      const before = { ...documentOf(kind, situation), intent, wanted: 7, seen: 4 }
      const customer = stripeCustomerOf(shownWith(kind, trees.observed))
      const answer = { customer, replayed: false, policyFor: policyOf(kind, policy) }
      const after = answered(before, answer, aMoment())
      const outcome = settled(situation, sent)
      const push = pushOf({ ...after, seen: after.wanted })
      tried.add(
        combination,
        { ...outcomeOf(kind, before, after), open: pushOf(before), next: pushOf(after), push },
        {
          ...expectedOf(kind, before, outcome),
          open: 'resolve',
          // An answer settles no wish for a look.
          next: 'look',
          push: allowed(push, pushesOf(kind, outcome, false)),
        },
      )
    }
    tried.expectAll(treesCount[shapeOf(kind)] * 2 * 3 * 4)
  })
})

test('the tables are whole: 15 kinds, 62,400 looks and 24,960 answers', () => {
  const shapes = kinds.map(shapeOf).toSorted()
  const times = (shape: keyof typeof treesCount, count: number) => Array.from({ length: count }, () => shape)
  expect(shapes).toEqual([...times('full', 6), ...times('mark', 1), ...times('plain', 8)])
  const trees = 6 * 80 + 8 * 64 + 48
  expect([trees * 2 * 3 * 5 * 2, trees * 2 * 3 * 4]).toEqual([62_400, 24_960])
  // Different values, or combinations would be one and the same.
  for (const { values, impossible } of kinds) {
    const all = [...values, impossible ?? null, another, bystander[1], company[1]]
    expect(new Set(all).size).toBe(all.length)
  }
})
