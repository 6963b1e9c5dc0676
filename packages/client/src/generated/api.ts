// Written from the API's description (apps/gateway/openapi/openapi.json) by `npx vitest run generated -u`; not by hand.

import type { ApiCall, CallOptions, PagedCall } from '../api-call.ts'

/** Accepted: durable, and applied soon. */
export type AcceptedOperation = {
  /** Our id, a UUID. */
  id: string
  operation_id: string
  kind: string
  status: 'accepted' | 'applied' | 'rejected' | 'parked'
  accepted_at: string
}

export type Address = {
  line1: string | null
  line2: string | null
  city: string | null
  state: string | null
  postal_code: string | null
  /** ISO 3166-1 alpha-2, as far as it was set here. */
  country: string | null
}

/** An absent part stays, null clears it. */
export type AddressInput = {
  line1?: string | null
  line2?: string | null
  city?: string | null
  state?: string | null
  postal_code?: string | null
  country?: string | null
}

export type Batch = {
  operations: BatchItem[]
}

export type BatchAnswer = {
  /** The HTTP status that the write alone would have had. */
  status: number
  /** Its body: an envelope or a problem. */
  body: unknown
  location: string | null
}

export type BatchItem = {
  /** An `operationId` of a write, such as `create_customer`. */
  operation: string
  /** The names of its path, such as `{"id": "…"}`. */
  params?: Record<string, string>
  /** Its body. */
  body?: unknown
  idempotency_key?: string
  /** The version that it asks for. */
  if_match?: number
}

/** A value that lost: both sides had changed the field. */
export type Conflict = {
  field: string
  lost: string | null
  won: string | null
  winner: 'ours' | 'stripe'
  by: 'merge' | 'overwritten' | 'late_push' | 'refused' | 'duplicate'
  /** ISO 8601, UTC. */
  at: string
}

export type Customer = {
  /** Our id, a UUID. */
  id: string
  /** The caller’s own identifier. */
  key: string
  app_id: string | null
  name: string | null
  email: string | null
  phone: string | null
  description: string | null
  billing_address: Address | null
  shipping: {
    name: string | null
    phone: string | null
    address: Address | null
  } | null
  tax_exempt: string
  preferred_locales: string[]
  currency: string | null
  /** In minor units; negative: a credit to the customer. */
  balance: {
    amount: number
    currency: string | null
  }
  delinquent: boolean
  metadata: Record<string, unknown>
  /** The same as `stripe_customer_id`. */
  external_billing_id: string | null
  stripe_customer_id: string | null
  status: 'lead' | 'prospect' | 'customer' | 'churned'
  state: 'active' | 'suspended' | 'archived' | 'deleted'
  tier: 'free' | 'basic' | 'pro' | 'enterprise'
  tags: string[]
  source: string | null
  assigned_to: string | null
  user_id: string | null
  company_id: string | null
  contact_id: string | null
  organization: string | null
  sync: CustomerSync
  /** Counts changes of the customer’s own data; the ETag. */
  version: number
  /** ISO 8601, UTC. */
  created_at: string
  /** ISO 8601, UTC. */
  updated_at: string
  churned_at: string | null
  deleted_at: string | null
}

/** An absent field stays, null clears it. */
export type CustomerChange = {
  name?: string | null
  email?: string | null
  phone?: string | null
  description?: string | null
  billing_address?: AddressInput | null
  shipping?: {
    name: string
    phone?: string | null
    address: AddressInput
  } | null
  tax_exempt?: 'none' | 'exempt' | 'reverse' | null
  preferred_locales?: string[] | null
  /** The caller’s own data: any JSON object of at most 32 KB. Names with `lockstep_` are reserved. */
  metadata?: Record<string, unknown> | null
  currency?: string | null
  tier?: 'free' | 'basic' | 'pro' | 'enterprise'
  tags?: string[]
  source?: string | null
  assigned_to?: string | null
  app_id?: string | null
  user_id?: string | null
  company_id?: string | null
  contact_id?: string | null
  organization?: string | null
}

/** Where the customer stands between here and Stripe. */
export type CustomerSync = {
  state: 'pending' | 'synced' | 'conflict' | 'parked' | 'paused'
  held: {
    field: string
    reason: string
  }[]
  /** Fields and metadata that have no form at Stripe, and stay here. */
  not_mirrored: string[]
  /** How many Stripe customers this customer has had. */
  generation: number
  last_synced_at: string | null
  last_error: {
    code: string
    /** ISO 8601, UTC. */
    at: string
  } | null
  waiting_for: 'create_lookup' | null
  conflicts: Conflict[]
}

/** `key` or `email` is needed. */
export type NewCustomer = {
  name?: string | null
  email?: string | null
  phone?: string | null
  description?: string | null
  billing_address?: AddressInput | null
  shipping?: {
    name: string
    phone?: string | null
    address: AddressInput
  } | null
  tax_exempt?: 'none' | 'exempt' | 'reverse' | null
  preferred_locales?: string[] | null
  /** The caller’s own data: any JSON object of at most 32 KB. Names with `lockstep_` are reserved. */
  metadata?: Record<string, unknown> | null
  currency?: string | null
  tier?: 'free' | 'basic' | 'pro' | 'enterprise'
  tags?: string[]
  source?: string | null
  assigned_to?: string | null
  app_id?: string | null
  user_id?: string | null
  company_id?: string | null
  contact_id?: string | null
  organization?: string | null
  key?: string
}

export type Operation = {
  id: string
  /** Our id, a UUID. */
  customer_id: string
  /** create, update, delete … */
  kind: string
  status: 'accepted' | 'applied' | 'rejected' | 'parked'
  /** Why it was rejected or parked. */
  code: string | null
  version: number | null
  /** The customer right after it. */
  customer: Customer | null
  accepted_at: string
  settled_at: string | null
}

/** A failure (RFC 9457). */
export type Problem = {
  /** `urn:lockstep:problem:<code>` */
  type: string
  title: string
  status: number
  code: 'malformed_json' | 'bad_signature' | 'bad_timestamp' | 'wrong_mode' | 'invalid_request' | 'idempotency_key_reused' | 'unsupported_media_type' | 'too_large' | 'unauthenticated' | 'forbidden' | 'not_found' | 'pending' | 'method_not_allowed' | 'key_taken' | 'email_taken' | 'currency_fixed' | 'not_allowed_in_state' | 'not_linked' | 'link_lost' | 'cancelled' | 'stripe_refused' | 'version_mismatch' | 'too_many_waiting' | 'unavailable' | 'shutting_down' | 'internal'
  /** What to do. */
  detail: string
  instance: string
  request_id: string
  /** The parts of the request that are at fault, by name. */
  errors: {
    field: string
    message: string
  }[]
}

export type StripeEvent = {
  id: string
  type: string
  stripe_customer_id: string | null
  state: 'waiting' | 'done'
  outcome: 'looked' | 'echo' | 'linked' | 'adopted' | 'known' | 'gone' | 'not_mirrored' | null
  created_at: string
  received_at: string
  done_at: string | null
}

export interface CustomersApi {
  /** Lists customers, newest first. */
  list(query?: {
    status?: 'lead' | 'prospect' | 'customer' | 'churned'
    state?: 'active' | 'archived' | 'suspended' | 'deleted'
    tier?: 'free' | 'basic' | 'pro' | 'enterprise'
    email?: string | null
    stripe_customer_id?: string
    /** The last customer seen: `next_after`. */
    after?: string
    limit?: number
  }, options?: CallOptions): PagedCall<Customer>
  /** Creates a customer; `key` or `email` is needed. */
  create(body: NewCustomer, options?: CallOptions): ApiCall<Customer>
  /** Reads a customer by the caller’s own identifier. */
  getByKey(key: string, options?: CallOptions): ApiCall<Customer>
  /** Reads the customer that claims this e-mail, else the oldest that has it. */
  getByEmail(email: string, options?: CallOptions): ApiCall<Customer>
  /** Reads a customer by our id. */
  get(id: string, options?: CallOptions): ApiCall<Customer>
  /** Updates: an absent field stays, `null` clears. The same as PATCH. */
  replace(id: string, body: CustomerChange, options?: CallOptions): ApiCall<Customer>
  /** Updates: an absent field stays, `null` clears. */
  update(id: string, body: CustomerChange, options?: CallOptions): ApiCall<Customer>
  /** Deletes softly; the Stripe customer stays. */
  delete(id: string, options?: CallOptions): ApiCall<Customer>
  /** Back to the state before the delete. */
  restore(id: string, options?: CallOptions): ApiCall<Customer>
  /** From now on only e-mail and metadata may change. */
  archive(id: string, options?: CallOptions): ApiCall<Customer>
  /** Back to active. */
  unarchive(id: string, options?: CallOptions): ApiCall<Customer>
}

export interface OperationsApi {
  /** Tells what became of a write. */
  get(id: string, options?: CallOptions): ApiCall<Operation>
  /** Carries out up to 1,000 writes, each answered by itself. */
  batch(body: Batch, options?: CallOptions): ApiCall<BatchAnswer[]>
}

export interface StripeEventsApi {
  /** Tells what became of a Stripe event. */
  get(id: string, options?: CallOptions): ApiCall<StripeEvent>
}

/** Everything that can be asked, by subject. */
export interface Api {
  customers: CustomersApi
  operations: OperationsApi
  stripeEvents: StripeEventsApi
}

/** The table that the client is made from, by the operation's name. */
export const calls = {
  list_customers: { group: 'customers', name: 'list', verb: 'GET', path: '/v1/customers', body: false, query: true, pages: true },
  create_customer: { group: 'customers', name: 'create', verb: 'POST', path: '/v1/customers', body: true, query: false, pages: false },
  get_customer_by_key: { group: 'customers', name: 'getByKey', verb: 'GET', path: '/v1/customers/key/{key}', body: false, query: false, pages: false },
  get_customer_by_email: { group: 'customers', name: 'getByEmail', verb: 'GET', path: '/v1/customers/email/{email}', body: false, query: false, pages: false },
  get_customer: { group: 'customers', name: 'get', verb: 'GET', path: '/v1/customers/{id}', body: false, query: false, pages: false },
  replace_customer: { group: 'customers', name: 'replace', verb: 'PUT', path: '/v1/customers/{id}', body: true, query: false, pages: false },
  update_customer: { group: 'customers', name: 'update', verb: 'PATCH', path: '/v1/customers/{id}', body: true, query: false, pages: false },
  delete_customer: { group: 'customers', name: 'delete', verb: 'DELETE', path: '/v1/customers/{id}', body: false, query: false, pages: false },
  restore_customer: { group: 'customers', name: 'restore', verb: 'POST', path: '/v1/customers/{id}/restore', body: false, query: false, pages: false },
  archive_customer: { group: 'customers', name: 'archive', verb: 'POST', path: '/v1/customers/{id}/archive', body: false, query: false, pages: false },
  unarchive_customer: { group: 'customers', name: 'unarchive', verb: 'POST', path: '/v1/customers/{id}/unarchive', body: false, query: false, pages: false },
  get_operation: { group: 'operations', name: 'get', verb: 'GET', path: '/v1/operations/{id}', body: false, query: false, pages: false },
  get_stripe_event: { group: 'stripeEvents', name: 'get', verb: 'GET', path: '/v1/stripe-events/{id}', body: false, query: false, pages: false },
  batch_operations: { group: 'operations', name: 'batch', verb: 'POST', path: '/v1/operations', body: true, query: false, pages: false },
} as const

/** The HTTP status of each code. */
export const statusOf = {
  bad_signature: 400,
  bad_timestamp: 400,
  currency_fixed: 409,
  email_taken: 409,
  forbidden: 403,
  idempotency_key_reused: 422,
  internal: 500,
  invalid_request: 422,
  key_taken: 409,
  malformed_json: 400,
  method_not_allowed: 405,
  not_allowed_in_state: 409,
  not_found: 404,
  pending: 404,
  shutting_down: 503,
  too_large: 413,
  too_many_waiting: 429,
  unauthenticated: 401,
  unavailable: 503,
  unsupported_media_type: 415,
  version_mismatch: 412,
  wrong_mode: 400,
} as const
