// Owns what is known of a tenant: its Stripe account and mode, its policy, what is paused and why; and its API keys.

/** Why a tenant's traffic stands still; a person lifts it. */
export interface Pause {
  reason: 'operator' | 'wrong_account' | 'wrong_mode' | 'key_refused' | 'brake'
  detail: string
  at: number
}

export interface Tenant {
  _id: string
  rev: number
  /** `acct_…`; null until the first checked key binds it. */
  account: string | null
  livemode: boolean
  /** Who wins where both sides changed one field. */
  policy: 'ours' | 'stripe'
  /** Exceptions by leaf group: name, email, address, shipping, metadata … */
  policy_by_field: { field: string; policy: 'ours' | 'stripe' }[]
  link_by_email: boolean
  /** Webhooks are kept, not acted on. */
  paused_inbound: Pause | null
  /** Nothing is sent to Stripe. */
  paused_outbound: Pause | null
  /** Stripe is read and mirrored here, and nothing is ever sent to it. Absent: both ways. */
  observe_only?: true
  /** When the brake last paused it (ms); null: never. Whoever lifts that pause lets another hour's share pass. */
  braked_at: number | null
  /** Event-log catch-up: `created` (s) up to which Stripe's events were taken in. */
  caught_up_to: number | null
  created_at: number
}

export type Scope = 'customers' | 'operator'

/** An API key as stored: its SHA-256, never the key. */
export interface ApiKey {
  /** Hex SHA-256 of the key. */
  _id: string
  tenant_id: string
  /** Public name of the key, in logs and audit: `key_…`. */
  key_id: string
  scopes: Scope[]
  created_at: number
  revoked_at: number | null
}

/** The tenant of a single-tenant installation. */
export const defaultTenantId = 'default'

/** A tenant that was never written. */
export function newTenant(init: { id: string; livemode: boolean; linkByEmail: boolean; at: number }): Tenant {
  return {
    _id: init.id,
    rev: 0,
    account: null,
    livemode: init.livemode,
    policy: 'ours',
    policy_by_field: [],
    link_by_email: init.linkByEmail,
    paused_inbound: null,
    paused_outbound: null,
    braked_at: null,
    caught_up_to: null,
    created_at: init.at,
  }
}
