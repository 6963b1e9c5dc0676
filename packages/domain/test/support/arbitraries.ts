// Owns the generators of the property tests: leaves of every kind, trees that share leaves and values often enough to
// meet every case, documents as hostile callers leave them.

import fc from 'fast-check'
import type { CustomerDocument, Push, Refusal, SentLeaf } from '../../src/customer/document.ts'
import { type Json, leavesOf } from '../../src/customer/tree.ts'
import { canonical, fixedLeaves } from '../../src/sync/canonical.ts'
import { aDocument, anEnded, at } from './documents.ts'

/** Metadata names that break careless code; all of them can travel. */
export const hostileNames = [
  '__proto__',
  'constructor',
  'toString',
  '$where',
  'a.b',
  ' ',
  '🗝️',
  '0',
  'ключ',
  'a&b=c%',
]
/** Metadata names that have no form at Stripe. */
export const impossibleNames = ['', 'k'.repeat(41), 'a[b]', ']', '[']

export const fixedLeaf = fc.constantFrom(...fixedLeaves)
export const metadataLeaf = fc
  .constantFrom('plan', 'seats', ...hostileNames)
  .map((name) => `metadata.${name}`)
export const anyLeaf = fc.oneof({ weight: 2, arbitrary: fixedLeaf }, { weight: 1, arbitrary: metadataLeaf })

/** Few values, so that two trees are often equal; canonical for every leaf. */
const fewTexts = fc.constantFrom('A', 'B', 'C')

/** A canonical value for this leaf. */
export function canonicalValue(leaf: string): fc.Arbitrary<string> {
  if (leaf === 'tax_exempt') return fc.constantFrom('exempt', 'reverse')
  if (leaf === 'preferred_locales') return fc.constantFrom('["en"]', '["de","en"]')
  // Texts that read as JSON, in Stripe's own spelling.
  if (leaf.startsWith('metadata.'))
    return fc.oneof(fewTexts, fc.constantFrom('1', '1.0', '"A"', '{ "a": 1 }', 'null'))
  return fewTexts
}

/** A canonical tree, as Stripe may show it. Shipping is whole or absent, as there. */
export const stripeTree: fc.Arbitrary<Map<string, string>> = fc
  .array(
    anyLeaf.chain((leaf) => canonicalValue(leaf).map((value): [string, string] => [leaf, value])),
    { maxLength: 12 },
  )
  .map((pairs) => {
    const tree = new Map(pairs)
    if (![...tree.keys()].some((leaf) => leaf.startsWith('shipping.'))) return tree
    return new Map([...tree, ['shipping.name', 'Ship'], ['shipping.address.line1', 'Pier 1']])
  })

/** What a caller may have written into a leaf: canonical or not, empty, too long, JSON in metadata. */
export function callersValue(leaf: string): fc.Arbitrary<Json> {
  if (leaf === 'preferred_locales') return fc.constantFrom<Json[]>([], ['en'], ['de', 'en'])
  if (leaf === 'tax_exempt') return fc.constantFrom<Json[]>('none', 'exempt', 'reverse')
  if (leaf.startsWith('metadata.')) {
    return fc.oneof(
      fewTexts,
      fc.constantFrom<Json[]>(1, true, false, 0, { a: [1] }, [], '7', ' x ', 'v'.repeat(501)),
    )
  }
  return fc.oneof(fewTexts, fc.constantFrom(' A ', '   ', 'v'.repeat(5001)))
}

const oddLeaf = fc.constantFrom(...impossibleNames).map((name) => `metadata.${name}`)

/** A caller's tree, hostile names included. */
export const callersTree: fc.Arbitrary<Map<string, Json>> = fc
  .array(
    fc
      .oneof({ weight: 9, arbitrary: anyLeaf }, { weight: 1, arbitrary: oddLeaf })
      .chain((leaf) => callersValue(leaf).map((value): [string, Json] => [leaf, value])),
    { maxLength: 14 },
  )
  .map((pairs) => new Map(pairs))

export const policy = fc.constantFrom('ours' as const, 'stripe' as const)

/** What Stripe shows of a linked customer: our marks, some of them gone or forged, among whatever else. */
export const linkedTree: fc.Arbitrary<Map<string, string>> = fc
  .tuple(stripeTree, fc.subarray(['id', 'key', 'status', 'state', 'tier']), fc.boolean())
  .map(([tree, names, forged]) => {
    const marks = {
      id: 'customer-1',
      key: 'key-1',
      status: 'lead',
      state: 'active',
      tier: forged ? 'x' : 'free',
    }
    // The names are the record's own.
    const own = names.map(
      (n) => [`metadata.lockstep_${n}`, marks[n as keyof typeof marks]] as [string, string],
    )
    return new Map([...tree, ...own])
  })

/** Some of a tree's leaves, as they were sent. */
function someOf(tree: ReadonlyMap<string, string>): fc.Arbitrary<SentLeaf[]> {
  return fc.subarray([...tree].map(([k, v]) => ({ k, v })))
}

/** Ended pushes of every kind, that sent some of what these trees hold. */
function pushesOf(...trees: ReadonlyMap<string, string>[]): fc.Arbitrary<Push[]> {
  const push = fc
    .constantFrom(...trees)
    .chain((tree) =>
      fc.record({
        sent: someOf(tree),
        ok: fc.boolean(),
        looked: fc.boolean(),
        echo_wanted: fc.option(fc.integer({ min: 1, max: 4 })),
        // One of them is about to lapse.
        ended_at: fc.constantFrom(at, at - 29 * 24 * 3_600_000),
      }),
    )
    .map((fields) => anEnded(fields))
  return fc
    .array(push, { maxLength: 3 })
    .map((all) => all.map((one, n) => ({ ...one, key: `ls:update:c:1.${n}` })))
}

/** A linked customer between two steps, and what Stripe shows of it now. */
export const linkedCustomer: fc.Arbitrary<{ doc: CustomerDocument; shown: Map<string, string> }> = fc
  .tuple(callersTree, linkedTree, linkedTree)
  .chain(([desired, base, shown]) =>
    fc
      .record({
        pushes: pushesOf(base, shown),
        refused: fc
          .subarray([...desired])
          .map((some): Refusal[] =>
            some.map(([k, v]) => ({ k, v: canonical(k, v), code: 'refused', param: null, at })),
          ),
        one_leaf: fc.boolean(),
        wanted: fc.integer({ min: 0, max: 4 }),
        claims: fc.boolean(),
      })
      .map(({ claims, ...fields }) => {
        const email = canonical('email', desired.get('email'))
        const doc = aDocument({
          ...fields,
          stripe_id: 'cus_1',
          desired: [...desired],
          observed: leavesOf(base),
          base: leavesOf(base),
          ...(claims && email !== null && { email_claim: email.toLowerCase() }),
        })
        return { doc, shown }
      }),
  )
