// Owns the kinds of mirrored leaves, each with its own spellings here and at Stripe: what the tables of the planner run over.

import { newCustomer, type CustomerDocument } from '../../src/customer/document.ts'
import type { Json } from '../../src/customer/tree.ts'
import type { Value } from './merge-oracle.ts'

export interface Kind {
  kind: string
  leaf: string
  /** What desired may hold, canonical; the first three and null are what base and Stripe may hold, too. */
  values: readonly [string, string, string]
  /** A value of a caller's that no form at Stripe can hold. */
  impossible?: string
  /** How a caller writes a value, where that differs; the key null: how nothing is written. */
  written?: ReadonlyMap<Value, Json>
  /** How Stripe shows a value, where that differs. */
  shown?: ReadonlyMap<string, string>
  /** Leaves on which all three trees agree: what this one needs around it. They travel with it. */
  around?: readonly [string, string][]
  /** Could this value of ours stand at Stripe? By default whatever is not `impossible`. */
  sendable?: (desired: Value) => boolean
  /** Ours alone: it is a field of the document, and never empty. */
  reserved?: true
}

const address: [string, string] = ['shipping.address.line1', 'Pier 1']
const name: [string, string] = ['shipping.name', 'Ship']

export const kinds: readonly Kind[] = [
  { kind: 'plain text', leaf: 'name', values: ['A', 'B', 'C'], impossible: 'n'.repeat(257) },
  {
    kind: 'text that is trimmed',
    leaf: 'description',
    values: ['A', 'B', 'C'],
    written: new Map<Value, Json>([
      [null, ' \n'],
      ['A', ' A'],
      ['B', '\tB '],
    ]),
    shown: new Map([
      ['A', 'A '],
      ['C', ' C'],
    ]),
  },
  {
    kind: 'e-mail, where the case is a difference',
    leaf: 'email',
    values: ['Ada@b.example', 'ada@b.example', 'grace@b.example'],
    written: new Map([['Ada@b.example', ' Ada@b.example ']]),
    impossible: `${'e'.repeat(505)}@b.example`,
  },
  {
    kind: 'phone',
    leaf: 'phone',
    values: ['+1', '+1 5', '+2'],
    written: new Map<Value, Json>([[null, '']]),
    impossible: '+'.repeat(21),
  },
  {
    kind: 'tax_exempt, where none is nothing',
    leaf: 'tax_exempt',
    // Stripe knows two words; it may learn a third.
    values: ['exempt', 'reverse', 'other'],
    written: new Map<Value, Json>([[null, 'none']]),
  },
  {
    kind: 'a list',
    leaf: 'preferred_locales',
    values: ['["de"]', '["en"]', '["de","en"]'],
    written: new Map<Value, Json>([
      [null, []],
      ['["de"]', ['de']],
      ['["en"]', ['en']],
      ['["de","en"]', ['de', 'en']],
    ]),
  },
  { kind: 'nested text', leaf: 'address.city', values: ['A', 'B', 'C'], impossible: 'n'.repeat(5001) },
  {
    kind: 'country in any case',
    leaf: 'address.country',
    values: ['AT', 'BE', 'CH'],
    written: new Map([
      ['AT', 'at'],
      ['BE', ' be '],
    ]),
    shown: new Map([['CH', 'ch']]),
  },
  {
    kind: 'shipping part that can be cleared',
    leaf: 'shipping.phone',
    values: ['+1', '+2', '+3'],
    around: [name, address],
    impossible: 'p'.repeat(5001),
  },
  {
    kind: 'shipping part two levels deep',
    leaf: 'shipping.address.country',
    values: ['AT', 'BE', 'CH'],
    written: new Map([['AT', 'at']]),
    around: [name, address],
  },
  {
    kind: 'shipping part that can’t be cleared',
    leaf: 'shipping.name',
    values: ['A', 'B', 'C'],
    around: [address],
    sendable: (desired) => desired !== null,
  },
  {
    kind: 'shipping without an address',
    leaf: 'shipping.name',
    values: ['A', 'B', 'C'],
    sendable: (desired) => desired === null,
  },
  {
    kind: 'metadata text under a hostile name',
    leaf: 'metadata.a.__proto__',
    values: ['A', ' A', '{"seats":1}'],
    impossible: 'v'.repeat(501),
  },
  {
    kind: 'metadata that is no text here',
    leaf: 'metadata.constructor',
    values: ['{"seats":1}', '[2]', 'true'],
    written: new Map<Value, Json>([
      ['{"seats":1}', { seats: 1 }],
      ['[2]', [2]],
      ['true', true],
    ]),
  },
  {
    kind: 'a mark of ours',
    leaf: 'metadata.lockstep_tier',
    values: ['free', 'pro', 'basic'],
    reserved: true,
  },
]

/** All that desired may hold of a leaf of this kind. */
export function desiredValues({ values, impossible, reserved }: Kind): Value[] {
  if (reserved) return [...values]
  return [null, ...values, ...(impossible === undefined ? [] : [impossible])]
}

/** All that base and Stripe may hold. */
export function stripeValues({ values }: Kind): Value[] {
  return [null, ...values]
}

/** Could this value stand at Stripe? */
export function isSendable(kind: Kind, desired: Value): boolean {
  return kind.sendable?.(desired) ?? desired !== kind.impossible
}

const ours: readonly [string, string][] = [
  ['metadata.lockstep_id', 'customer-1'],
  ['metadata.lockstep_key', 'key-1'],
  ['metadata.lockstep_status', 'lead'],
  ['metadata.lockstep_state', 'active'],
  ['metadata.lockstep_tier', 'free'],
]
/** Agreed on by all three trees; no merge of another leaf may touch it. */
export const bystander: [string, string] = ['metadata.bystander', 'stands']
/** Wanted here, not yet at Stripe: what one leaf a time is told by. */
export const company: [string, string] = ['metadata.company', 'waits']

/** What Stripe holds beside the leaf: our marks, the bystander and what the leaf needs around it. */
export function treeWith(kind: Kind, value: Value): Map<string, string> {
  const tree = new Map([...ours, bystander, ...(kind.around ?? [])])
  if (value === null) tree.delete(kind.leaf)
  else tree.set(kind.leaf, value)
  return tree
}

/** The same, in Stripe's own spelling. */
export function shownWith(kind: Kind, value: Value): Map<string, string> {
  return treeWith(kind, value === null ? null : (kind.shown?.get(value) ?? value))
}

const pairs = (tree: ReadonlyMap<string, string>) => [...tree].map(([k, v]) => ({ k, v }))

/** A linked customer whose trees hold these values of one leaf, and whose company waits to be pushed. */
export function customerWith(kind: Kind, desired: Value, base: Value): CustomerDocument {
  const born = newCustomer({
    id: 'customer-1',
    tenantId: 'tenant-1',
    key: 'key-1',
    at: 0,
    touchedByApi: true,
  })
  const agreed = pairs(treeWith(kind, base))
  const wanted: { k: string; v: Json }[] = [bystander, company, ...(kind.around ?? [])].map(([k, v]) => ({
    k,
    v,
  }))
  const spelled = kind.written?.get(desired) ?? desired
  if (!kind.reserved && spelled !== null) wanted.push({ k: kind.leaf, v: spelled })
  const doc: CustomerDocument = {
    ...born,
    stripe_id: 'cus_1',
    desired: wanted,
    observed: agreed,
    base: agreed,
    // The kind's own values are tiers.
    ...(kind.reserved && { tier: desired as CustomerDocument['tier'] }),
  }
  return kind.leaf === 'email' && desired !== null ? { ...doc, email_claim: desired.toLowerCase() } : doc
}
