// Facts that do not concern the same field come in any order: operations, Stripe events, echoes of our pushes, a look. The
// document that they lead to is the same.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyOperation } from '../../src/customer/apply.ts'
import type { CustomerDocument, Push } from '../../src/customer/document.ts'
import { sealed } from '../../src/customer/seal.ts'
import type { CustomerInput } from '../../src/operation/operation.ts'
import { noted } from '../../src/sync/echo.ts'
import type { Policy } from '../../src/sync/merge.ts'
import { accept } from '../../src/sync/observe.ts'
import { nextStep } from '../../src/sync/plan.ts'
import { policy } from '../support/arbitraries.ts'
import { cross } from '../support/cross.ts'
import { aMoment, anAgreed, anEnded, anEvent, at, shownBy } from '../support/documents.ts'
import { asFacts } from '../support/facts.ts'
import { frozen } from '../support/frozen.ts'
import { anOperation, update } from '../support/operations.ts'

type Value = string | null

/** One field: its leaf, how a caller writes it, how Stripe tells its old value. */
interface Field {
  leaf: string
  values: readonly [string, string]
  input: (value: Value) => CustomerInput
  told: (value: Value) => object
}

const text = (leaf: 'name' | 'email' | 'phone' | 'description'): Field => ({
  leaf,
  values: [`${leaf} 1`, `${leaf} 2`],
  input: (value) => ({ [leaf]: value }),
  told: (value) => ({ [leaf]: value }),
})

const fields: readonly Field[] = [
  text('name'),
  text('email'),
  text('phone'),
  text('description'),
  {
    leaf: 'tax_exempt',
    values: ['exempt', 'reverse'],
    // The values are the two words that callers may write.
    input: (value) => ({ tax_exempt: value as 'exempt' | 'reverse' | null }),
    told: (value) => ({ tax_exempt: value ?? 'none' }),
  },
  {
    leaf: 'address.city',
    values: ['Paris', 'London'],
    input: (value) => ({ billing_address: { city: value } }),
    told: (value) => ({ address: { city: value } }),
  },
  {
    leaf: 'shipping.phone',
    values: ['+1', '+2'],
    input: (value) => ({ shipping: { phone: value } }),
    told: (value) => ({ shipping: { phone: value } }),
  },
  {
    leaf: 'metadata.plan',
    values: ['pro', 'free'],
    input: (value) => ({ metadata: value === null ? [] : [{ k: 'plan', v: value }] }),
    told: (value) => ({ metadata: { plan: value } }),
  },
]

/** What happens to one field: nothing, a caller's write, an edit at Stripe, or the echo of our push that replaced a value. */
const happening = fc.record({
  kind: fc.constantFrom('nothing', 'write', 'edit', 'echo', 'late echo'),
  value: fc.constantFrom(1, null),
  rule: policy,
})
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never
type Fact = (doc: CustomerDocument) => CustomerDocument

const shipping = { 'shipping.name': 'Ship', 'shipping.address.line1': 'Pier 1' }
const moment = () => aMoment(at + 1000)

/** The customer before all of it, and what happens to it: each fact moves the document. */
function storyOf(
  happenings: readonly Happening[],
  strangers: number,
): { start: CustomerDocument; facts: Fact[] } {
  const parts = fields.flatMap((field, n) => {
    const { kind, value, rule } = happenings[n] ?? { kind: 'nothing', value: null, rule: 'ours' }
    return [
      {
        field,
        key: `ls:update:customer-1:1.${n}`,
        kind,
        value: value === null ? null : field.values[1],
        rule,
      },
    ]
  })
  const policyFor = (leaf: string): Policy => parts.find(({ field }) => field.leaf === leaf)?.rule ?? 'ours'
  const pushes = parts.flatMap(({ field, key, kind }): Push[] => {
    if (kind !== 'echo' && kind !== 'late echo') return []
    const [sent, expected] = [[{ k: field.leaf, v: field.values[0] }], [{ k: field.leaf, v: 'expected' }]]
    return [anEnded({ key, sent, expect: expected, ok: kind === 'echo' })]
  })
  const agreed = Object.fromEntries(fields.map(({ leaf, values }) => [leaf, values[0]]))
  const start = anAgreed({ ...agreed, ...shipping }, { pushes, wanted: 3, seen: 2, email_claim: 'email 1' })
  const edits = parts
    .filter(({ kind }) => kind === 'edit')
    .map(({ field, value }) => [field.leaf, value] as const)
  const customer = shownBy(start, Object.fromEntries(edits))
  // The look began before anything else: it answers no later wish.
  const look: Fact = (doc) => accept(doc, { customer, lookedFor: 3, policyFor }, moment())
  const event =
    (fields_: Parameters<typeof anEvent>[0]): Fact =>
    (doc) =>
      noted(doc, { event: anEvent(fields_), keptPush: null, policyFor }, moment()).doc
  const own = parts.flatMap(({ field, key, kind, value }): Fact[] => {
    if (kind === 'write') {
      return [(doc) => written(doc, field.input(value))]
    }
    if (kind !== 'echo' && kind !== 'late echo') return []
    return [event({ idempotency_key: key, previous_attributes: JSON.stringify(field.told(value)) })]
  })
  const others = Array.from({ length: strangers }, () => event({}))
  return { start, facts: [look, ...own, ...others] }
}

function written(doc: CustomerDocument, input: CustomerInput): CustomerDocument {
  const result = applyOperation(doc, anOperation(update(input)), moment())
  if (result.kind !== 'applied') throw new Error(result.kind)
  return result.doc
}

const happened = (start: CustomerDocument, facts: readonly Fact[]) =>
  sealed(
    facts.reduce((doc, fact) => fact(frozen(doc)), start),
    at + 2000,
  )

/** All that a plan says, whatever the order of its leaves. */
function planOf(doc: CustomerDocument) {
  const step = nextStep(doc)
  return step.kind === 'update' ? step.leaves.map(({ k, v }) => `${k} = ${v}`).toSorted() : step
}

const story = fc.record({
  happenings: fc.array(happening, { minLength: fields.length, maxLength: fields.length }),
  strangers: fc.nat(2),
  seeds: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
})

test('the same facts in any order lead to the same customer, and to the same next step', () => {
  let changed = 0
  fc.assert(
    fc.property(story, ({ happenings, strangers, seeds }) => {
      const { start, facts } = storyOf(happenings, strangers)
      const order = facts.map((fact, n) => ({ fact, at: seeds[n] ?? 0 })).toSorted((a, b) => a.at - b.at)
      const one = happened(start, facts)
      const two = happened(
        start,
        order.map(({ fact }) => fact),
      )
      expect(asFacts(two)).toEqual(asFacts(one))
      expect(planOf(two)).toEqual(planOf(one))
      // Once the wishes for a look are answered, what is to be pushed is the same, too.
      expect(planOf({ ...two, seen: two.wanted })).toEqual(planOf({ ...one, seen: one.wanted }))
      if (one.version !== start.version) changed += 1
    }),
    { numRuns: 500 },
  )
  // Most stories do change something, or the test would tell nothing.
  expect(changed).toBeGreaterThan(400)
})

test('any two of them can change places, for every pair of fields and every pair of kinds', () => {
  const kinds = ['write', 'edit', 'echo', 'late echo'] as const
  const places = [...fields.keys()]
  const pairs = cross({ n: places, m: places, first: kinds, second: kinds, rule: ['ours', 'stripe'] })
  const different = pairs.filter(({ n, m }) => n !== m)
  for (const { n, m, first, second, rule } of different) {
    const happenings = places.map((place): Happening => {
      const kind = place === n ? first : place === m ? second : 'nothing'
      return { kind, value: place === n ? null : 1, rule }
    })
    const { start, facts } = storyOf(happenings, 1)
    const [one, two] = [happened(start, facts), happened(start, facts.toReversed())]
    expect(asFacts(two)).toEqual(asFacts(one))
  }
  expect(different).toHaveLength(8 * 7 * 4 * 4 * 2)
})
