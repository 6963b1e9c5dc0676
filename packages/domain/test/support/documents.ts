// Owns the builders of customers, events and Stripe objects for the tests of the pure core: valid by default, each test
// says only what matters to it. Deterministic: no clock, no chance.

import {
  type CustomerDocument,
  type Intent,
  newCustomer,
  type Push,
  type SentLeaf,
} from '../../src/customer/document.ts'
import { type Json, type Leaf, leavesOf } from '../../src/customer/tree.ts'
import type { Moment } from '../../src/event/outbox.ts'
import type { StripeCustomer } from '../../src/stripe/customer-object.ts'
import type { StripeEventRecord } from '../../src/stripe/stripe-event.ts'
import { canonical, desiredTree, fixedLeaves, metadataPrefix } from '../../src/sync/canonical.ts'
import { formOf } from '../../src/sync/form.ts'

/** Some moment in 2026 (ms). */
export const at = 1_767_225_600_000
export const hourMs = 3_600_000

/** Leaf values, as an object, or as pairs where a name is hostile. */
export type Values = Record<string, Json> | [string, Json][]

/** A moment whose ids are numbered. */
export function aMoment(now = at): Moment {
  let count = 0
  return { now, uuid: () => `id-${now}-${++count}` }
}

/** Leaves in stored form. */
export function leaves(values: Values): Leaf[] {
  return leavesOf(treeFrom(values))
}

/** A tree of these values. */
export function treeFrom(values: Values): Map<string, Json> {
  return new Map(Array.isArray(values) ? values : Object.entries(values))
}

/** A customer that was never written and never linked. */
export function aDocument(
  fields: Partial<Omit<CustomerDocument, 'desired'>> & { desired?: Values } = {},
): CustomerDocument {
  const { desired = {}, ...rest } = fields
  const born = newCustomer({ id: 'customer-1', tenantId: 'tenant-1', key: 'key-1', at, touchedByApi: true })
  return { ...born, desired: leaves(desired), ...rest }
}

/** A linked customer that agrees with Stripe on every leaf, our marks included. */
export function anAgreed(
  desired: Values = {},
  fields: Partial<Omit<CustomerDocument, 'desired'>> = {},
): CustomerDocument {
  const doc = aDocument({ stripe_id: 'cus_1', desired, ...fields })
  const both = leavesOf(canonicalTree(desiredTree(doc)))
  return { ...doc, observed: both, base: both, ...fields }
}

/** The tree in canonical strings, empty leaves left out. */
export function canonicalTree(tree: ReadonlyMap<string, Json>): Map<string, string> {
  const pairs = [...tree].flatMap(([k, v]): [string, string][] => {
    const form = canonical(k, v)
    return form === null ? [] : [[k, form]]
  })
  return new Map(pairs)
}

/** The canonical string that stored leaves hold; null where there is none. */
export function valueIn(stored: readonly Leaf[], leaf: string): Json {
  return stored.find(({ k }) => k === leaf)?.v ?? null
}

/** The document with callers' values changed; null clears. */
export function wishing(doc: CustomerDocument, values: Values): CustomerDocument {
  const tree = new Map(doc.desired.map(({ k, v }) => [k, v]))
  for (const [k, v] of treeFrom(values)) {
    if (v === null) tree.delete(k)
    else tree.set(k, v)
  }
  return { ...doc, desired: leavesOf(tree) }
}

/** Sent leaves: `{name: 'Ada', phone: null}`. */
export function sent(values: Record<string, string | null>): SentLeaf[] {
  return Object.entries(values).map(([k, v]) => ({ k, v }))
}

/** An open intent that carries these leaves. */
export function anIntent(kind: Intent['kind'], fields: Partial<Intent> = {}): Intent {
  const leavesSent = fields.sent ?? sent({ name: 'Ada' })
  const key = fields.key ?? `ls:${kind}:customer-1:1.1`
  return {
    kind,
    key,
    form: formOf(leavesSent),
    sent: leavesSent,
    expect: leavesSent.map(({ k }) => ({ k, v: null })),
    since: at,
    first_since: at,
    keys: [key],
    doubt_since: null,
    echoed: false,
    ...fields,
  }
}

/** An ended push, its outcome known. */
export function anEnded(fields: Partial<Push> = {}): Push {
  const leavesSent = fields.sent ?? sent({ name: 'Ada' })
  return {
    key: 'ls:update:customer-1:1.1',
    sent: leavesSent,
    expect: leavesSent.map(({ k }) => ({ k, v: null })),
    ok: true,
    ended_at: at,
    looked: false,
    echo_wanted: null,
    ...fields,
  }
}

/** A Stripe customer that holds exactly these canonical leaves. */
export function stripeCustomerOf(tree: ReadonlyMap<string, string>, id = 'cus_1'): StripeCustomer {
  const text = (leaf: string) => tree.get(leaf) ?? null
  const address = (prefix: string) =>
    fixedLeaves.some((leaf) => leaf.startsWith(prefix) && tree.has(leaf))
      ? {
          line1: text(`${prefix}line1`),
          line2: text(`${prefix}line2`),
          city: text(`${prefix}city`),
          state: text(`${prefix}state`),
          postal_code: text(`${prefix}postal_code`),
          country: text(`${prefix}country`),
        }
      : null
  const metadata = [...tree].flatMap(([k, v]): [string, string][] =>
    k.startsWith(metadataPrefix) ? [[k.slice(metadataPrefix.length), v]] : [],
  )
  const shipped = [...tree.keys()].some((leaf) => leaf.startsWith('shipping.'))
  return {
    id,
    livemode: false,
    name: text('name'),
    email: text('email'),
    phone: text('phone'),
    description: text('description'),
    tax_exempt: tree.get('tax_exempt') ?? 'none',
    preferred_locales: JSON.parse(tree.get('preferred_locales') ?? '[]') as string[], // Canonical: a list of texts.
    address: address('address.'),
    shipping: shipped
      ? { name: text('shipping.name'), phone: text('shipping.phone'), address: address('shipping.address.') }
      : null,
    metadata: Object.fromEntries(metadata),
    balance: 0,
    currency: null,
    delinquent: false,
  }
}

/** The base as it was agreed: canonical texts. */
export function baseOf(doc: CustomerDocument): Map<string, string> {
  return new Map(doc.base.flatMap(({ k, v }): [string, string][] => (typeof v === 'string' ? [[k, v]] : [])))
}

/** The Stripe customer that agrees with the document's base, with some leaves changed there; null clears. */
export function shownBy(doc: CustomerDocument, changes: Record<string, string | null> = {}): StripeCustomer {
  const tree = baseOf(doc)
  for (const [k, v] of Object.entries(changes)) {
    if (v === null) tree.delete(k)
    else tree.set(k, v)
  }
  return stripeCustomerOf(tree, doc.stripe_id)
}

/** An event of the customer `cus_1`, not ours. */
export function anEvent(fields: Partial<StripeEventRecord> = {}): StripeEventRecord {
  return {
    _id: 'tenant-1/evt_1',
    tenant_id: 'tenant-1',
    event_id: 'evt_1',
    type: 'customer.updated',
    stripe_customer_id: 'cus_1',
    idempotency_key: null,
    lockstep_id: null,
    previous_attributes: null,
    created: at / 1000,
    received_at: at,
    done_at: null,
    outcome: null,
    ...fields,
  }
}

/** The types of the events in the outbox, in order. */
export function told(doc: CustomerDocument): string[] {
  return doc.outbox.map(({ type }) => type)
}

/** Every leaf under one policy. */
export const oursAlways = () => 'ours' as const
export const stripeAlways = () => 'stripe' as const
