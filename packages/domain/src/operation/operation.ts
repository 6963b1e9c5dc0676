// Owns the operation: one accepted write by an API caller, durable before it is acknowledged.
// States: accepted → applied | rejected. Ids decide what was applied, numbers only the order (PROTOCOL section 2).

import type { Json } from '../customer/tree.ts'
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

/** What an operation asks for. */
export type OperationBody =
  | { kind: 'create'; key: string; input: CustomerInput }
  | { kind: 'update'; input: CustomerInput }
  | { kind: 'delete' }
  | { kind: 'restore' }
  | { kind: 'archive' }
  | { kind: 'unarchive' }

export type OperationKind = OperationBody['kind']
export type OperationStatus = 'accepted' | 'applied' | 'rejected'

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
  /** null: applied; else the code of the error catalogue that it was rejected with. */
  code: string | null
  version: number | null
  /** The customer as the API showed it right after, as JSON text; null where rejected. */
  customer: string | null
}

/** Where each state goes; anything else is `not_allowed_in_state` (DESIGN section 4). */
export const movesFrom: Record<CustomerState, Partial<Record<OperationKind, CustomerState | 'before'>>> = {
  active: { update: 'active', archive: 'archived', delete: 'deleted' },
  suspended: { update: 'suspended', archive: 'archived', delete: 'deleted' },
  archived: { update: 'archived', unarchive: 'active', delete: 'deleted' },
  deleted: { restore: 'before' },
}

/** Of an archived customer only these may still be changed. */
export const archivedMayChange: ReadonlySet<keyof CustomerInput> = new Set(['metadata', 'email'])

export type { CustomerState, CustomerStatus, CustomerTier }
