// Owns the operation: one accepted write by an API caller, durable before it is acknowledged.
// States: accepted → applied | rejected, or accepted → waiting → applied | rejected | parked where Stripe must carry it out;
// parked → accepted by an operator's retry, or → rejected where an operator discards it. Ids decide what was applied, numbers
// only the order (PROTOCOL section 2).

import type { Json } from '../customer/tree.ts'
import { erasedText } from '../event/event.ts'
import type { CustomerState, CustomerStatus, CustomerTier } from '../customer/document.ts'

/** An address as callers write it: null clears a part. */
export interface AddressInput {
  line1?: string | null
  line2?: string | null
  city?: string | null
  state?: string | null
  postal_code?: string | null
  country?: string | null
}

/** The fields that a caller may set; absent: unchanged, null: cleared. Validated at the door. */
export interface CustomerInput {
  name?: string | null
  email?: string | null
  phone?: string | null
  description?: string | null
  billing_address?: AddressInput | null
  shipping?: { name?: string | null; phone?: string | null; address?: AddressInput | null } | null
  tax_exempt?: 'none' | 'exempt' | 'reverse' | null
  preferred_locales?: string[] | null
  /** Replaces what was there. As pairs, since the names are the caller's. */
  metadata?: { k: string; v: Json }[] | null
  currency?: string | null
  tier?: CustomerTier
  tags?: string[]
  source?: string | null
  assigned_to?: string | null
  app_id?: string | null
  user_id?: string | null
  company_id?: string | null
  contact_id?: string | null
  organization?: string | null
}

/** A command: it needs a Stripe call of its own, and is settled when Stripe has answered that. */
export type CommandBody =
  /** Minor units; negative: a credit to the customer. */
  | { kind: 'credit'; amount: number; currency: string; reason: string | null }
  | { kind: 'attach_payment_method'; payment_method: string }
  | { kind: 'detach_payment_method'; payment_method: string }
  | { kind: 'create_tax_id'; type: string; value: string }
  | { kind: 'delete_tax_id'; tax_id: string }
  /** null: none is the default any more. */
  | { kind: 'set_default_payment_method'; payment_method: string | null }
  | {
      kind: 'create_subscription'
      items: { price: string; quantity: number | null }[]
      trial_days: number | null
      default_payment_method: string | null
      metadata: { k: string; v: string }[]
    }
  | { kind: 'create_portal_session'; return_url: string }
  /** `identifier` counts once; `at`: when it was used (s). */
  | { kind: 'report_usage'; event_name: string; value: number; identifier: string; at: number }

/** Moves of the state. */
export type MoveKind = 'delete' | 'restore' | 'archive' | 'unarchive' | 'suspend' | 'unsuspend'

/** Moves of the status, from lead to churned and back. */
export type StatusMoveKind = 'qualify' | 'convert' | 'churn' | 'reactivate'

/** What an operation asks for. */
export type OperationBody =
  /** `external_billing_id`: a Stripe customer that is there already; without it, one is made. */
  | { kind: 'create'; key: string; input: CustomerInput; external_billing_id?: string }
  /** Of a caller's own user: creates its customer, or updates it and brings it back. */
  | { kind: 'register'; key: string; input: CustomerInput }
  /** `relink`: its caller may put another Stripe customer in the place of the present one. */
  | { kind: 'update'; input: CustomerInput; external_billing_id?: string; relink?: true }
  | { kind: Exclude<MoveKind, 'delete'> | StatusMoveKind }
  /** `input`: a last update, as a whole or not at all together with the delete. */
  | { kind: 'delete'; input?: CustomerInput }
  /** Asks Stripe for the customer anew, whatever was heard of it, and ends the back-off. */
  | { kind: 'resync' }
  /** A caller's own event about the customer, `data` as JSON text. It changes nothing of the customer. */
  | { kind: 'event'; type: string; data: string }
  /** Deletes at Stripe and leaves a tombstone. `erase`: and removes the person's data from every record. */
  | { kind: 'purge'; erase: boolean }
  | CommandBody

export type OperationKind = OperationBody['kind']
export type CommandKind = CommandBody['kind']
/** `waiting` tells lane 1 that nothing is to be drained; to callers it is still `accepted`. */
export type OperationStatus = 'accepted' | 'waiting' | 'applied' | 'rejected' | 'parked'

/** True while its outcome is not known. */
export function isOpen({ status }: { status: OperationStatus }): boolean {
  return status === 'accepted' || status === 'waiting'
}

export interface Operation {
  _id: string
  tenant_id: string
  customer_id: string
  /** The order among one customer's operations; from an atomic counter, gaps are harmless. */
  number: number
  status: OperationStatus
  body: OperationBody
  /** `If-Match`: the version that the caller saw; null where it did not ask. */
  if_match: number | null
  api_key_id: string
  /** Absent (not null) without an `Idempotency-Key`. */
  idempotency_key?: string
  /** SHA-256 of method, path and body: tells a repeat from another request under the same key. */
  request_hash: string
  accepted_at: number
  settled_at?: number
  /** Set once settled. */
  outcome?: OperationOutcome
}

/** What became of it: the answer that every repeat of the request gets, too. */
export interface OperationOutcome {
  /** null: applied; else the code of the error catalogue that it was rejected or parked with. */
  code: string | null
  version: number | null
  /** The customer as the API showed it right after, as JSON text; null where rejected, and for commands. */
  customer: string | null
  /** Of a command: what Stripe answered, as the API shows it, as JSON text. */
  result?: string
  /** Of a command that Stripe refused: its own words for that. */
  stripe?: StripeRefusal
  /** An operator is needed; a retry makes it accepted again. */
  parked?: true
}

/** Why Stripe refused a call. Its texts are left out: they may quote what a person wrote. */
export interface StripeRefusal {
  code: string
  param: string | null
}

/** The status as callers see it: where Stripe must carry it out, it is accepted and no more. */
export function shownStatus({ status }: { status: OperationStatus }): Exclude<OperationStatus, 'waiting'> {
  return status === 'waiting' ? 'accepted' : status
}

/** The status of a settled operation. */
export function statusAfter({ code, parked }: OperationOutcome): OperationStatus {
  if (parked) return 'parked'
  return code === null ? 'applied' : 'rejected'
}

/** The outcome of a parked operation that an operator gave up. */
export const discardedOutcome: OperationOutcome = { code: 'discarded', version: null, customer: null }

/** An operation's body without what its caller wrote: that it was, and of what kind, stays on record. */
export function erasedBody(body: OperationBody): OperationBody {
  switch (body.kind) {
    case 'create':
    case 'register':
      return { kind: body.kind, key: '', input: {} }
    case 'update':
      return { kind: 'update', input: {} }
    case 'delete':
      return { kind: 'delete' }
    case 'event':
      return { ...body, data: erasedText }
    case 'credit':
      return { ...body, reason: null }
    case 'create_tax_id':
      return { ...body, value: '' }
    case 'create_subscription':
      return { ...body, metadata: [] }
    case 'create_portal_session':
      return { ...body, return_url: '' }
    default:
      return body
  }
}

/** An outcome without what it shows of the person. */
export function erasedOutcome({ result: _, ...outcome }: OperationOutcome): OperationOutcome {
  return { ...outcome, customer: null }
}

/** Where each state goes; anything else is `not_allowed_in_state` (DESIGN section 4). */
export const movesFrom: Record<
  CustomerState,
  Partial<Record<MoveKind | 'update', CustomerState | 'before'>>
> = {
  active: { update: 'active', archive: 'archived', suspend: 'suspended', delete: 'deleted' },
  suspended: { update: 'suspended', archive: 'archived', unsuspend: 'active', delete: 'deleted' },
  archived: { update: 'archived', unarchive: 'active', delete: 'deleted' },
  deleted: { restore: 'before' },
}

/** Each move of the status: where from, and where to. Anything else is `invalid_transition`. */
export const statusMoves: Record<StatusMoveKind, { from: CustomerStatus; to: CustomerStatus }> = {
  qualify: { from: 'lead', to: 'prospect' },
  convert: { from: 'prospect', to: 'customer' },
  churn: { from: 'customer', to: 'churned' },
  reactivate: { from: 'churned', to: 'prospect' },
}

/** Where the status may move. */
export const takesStatusMoves: ReadonlySet<CustomerState> = new Set(['active'])

/** Where commands are taken: a customer that has, or wants, a Stripe customer. */
export const takesCommands: ReadonlySet<CustomerState> = new Set(['active', 'suspended'])

/** Where the link to Stripe may be made or changed. */
export const takesLinks: ReadonlySet<CustomerState> = takesCommands

/** Where a purge is taken. */
export const takesPurge: ReadonlySet<CustomerState> = new Set(['archived', 'deleted'])

/** Of an archived customer only these may still be changed. */
export const archivedMayChange: ReadonlySet<keyof CustomerInput> = new Set(['metadata', 'email'])

export type { CustomerState, CustomerStatus, CustomerTier }
