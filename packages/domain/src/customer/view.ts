// Owns the customer as the API shows it (DESIGN section 4), snake_case.
// Promises: metadata keys such as `__proto__` come back as plain keys; times are ISO 8601 in UTC.

import { heldLeaves, inStep } from '../sync/plan.ts'
import type { CustomerDocument } from './document.ts'
import { type Json, treeOf } from './tree.ts'

const addressParts = ['line1', 'line2', 'city', 'state', 'postal_code', 'country'] as const

/**
 * pending: work is under way. conflict: a person must decide (a duplicate). parked: failed for good, kept. paused, observing:
 * something is to be sent to Stripe, and waits until the tenant goes on.
 */
export type SyncState = 'pending' | 'synced' | 'conflict' | 'parked' | 'paused' | 'observing'

/** A tenant's traffic towards Stripe: it flows, stands still, or Stripe is only read. */
export type Flow = 'flows' | 'paused' | 'observing'

/** The answer's `data`: a JSON object. */
export type CustomerView = ReturnType<typeof customerView>

/** What a caller sees of a customer. `flow`: the tenant's traffic to Stripe, where that is known. */
export function customerView(doc: CustomerDocument, options: { flow?: Flow } = {}) {
  const tree = treeOf(doc.desired)
  const text = (leaf: string) => stringOrNull(tree.get(leaf))
  return {
    id: doc._id,
    key: doc.key,
    app_id: doc.app_id,
    name: text('name'),
    email: text('email'),
    phone: text('phone'),
    description: text('description'),
    billing_address: addressView(tree, 'address'),
    shipping: shippingView(tree),
    tax_exempt: text('tax_exempt') ?? 'none',
    preferred_locales: tree.get('preferred_locales') ?? [],
    currency: doc.stripe?.currency ?? doc.currency,
    balance: { amount: doc.stripe?.balance ?? 0, currency: doc.stripe?.currency ?? doc.currency },
    delinquent: doc.stripe?.delinquent ?? false,
    default_payment_method: doc.stripe?.default_payment_method ?? null,
    metadata: metadataView(tree),
    external_billing_id: doc.stripe_id ?? null,
    stripe_customer_id: doc.stripe_id ?? null,
    status: doc.status,
    state: doc.state,
    tier: doc.tier,
    tags: doc.tags,
    source: doc.source,
    assigned_to: doc.assigned_to,
    user_id: doc.user_id,
    company_id: doc.company_id,
    contact_id: doc.contact_id,
    organization: doc.organization,
    sync: syncView(doc, options.flow ?? 'flows'),
    version: doc.version,
    created_at: iso(doc.created_at),
    updated_at: iso(doc.updated_at),
    churned_at: isoOrNull(doc.churned_at),
    deleted_at: isoOrNull(doc.deleted_at),
  }
}

function syncView(doc: CustomerDocument, flow: Flow) {
  const held = heldLeaves(doc)
  return {
    state: syncState(doc, flow),
    held: held.map(({ k, reason }) => ({ field: apiField(k), reason })),
    not_mirrored: held.filter(({ refused }) => !refused).map(({ k }) => apiField(k)),
    generation: doc.gen,
    last_synced_at: isoOrNull(doc.last_synced_at),
    last_error: doc.last_error ? { code: doc.last_error.code, at: iso(doc.last_error.at) } : null,
    waiting_for: doc.intent?.doubt_since ? 'create_lookup' : null,
    conflicts: doc.conflicts.map(({ k, lost, won, winner, by, at }) => ({
      field: apiField(k),
      lost,
      won,
      winner,
      by,
      at: iso(at),
    })),
  }
}

/** Where the two sides stand. */
export function syncState(doc: CustomerDocument, flow: Flow): SyncState {
  if (doc.parked) return 'parked'
  if (inStep(doc)) return doc.conflicts.some(({ by }) => by === 'duplicate') ? 'conflict' : 'synced'
  return flow === 'flows' ? 'pending' : flow
}

/** The API's name of a leaf: `address.city` → `billing_address.city`. */
export function apiField(leaf: string): string {
  return leaf.startsWith('address.') ? `billing_${leaf}` : leaf
}

function addressView(tree: ReadonlyMap<string, Json>, prefix: string): Record<string, string | null> | null {
  const parts = addressParts.map((part) => [part, stringOrNull(tree.get(`${prefix}.${part}`))] as const)
  return parts.some(([, value]) => value !== null) ? Object.fromEntries(parts) : null
}

function shippingView(tree: ReadonlyMap<string, Json>) {
  const address = addressView(tree, 'shipping.address')
  const name = stringOrNull(tree.get('shipping.name'))
  const phone = stringOrNull(tree.get('shipping.phone'))
  return address || name || phone ? { name, phone, address } : null
}

function metadataView(tree: ReadonlyMap<string, Json>): Record<string, Json> {
  const entries = [...tree].filter(([leaf]) => leaf.startsWith('metadata.'))
  // fromEntries defines own properties, so `__proto__` is a key like any other.
  return Object.fromEntries(entries.map(([leaf, value]) => [leaf.slice('metadata.'.length), value]))
}

function stringOrNull(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at)
}
