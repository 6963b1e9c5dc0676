// Owns the customer document: everything that Lockstep knows of one customer, in one document.
// Promises: every write of it is compare-and-set on `rev` (PROTOCOL section 1), so state, outbox and due date move
// together or not at all; everything keyed by a caller's word is stored as {k, v} pairs.

import type { CommandKind, StripeRefusal } from '../operation/operation.ts'
import type { Leaf } from './tree.ts'

/** active, suspended: wants a Stripe customer. archived, deleted (soft): keeps the one it has, asks for none. */
export type CustomerState = 'active' | 'suspended' | 'archived' | 'deleted'
export type CustomerStatus = 'lead' | 'prospect' | 'customer' | 'churned'
export type CustomerTier = 'free' | 'basic' | 'pro' | 'enterprise'

/** What was reported of one meter event in one calendar month (UTC). */
export interface UsageTotal {
  event_name: string
  /** `2026-11`. */
  month: string
  /** The values of the reports, added up. How Stripe's meter bills them is Stripe's affair. */
  value: number
  reports: number
}

/** A Stripe call that was written down before it was made, and may be on its way. */
export interface Intent {
  kind: 'create' | 'update' | 'delete' | 'command'
  /** Our Idempotency-Key: `ls:<kind>:<customer>:<gen>.<n>`. Never re-used for other parameters. */
  key: string
  /** The exact form parameters, name and value, as they are sent, and sent again. */
  form: [string, string][]
  /** The leaves that the form carries; an empty value (null) clears. */
  sent: SentLeaf[]
  /** Of each of those leaves: what older pushes of unknown outcome may make of it yet; last, what Stripe showed at the plan. */
  expect: SentLeaf[]
  /** When this key was first used (ms). */
  since: number
  /** When the first key of this intent was first used (ms): where a look-up starts. */
  first_since: number
  /** Every key that this intent ever used. */
  keys: string[]
  /** Set while the outcome of a create is unknown and only a look-up may tell (ms). */
  doubt_since: number | null
  /** The event that this call caused was seen before its answer. */
  echoed: boolean
  /** Of a command: whose it is, and where it goes. */
  command?: CommandCall
}

/** The call of one command; its parameters are the intent's form. */
export interface CommandCall {
  operation_id: string
  kind: CommandKind
  method: 'POST' | 'DELETE'
  path: string
  /** The path's template: what Stripe's limits count by. */
  endpoint: string
}

/** A canonical value that was, or is to be, at Stripe; null is "empty there". */
export interface SentLeaf {
  k: string
  v: string | null
}

/** An ended update or create, kept until its echo came: how an overwritten edit is noticed. */
export interface Push {
  key: string
  sent: SentLeaf[]
  expect: SentLeaf[]
  /** false: the outcome is unknown (a stored 500, or too old to ask again). */
  ok: boolean
  ended_at: number
  /** A look was accepted since the push ended. */
  looked: boolean
  /** `wanted` as it stood once the echo was handled; a look that took this number in closes an unknown push. */
  echo_wanted: number | null
}

/** A value that Stripe would not take; not sent again until it changes or an operator says so. */
export interface Refusal {
  k: string
  v: string | null
  code: string
  param: string | null
  at: number
}

/** One lost value, on record. `by` says which rule decided. */
export interface Conflict {
  id: string
  k: string
  lost: string | null
  won: string | null
  winner: 'ours' | 'stripe'
  by: 'merge' | 'overwritten' | 'late_push' | 'refused' | 'duplicate'
  at: number
}

/** One of our facts about this customer, on its way to the event log. */
export interface OutboxEntry {
  id: string
  seq: number
  type: string
  at: number
  /** JSON text: callers' words stand in it, so it is never a nested document. */
  data: string
}

/** What became of an operation that this document has applied. */
export interface AppliedOperation {
  id: string
  /** null: applied; else the code it was rejected or parked with. */
  code: string | null
  /** The document's version after it. */
  version: number
  /** Nothing yet: a command, or a purge, whose call to Stripe is still to be made or answered. */
  waiting?: true
  /** What Stripe answered a command, as the API shows it, as JSON text. */
  result?: string
  /** Why Stripe refused a command. */
  stripe?: StripeRefusal
  /** It needs an operator. */
  parked?: true
  /** Its event is in the outbox, or was. */
  told?: true
}

/** A purge that was asked for and is not done yet. */
export interface Purge {
  operation_id: string
  erase: boolean
}

/** A Stripe customer that a caller named, and that is still to be looked at before it is linked. */
export interface WantedLink {
  operation_id: string
  stripe_id: string
  /** The operation made this customer: refused, it leaves none. */
  creates?: true
  /** It may take the place of the one that is linked. */
  relink?: true
}

/** What Stripe alone decides, as last observed. */
export interface StripeFacts {
  balance: number
  currency: string | null
  delinquent: boolean
  /** What its invoices are paid by; absent: nothing, or not looked at since this is kept. */
  default_payment_method?: string
  /** When Stripe made it (s): its place in Stripe's list. Absent where it was last looked at by version 0.1.0. */
  created?: number
}

/** Set when this document is only a tombstone: nothing revives it. */
export interface Tombstone {
  /** The customer that a twin was absorbed by; null: it was purged, or its create was refused. */
  merged_into: string | null
  at: number
  /** Absent: nothing more is to be removed. false: the person's data still stands in other records. */
  erased?: boolean
}

export interface CustomerDocument {
  _id: string
  tenant_id: string
  /** The fence: raised by every write. */
  rev: number
  /** The ETag: raised when the customer's own data changes; the sync's book-keeping leaves it alone. */
  version: number

  key: string
  app_id: string | null
  state: CustomerState
  /** Where a restore returns to. */
  state_before_deleted: CustomerState | null
  status: CustomerStatus
  tier: CustomerTier
  tags: string[]
  source: string | null
  assigned_to: string | null
  user_id: string | null
  company_id: string | null
  contact_id: string | null
  organization: string | null
  /** The caller's wish, until Stripe stamps one (`stripe.currency`). */
  currency: string | null

  desired: Leaf[]
  observed: Leaf[]
  base: Leaf[]
  /** Lower-cased copies for look-ups: no collation on every engine (see local services). */
  email_lower: string | null
  name_lower: string | null
  key_lower: string
  /** The lower-cased e-mail if an API caller set it; unique per tenant. Absent (not null) otherwise. */
  email_claim?: string
  /** The link; unique per tenant. Absent (not null) while unlinked. */
  stripe_id?: string
  former_stripe_ids: string[]
  /** Other living Stripe customers that prove to be this one's: for a person to merge. Absent: none. */
  duplicate_stripe_ids?: string[]
  stripe: StripeFacts | null
  /** Subscriptions that are alive at Stripe, as its mirror last showed (`sub_…`). Absent: none. */
  live_subscriptions?: string[]
  /** What was reported of it, by meter event and month (usage.ts). Absent: nothing was. */
  usage?: UsageTotal[]
  gen: number
  intent_n: number
  intent: Intent | null
  pushes: Push[]
  /** Older pushes moved to their own collection; the last of them waits for its echo until then (ms). Absent: none did. */
  kept_pushes_until?: number
  refused: Refusal[]
  /** Leaves that a caller changed back to what was agreed, until the look of this number (returned.ts). Absent: none. */
  returned?: { k: string; wanted: number }[]
  /** What Stripe showed before changes of the last seconds (replaced.ts). Absent: none. */
  replaced?: { until: number; leaves: SentLeaf[] }[]
  one_leaf: boolean
  obs: number
  wanted: number
  seen: number

  /** Operations whose Stripe call is still to be made or answered, in order. Absent: none. */
  commands?: string[]
  /** Absent: none was asked for. */
  purge?: Purge
  /** Absent: none was asked for. */
  link?: WantedLink
  applied: AppliedOperation[]
  outbox: OutboxEntry[]
  seq: number
  conflicts: Conflict[]

  /** Absent when nothing is due; the doorbell's memory (ms). */
  sync_due_at?: number
  next_attempt_at: number | null
  /** Failures in a row that waiting cannot cure. */
  tries: number
  /** Failures in a row that waiting cures: sets the back-off, never parks. */
  waits: number
  parked: { code: string; at: number } | null
  last_error: { code: string; at: number } | null
  /** When both sides were last found to agree (ms). */
  last_synced_at: number | null
  /** Any API operation touched this customer: a twin made from a Stripe event alone may be absorbed. */
  touched_by_api: boolean

  tombstone: Tombstone | null
  created_at: number
  updated_at: number
  deleted_at: number | null
  churned_at: number | null
}

/** At most this many conflicts stay in the document; all are in the event log. */
export const conflictsMax = 20
/** At most this many ended pushes wait for their echo in the document; older ones move to their own collection. */
export const pushesMax = 20

/** What a new document is made from; everything else starts empty. */
export interface Birth {
  id: string
  tenantId: string
  key: string
  at: number
  touchedByApi: boolean
}

/** A document that was never written: `rev` 0, active, a lead on the free tier, nothing known of Stripe. */
export function newCustomer(birth: Birth): CustomerDocument {
  return {
    _id: birth.id,
    tenant_id: birth.tenantId,
    rev: 0,
    version: 1,
    key: birth.key,
    app_id: null,
    state: 'active',
    state_before_deleted: null,
    status: 'lead',
    tier: 'free',
    tags: [],
    source: null,
    assigned_to: null,
    user_id: null,
    company_id: null,
    contact_id: null,
    organization: null,
    currency: null,
    desired: [],
    observed: [],
    base: [],
    email_lower: null,
    name_lower: null,
    key_lower: birth.key.toLowerCase(),
    former_stripe_ids: [],
    stripe: null,
    gen: 1,
    intent_n: 0,
    intent: null,
    pushes: [],
    refused: [],
    one_leaf: false,
    obs: 0,
    wanted: 0,
    seen: 0,
    applied: [],
    outbox: [],
    seq: 0,
    conflicts: [],
    next_attempt_at: null,
    tries: 0,
    waits: 0,
    parked: null,
    last_error: null,
    last_synced_at: null,
    touched_by_api: birth.touchedByApi,
    tombstone: null,
    created_at: birth.at,
    updated_at: birth.at,
    deleted_at: null,
    churned_at: null,
  }
}

/** Only active and suspended customers ask for a Stripe customer of their own. */
export function wantsLink(doc: CustomerDocument): boolean {
  return !doc.tombstone && (doc.state === 'active' || doc.state === 'suspended')
}
