// Written from the API's description (apps/gateway/openapi/openapi.json) by `npx vitest run generated -u`; not by hand.

import type { ApiCall, CallOptions, PagedCall } from '../api-call.ts'

export type AcceptedEvent = {
  id: string
  type: string
  customer_id: string | null
}

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

export type AuditEntry = {
  id: string
  at: string
  /** The API key, by its public name. */
  key_id: string
  action: 'api_key.use' | 'api_key.create' | 'customer.purge' | 'customer.erase' | 'customer.export' | 'customer.link_change' | 'operation.retry' | 'operation.discard' | 'stripe_event.replay' | 'webhook_endpoint.create' | 'webhook_endpoint.update' | 'webhook_endpoint.delete' | 'webhook_endpoint.rotate_secret'
  customer_id: string | null
  /** The operation, Stripe event or Stripe customer. */
  subject: string | null
  /** The `Request-Id` of the answer. */
  request_id: string | null
}

/** An object of Stripe, in Stripe’s words. */
export type BalanceTransaction = {
  id: string
  /** As Stripe shows it. */
  type: unknown
  /** As Stripe shows it. */
  amount: unknown
  /** As Stripe shows it. */
  currency: unknown
  /** As Stripe shows it. */
  ending_balance: unknown
  /** As Stripe shows it. */
  description: unknown
  /** As Stripe shows it. */
  invoice: unknown
  /** As Stripe shows it. */
  credit_note: unknown
  /** As Stripe shows it. */
  metadata: unknown
  /** As Stripe shows it. */
  created: unknown
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
  params?: { [name: string]: string }
  /** Its body. */
  body?: unknown
  idempotency_key?: string
  /** The version that it asks for. */
  if_match?: number
}

/** An object of Stripe, in Stripe’s words. */
export type Charge = {
  id: string
  /** As Stripe shows it. */
  status: unknown
  /** As Stripe shows it. */
  paid: unknown
  /** As Stripe shows it. */
  amount: unknown
  /** As Stripe shows it. */
  amount_captured: unknown
  /** As Stripe shows it. */
  amount_refunded: unknown
  /** As Stripe shows it. */
  refunded: unknown
  /** As Stripe shows it. */
  disputed: unknown
  /** As Stripe shows it. */
  currency: unknown
  /** As Stripe shows it. */
  failure_code: unknown
  /** As Stripe shows it. */
  payment_intent: unknown
  /** As Stripe shows it. */
  payment_method: unknown
  /** As Stripe shows it. */
  receipt_url: unknown
  /** As Stripe shows it. */
  created: unknown
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

/** The balance transaction; negative: a credit to the customer. */
export type Credit = {
  id: string
  amount: number
  currency: string
  ending_balance: number | null
  description: string | null
  /** Seconds since 1970. */
  created: number | null
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
  /** What invoices are paid by, a `pm_…` of Stripe. */
  default_payment_method: string | null
  metadata: { [name: string]: unknown }
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
  metadata?: { [name: string]: unknown } | null
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
  /** A Stripe customer that exists already: it is checked, then linked. */
  external_billing_id?: string
}

export type CustomerExport = {
  exported_at: string
  customer: Customer
  /** What was used, added up by month. */
  usage: {
    event_name: string
    month: string
    value: number
    reports: number
  }[]
  subscriptions: Subscription[]
  invoices: Invoice[]
  payments: Payment[]
  charges: Charge[]
  payment_methods: PaymentMethod[]
  tax_ids: TaxId[]
  balance_transactions: BalanceTransaction[]
  entitlements: Entitlement[]
  usage_events: {
    operation_id: string
    status: string
    accepted_at: string
    event_name: string
    identifier: string
    value: number
    used_at: string
  }[]
  entitlement_checks: Event[]
  operations: ({
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
    /** Of what Stripe carried out: its answer, as far as it is shown. */
    result: unknown
    /** What Stripe refused, in its own words. */
    stripe: {
      code: string
      param: string | null
    } | null
    accepted_at: string
    settled_at: string | null
    /** What was asked for. */
    request: {
      kind: string
    }
  })[]
  events: Event[]
  stripe_events: StripeEvent[]
  stripe_calls: ({
    /** Method and template: `POST /v1/customers/{id}`. */
    endpoint: string
    answer: 'ok' | 'refused' | 'busy' | 'stored_500' | 'silence'
    status: number | null
    /** Stripe’s, `req_…`. */
    request_id: string | null
    ms: number
    id: string
    at: string
  })[]
  audit_log: AuditEntry[]
}

/** An absent field stays, null clears it. */
export type CustomerMgmtCustomerChange = {
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
  metadata?: { [name: string]: unknown } | null
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
  /** A Stripe customer that exists already: it is checked, then linked. */
  external_billing_id?: string
}

/** Needed: name and email. */
export type CustomerMgmtNewCustomer = {
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
  metadata?: { [name: string]: unknown } | null
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
  /** A Stripe customer that exists already: it is checked, then linked. */
  external_billing_id?: string
  key?: string
}

/** Where the customer stands between here and Stripe. */
export type CustomerSync = {
  state: 'pending' | 'synced' | 'conflict' | 'parked' | 'paused' | 'observing'
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

export type CustomerWithIncluded = {
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
  /** What invoices are paid by, a `pm_…` of Stripe. */
  default_payment_method: string | null
  metadata: { [name: string]: unknown }
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
  subscriptions?: Subscription[]
  invoices?: Invoice[]
  payments?: Payment[]
  payment_methods?: PaymentMethod[]
  tax_ids?: TaxId[]
  entitlements?: Entitlement[]
  /** As Stripe last showed it; null where it has no Stripe customer. */
  stripe?: { [name: string]: unknown } | null
}

export type DefaultPaymentMethod = {
  id: string
}

export type DeliveryAttempt = {
  id: string
  event_id: string
  type: string
  at: string
  ok: boolean
  status: number | null
  error: 'refused_address' | 'unresolved' | 'no_connection' | 'bad_certificate' | 'timeout' | 'redirected' | 'status' | null
  ms: number
}

/** An object of Stripe, in Stripe’s words. */
export type Entitlement = {
  id: string
  /** As Stripe shows it. */
  lookup_key: unknown
  /** As Stripe shows it. */
  feature: unknown
}

export type EntitlementCheck = {
  lookup_key: string
  entitled: boolean
  reason: 'not_entitled' | 'limit_reached' | null
  /** This month, where a limit is given. */
  used: number | null
  limit: number | null
}

export type Event = {
  id: string
  type: string
  /** Of the schema of `data`; see the event types. */
  version: number
  timestamp: string
  /** Its place in the log, without gaps. */
  position: number
  customer_id: string | null
  /** The customer’s own count of its events. */
  sequence: number | null
  data: __schema0
}

export type EventType = {
  type: string
  version: number
  description: string
  /** JSON Schema of `data`. */
  data_schema: { [name: string]: __schema0 }
}

export type ImportEnd = {
  /** Whether every line was carried out. */
  done: boolean
  lines: number
  refused: number
  /** From here on the lines are to be sent again. */
  next_line: number | null
}

export type ImportedLine = {
  line: number
  /** The HTTP status that the write alone would have had. */
  status: number
  /** Of the customer, unless it was refused. */
  id: string | null
  /** Of a write that is accepted and not applied yet. */
  operation_id: string | null
  code: string | null
  errors: {
    field: string
    message: string
  }[]
}

/** An object of Stripe, in Stripe’s words. */
export type Invoice = {
  id: string
  /** As Stripe shows it. */
  number: unknown
  /** As Stripe shows it. */
  status: unknown
  /** As Stripe shows it. */
  currency: unknown
  /** As Stripe shows it. */
  subtotal: unknown
  /** As Stripe shows it. */
  total: unknown
  /** As Stripe shows it. */
  amount_due: unknown
  /** As Stripe shows it. */
  amount_paid: unknown
  /** As Stripe shows it. */
  amount_remaining: unknown
  /** As Stripe shows it. */
  total_taxes: unknown
  /** As Stripe shows it. */
  billing_reason: unknown
  /** As Stripe shows it. */
  collection_method: unknown
  /** As Stripe shows it. */
  attempt_count: unknown
  /** As Stripe shows it. */
  due_date: unknown
  /** As Stripe shows it. */
  period_start: unknown
  /** As Stripe shows it. */
  period_end: unknown
  /** As Stripe shows it. */
  hosted_invoice_url: unknown
  /** As Stripe shows it. */
  invoice_pdf: unknown
  /** As Stripe shows it. */
  parent: unknown
  /** As Stripe shows it. */
  metadata: unknown
  /** As Stripe shows it. */
  created: unknown
}

/** An absent field stays, null clears it. */
export type LedgerCustomerChange = {
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
  metadata?: { [name: string]: unknown } | null
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
  /** A Stripe customer that exists already: it is checked, then linked. */
  external_billing_id?: string
  status?: 'deleted'
  deleted_at?: unknown
}

/** Needed: email. */
export type LedgerNewCustomer = {
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
  metadata?: { [name: string]: unknown } | null
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
  /** A Stripe customer that exists already: it is checked, then linked. */
  external_billing_id?: string
  key?: string
}

export type MovedPaymentMethod = {
  id: string
  type: string | null
  /** As Stripe shows it. */
  card: unknown
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
  metadata?: { [name: string]: unknown } | null
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
  /** A Stripe customer that exists already: it is checked, then linked. */
  external_billing_id?: string
  key?: string
}

export type NewTaxId = {
  id: string
  type: string
  value: string
  country: string | null
  /** As Stripe shows it. */
  verification: unknown
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
  /** Of what Stripe carried out: its answer, as far as it is shown. */
  result: unknown
  /** What Stripe refused, in its own words. */
  stripe: {
    code: string
    param: string | null
  } | null
  accepted_at: string
  settled_at: string | null
}

/** An object of Stripe, in Stripe’s words. */
export type Payment = {
  id: string
  /** As Stripe shows it. */
  status: unknown
  /** As Stripe shows it. */
  amount: unknown
  /** As Stripe shows it. */
  amount_received: unknown
  /** As Stripe shows it. */
  currency: unknown
  /** As Stripe shows it. */
  description: unknown
  /** As Stripe shows it. */
  payment_method: unknown
  /** As Stripe shows it. */
  latest_charge: unknown
  /** As Stripe shows it. */
  canceled_at: unknown
  /** As Stripe shows it. */
  cancellation_reason: unknown
  /** As Stripe shows it. */
  metadata: unknown
  /** As Stripe shows it. */
  created: unknown
}

/** An object of Stripe, in Stripe’s words. */
export type PaymentMethod = {
  id: string
  /** As Stripe shows it. */
  type: unknown
  /** As Stripe shows it. */
  card: unknown
  /** As Stripe shows it. */
  sepa_debit: unknown
  /** As Stripe shows it. */
  us_bank_account: unknown
  /** As Stripe shows it. */
  metadata: unknown
  /** As Stripe shows it. */
  created: unknown
}

export type PortalSession = {
  id: string
  return_url: string | null
  /** Seconds since 1970. */
  created: number | null
  /** null once its five minutes are over. */
  url: string | null
}

/** A failure (RFC 9457). */
export type Problem = {
  /** `urn:lockstep:problem:<code>` */
  type: string
  title: string
  status: number
  code: 'malformed_json' | 'bad_signature' | 'bad_timestamp' | 'wrong_mode' | 'invalid_request' | 'idempotency_key_reused' | 'unsupported_media_type' | 'too_large' | 'unauthenticated' | 'forbidden' | 'not_found' | 'pending' | 'erased' | 'method_not_allowed' | 'key_taken' | 'email_taken' | 'currency_fixed' | 'not_allowed_in_state' | 'invalid_transition' | 'has_active_subscriptions' | 'link_goes_alone' | 'link_under_way' | 'external_billing_id_taken' | 'no_such_stripe_customer' | 'not_linked' | 'link_lost' | 'outcome_unknown' | 'cancelled' | 'discarded' | 'not_parked' | 'stripe_refused' | 'version_mismatch' | 'too_many_waiting' | 'too_many_endpoints' | 'deliveries_off' | 'too_many_streams' | 'unavailable' | 'shutting_down' | 'internal'
  /** What to do. */
  detail: string
  instance: string
  request_id: string
  /** The parts of the request that are at fault, by name. */
  errors: {
    field: string
    message: string
  }[]
  /** What Stripe refused, in its own words. */
  stripe?: {
    code: string
    param: string | null
  }
}

export type ReportedUsage = {
  event_name: string
  identifier: string
  timestamp: number
  value?: number
}

export type Sending = {
  event_id: string
}

export type StripeEvent = {
  id: string
  type: string
  stripe_customer_id: string | null
  state: 'waiting' | 'done'
  outcome: 'looked' | 'echo' | 'linked' | 'adopted' | 'known' | 'gone' | 'held' | 'twin' | 'mirrored' | 'not_mirrored' | null
  created_at: string
  received_at: string
  done_at: string | null
}

/** An object of Stripe, in Stripe’s words. */
export type Subscription = {
  id: string
  /** As Stripe shows it. */
  status: unknown
  /** As Stripe shows it. */
  currency: unknown
  /** As Stripe shows it. */
  items: unknown
  /** As Stripe shows it. */
  start_date: unknown
  /** As Stripe shows it. */
  billing_cycle_anchor: unknown
  /** As Stripe shows it. */
  trial_start: unknown
  /** As Stripe shows it. */
  trial_end: unknown
  /** As Stripe shows it. */
  cancel_at: unknown
  /** As Stripe shows it. */
  cancel_at_period_end: unknown
  /** As Stripe shows it. */
  canceled_at: unknown
  /** As Stripe shows it. */
  ended_at: unknown
  /** As Stripe shows it. */
  collection_method: unknown
  /** As Stripe shows it. */
  default_payment_method: unknown
  /** As Stripe shows it. */
  latest_invoice: unknown
  /** As Stripe shows it. */
  metadata: unknown
  /** As Stripe shows it. */
  created: unknown
}

/** An object of Stripe, in Stripe’s words. */
export type TaxId = {
  id: string
  /** As Stripe shows it. */
  type: unknown
  /** As Stripe shows it. */
  value: unknown
  /** As Stripe shows it. */
  country: unknown
  /** As Stripe shows it. */
  verification: unknown
  /** As Stripe shows it. */
  created: unknown
}

/** An absent field stays, null clears it. */
export type TenantCustomerChange = {
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
  metadata?: { [name: string]: unknown } | null
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
  /** A Stripe customer that exists already: it is checked, then linked. */
  external_billing_id?: string
  taxExempt?: 'none' | 'exempt' | 'reverse' | null
  contact?: string | null
  /** A Stripe customer that exists already: it is checked, then linked. */
  stripeCustomerId?: string
}

/** Needed: name and email. */
export type TenantNewCustomer = {
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
  metadata?: { [name: string]: unknown } | null
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
  /** A Stripe customer that exists already: it is checked, then linked. */
  external_billing_id?: string
  taxExempt?: 'none' | 'exempt' | 'reverse' | null
  contact?: string | null
  /** A Stripe customer that exists already: it is checked, then linked. */
  stripeCustomerId?: string
  key?: string
}

export type TimelineEntry = {
  kind: 'operation'
  id: string
  at: string
  operation: {
    /** What was asked for: create, update, credit … */
    kind: string
    status: 'accepted' | 'applied' | 'rejected' | 'parked'
    /** Why it was rejected or parked. */
    code: string | null
    /** The API key, by its public name. */
    actor: string
    /** What its caller gave as the reason. */
    reason: string | null
    settled_at: string | null
  }
} | {
  kind: 'event'
  id: string
  at: string
  event: Event
} | {
  kind: 'stripe_event'
  id: string
  at: string
  stripe_event: StripeEvent
} | {
  kind: 'stripe_call'
  id: string
  at: string
  stripe_call: {
    /** Method and template: `POST /v1/customers/{id}`. */
    endpoint: string
    answer: 'ok' | 'refused' | 'busy' | 'stored_500' | 'silence'
    status: number | null
    /** Stripe’s, `req_…`. */
    request_id: string | null
    ms: number
  }
}

export type Usage = {
  event_name: string
  month: string
  /** The reports’ values, added up. */
  value: number
  reports: number
  /** By an active entitlement; null: none. */
  limit: number | null
  remaining: number | null
}

/** A user of the caller’s, and the customer that follows it. */
export type User = {
  id: string
  email: string | null
  name: string | null
  phone: string | null
  metadata: { [name: string]: unknown }
  stripe_customer_id: string | null
  /** Our id, a UUID. */
  customer_id: string
  state: 'active' | 'suspended' | 'archived' | 'deleted'
}

/** An absent field stays, null clears it; `email` is needed to register. */
export type UserProfile = {
  email?: string | null
  name?: string | null
  phone?: string | null
  /** The caller’s own data: any JSON object of at most 32 KB. Names with `lockstep_` are reserved. */
  metadata?: { [name: string]: unknown } | null
}

export type WebhookEndpoint = {
  id: string
  url: string
  description: string | null
  types: string[]
  enabled: boolean
  /** `failing`: days without a success. `gone`: it answered 410. */
  disabled: {
    reason: 'caller' | 'failing' | 'gone'
    at: string
  } | null
  /** The last event of the log that it was handed. */
  position: number
  /** Failed attempts in a row. */
  failures: number
  failing_since: string | null
  /** It is left alone until then. */
  next_attempt_at: string | null
  /** The secrets that sign now, newest first; never the secrets themselves. */
  secrets: ({
    made_at: string
    expires_at: string | null
  })[]
  created_at: string
  updated_at: string
}

export type WebhookEndpointDetail = {
  id: string
  url: string
  description: string | null
  types: string[]
  enabled: boolean
  /** `failing`: days without a success. `gone`: it answered 410. */
  disabled: {
    reason: 'caller' | 'failing' | 'gone'
    at: string
  } | null
  /** The last event of the log that it was handed. */
  position: number
  /** Failed attempts in a row. */
  failures: number
  failing_since: string | null
  /** It is left alone until then. */
  next_attempt_at: string | null
  /** The secrets that sign now, newest first; never the secrets themselves. */
  secrets: ({
    made_at: string
    expires_at: string | null
  })[]
  created_at: string
  updated_at: string
  deliveries: {
    /** Events that are tried again. */
    waiting: number
    /** Events that were given up; recover sends them again. */
    failed: number
  }
}

export type WebhookEndpointWithSecret = {
  id: string
  url: string
  description: string | null
  types: string[]
  enabled: boolean
  /** `failing`: days without a success. `gone`: it answered 410. */
  disabled: {
    reason: 'caller' | 'failing' | 'gone'
    at: string
  } | null
  /** The last event of the log that it was handed. */
  position: number
  /** Failed attempts in a row. */
  failures: number
  failing_since: string | null
  /** It is left alone until then. */
  next_attempt_at: string | null
  /** The secrets that sign now, newest first; never the secrets themselves. */
  secrets: ({
    made_at: string
    expires_at: string | null
  })[]
  created_at: string
  updated_at: string
  /** `whsec_…`, shown this once. */
  secret: string
}

export type __schema0 = string | number | boolean | null | __schema0[] | { [name: string]: __schema0 }

export interface CustomersApi {
  /** Lists customers, newest first unless asked otherwise; deleted ones only by `state`. */
  list(query?: {
    /** Where in its life; `active`, `archived` and `suspended` are taken for `state`. */
    status?: 'lead' | 'prospect' | 'customer' | 'churned' | 'active' | 'archived' | 'suspended'
    state?: 'active' | 'archived' | 'suspended' | 'deleted'
    tier?: 'free' | 'basic' | 'pro' | 'enterprise'
    tag?: string
    source?: string
    assigned_to?: string
    company_id?: string
    user_id?: string
    app_id?: string
    currency?: string | null
    email?: string | null
    stripe_customer_id?: string
    /** Begins the key, the name or the e-mail, in any case. */
    search?: string
    /** `name` only together with a filter. */
    sort_by?: 'created_at' | 'key' | 'name'
    /** Default: newest first; keys and names from the first letter on. */
    sort_order?: 'asc' | 'desc'
    /** The last customer seen: `next_after`. Of a list by age. */
    after?: string
    offset?: number
    limit?: number
  }, options?: CallOptions): PagedCall<Customer>
  /** Creates a customer. */
  create(body: NewCustomer, options?: CallOptions): ApiCall<Customer>
  /** Reads a customer by the caller’s own identifier. */
  getByKey(key: string, query?: {
    include?: string
  }, options?: CallOptions): ApiCall<CustomerWithIncluded>
  /** Reads the customer that claims this e-mail, else the oldest that has it. */
  getByEmail(email: string, query?: {
    include?: string
  }, options?: CallOptions): ApiCall<CustomerWithIncluded>
  /** Reads a customer by our id. */
  get(id: string, query?: {
    include?: string
  }, options?: CallOptions): ApiCall<CustomerWithIncluded>
  /** Updates: an absent field stays, `null` clears. The same as PATCH. */
  replace(id: string, body: CustomerChange, options?: CallOptions): ApiCall<Customer>
  /** Updates: an absent field stays, `null` clears. */
  update(id: string, body: CustomerChange, options?: CallOptions): ApiCall<Customer>
  /** Deletes softly; the Stripe customer stays. */
  delete(id: string, options?: CallOptions): ApiCall<Customer>
  /** Puts it into the hands of somebody, or of nobody (`null`). */
  assign(id: string, body: {
  assigned_to: string | null
}, options?: CallOptions): ApiCall<Customer>
  /** Sets the tier. */
  setTier(id: string, body: {
  tier: 'free' | 'basic' | 'pro' | 'enterprise'
}, options?: CallOptions): ApiCall<Customer>
  /** Replaces the tags. */
  setTags(id: string, body: {
  tags: string[]
}, options?: CallOptions): ApiCall<Customer>
  /** Back to the state before the delete. */
  restore(id: string, options?: CallOptions): ApiCall<Customer>
  /** From now on only e-mail and metadata may change. */
  archive(id: string, options?: CallOptions): ApiCall<Customer>
  /** Back to active. */
  unarchive(id: string, options?: CallOptions): ApiCall<Customer>
  /** Marks it as suspended; at Stripe only the mark changes. */
  suspend(id: string, options?: CallOptions): ApiCall<Customer>
  /** Back to active. */
  unsuspend(id: string, options?: CallOptions): ApiCall<Customer>
  /** From lead to prospect. */
  qualify(id: string, options?: CallOptions): ApiCall<Customer>
  /** From prospect to customer. */
  convert(id: string, options?: CallOptions): ApiCall<Customer>
  /** From customer to churned. */
  churn(id: string, options?: CallOptions): ApiCall<Customer>
  /** From churned back to prospect. */
  reactivate(id: string, options?: CallOptions): ApiCall<Customer>
  /** Reads it at Stripe anew and brings both sides in step. */
  resync(id: string, options?: CallOptions): ApiCall<Customer>
  /** Deletes it at Stripe and here, where a tombstone stays; for archived and deleted customers. */
  purge(id: string, options?: CallOptions): ApiCall<{
  /** Our id, a UUID. */
  id: string
  purged: true
}>
  /** Purges it, and removes what was written of the person from every record. */
  erase(id: string, options?: CallOptions): ApiCall<{
  /** Our id, a UUID. */
  id: string
  purged: true
}>
  /** Shows everything that happened to a customer. */
  getTimeline(id: string, query?: {
    /** What the page before said: `next_after`. */
    after?: string
    limit?: number
  }, options?: CallOptions): PagedCall<TimelineEntry>
  /** Exports everything that is held of a customer. */
  export(id: string, options?: CallOptions): ApiCall<CustomerExport>
}

export interface BillingApi {
  /** Gives a credit (negative) or charges the balance (positive), exactly once. */
  creditCustomer(id: string, body: {
  amount: number
  currency: string | null
  reason?: string | null
}, options?: CallOptions): ApiCall<Credit>
  /** Attaches a payment method that was made at Stripe. */
  attachPaymentMethod(id: string, body: {
  payment_method: string
}, options?: CallOptions): ApiCall<MovedPaymentMethod>
  /** Lists the attached payment methods. */
  listPaymentMethods(id: string, query?: {
    after?: string
    status?: string
    limit?: number
  }, options?: CallOptions): PagedCall<PaymentMethod>
  /** Detaches a payment method. */
  detachPaymentMethod(id: string, method: string, options?: CallOptions): ApiCall<MovedPaymentMethod>
  /** Sets what invoices are paid by; `null`: nothing any more. */
  setDefaultPaymentMethod(id: string, body: {
  payment_method: string | null
}, options?: CallOptions): ApiCall<DefaultPaymentMethod>
  /** Adds a tax id; Stripe verifies it later. */
  createTaxId(id: string, body: {
  type: string
  value: string
}, options?: CallOptions): ApiCall<NewTaxId>
  /** Lists the tax ids and their verification. */
  listTaxIds(id: string, query?: {
    after?: string
    status?: string
    limit?: number
  }, options?: CallOptions): PagedCall<TaxId>
  /** Removes a tax id. */
  deleteTaxId(id: string, tax_id: string, options?: CallOptions): ApiCall<{
  id: string
  deleted: true
}>
  /** Subscribes the customer to prices, exactly once. */
  createSubscription(id: string, body: {
  items: ({
    price: string
    quantity?: number | null
  })[]
  trial_days?: number | null
  default_payment_method?: string | null
  metadata?: { [name: string]: string }
}, options?: CallOptions): ApiCall<Subscription>
  /** Lists the subscriptions. */
  listSubscriptions(id: string, query?: {
    after?: string
    status?: string
    limit?: number
  }, options?: CallOptions): PagedCall<Subscription>
  /** Makes a link to Stripe’s billing portal; it can be read here for five minutes. */
  createPortalSession(id: string, body: {
  return_url: string
}, options?: CallOptions): ApiCall<PortalSession>
  /** Reports metered usage; an `identifier` counts once. */
  reportUsage(id: string, body: {
  event_name: string
  value: number
  identifier?: string
  timestamp?: string
}, options?: CallOptions): ApiCall<ReportedUsage>
  /** Lists what was used in a month (this one, unless told otherwise), with the limits. */
  listUsage(id: string, query?: {
    month?: string
  }, options?: CallOptions): ApiCall<Usage[]>
  /** Lists what moved the balance. */
  listBalanceTransactions(id: string, query?: {
    after?: string
    status?: string
    limit?: number
  }, options?: CallOptions): PagedCall<BalanceTransaction>
  /** Lists the invoices. */
  listInvoices(id: string, query?: {
    after?: string
    status?: string
    limit?: number
  }, options?: CallOptions): PagedCall<Invoice>
  /** Lists the payments. */
  listPayments(id: string, query?: {
    after?: string
    status?: string
    limit?: number
  }, options?: CallOptions): PagedCall<Payment>
  /** Lists the charges. */
  listCharges(id: string, query?: {
    after?: string
    status?: string
    limit?: number
  }, options?: CallOptions): PagedCall<Charge>
  /** Lists what the customer is entitled to. */
  listEntitlements(id: string, query?: {
    after?: string
    status?: string
    limit?: number
  }, options?: CallOptions): PagedCall<Entitlement>
  /** Tells whether the customer may use a feature now, and logs that it was asked. */
  checkEntitlement(id: string, body: {
  lookup_key?: string
  id?: string
}, options?: CallOptions): ApiCall<EntitlementCheck>
}

export interface UsersApi {
  /** Registers a user, or changes its profile; its customer follows. */
  put(id: string, body: UserProfile, options?: CallOptions): ApiCall<User>
  /** Reads a user. */
  get(id: string, options?: CallOptions): ApiCall<User>
  /** Archives the user’s customer. A later PUT brings it back. */
  delete(id: string, options?: CallOptions): ApiCall<User>
  /** Tells the Stripe customer of a user, and waits for it as long as `Prefer` says. */
  ensureCustomer(id: string, options?: CallOptions): ApiCall<{
  id: string
  /** Our id, a UUID. */
  customer_id: string
  stripe_customer_id: string | null
}>
}

export interface OperationsApi {
  /** Lists operations: every accepted write. */
  list(query?: {
    /** Only those on this customer. */
    customer_id?: string
    status?: 'accepted' | 'applied' | 'rejected' | 'parked'
    /** The last operation seen: `next_after`. */
    after?: string
    limit?: number
  }, options?: CallOptions): PagedCall<Operation>
  /** Carries out up to 1,000 writes, each answered by itself. */
  batch(body: Batch, options?: CallOptions): ApiCall<BatchAnswer[]>
  /** Tells what became of a write. */
  get(id: string, options?: CallOptions): ApiCall<Operation>
  /** Lets a parked operation try again. */
  retry(id: string, options?: CallOptions): ApiCall<Operation>
  /** Gives a parked operation up. */
  discard(id: string, options?: CallOptions): ApiCall<Operation>
}

export interface StripeEventsApi {
  /** Lists the Stripe events that were taken in. */
  list(query?: {
    /** Only those that speak of it. */
    stripe_customer_id?: string
    state?: 'waiting' | 'done'
    /** The last event seen: `next_after`. */
    after?: string
    limit?: number
  }, options?: CallOptions): PagedCall<StripeEvent>
  /** Tells what became of a Stripe event. */
  get(id: string, options?: CallOptions): ApiCall<StripeEvent>
  /** Examines a Stripe event again. */
  replay(id: string, options?: CallOptions): ApiCall<StripeEvent>
}

export interface AuditLogApi {
  /** Lists sensitive actions and the API key that asked for each. */
  list(query?: {
    /** Only what was done to this customer. */
    customer_id?: string
    action?: 'api_key.use' | 'api_key.create' | 'customer.purge' | 'customer.erase' | 'customer.export' | 'customer.link_change' | 'operation.retry' | 'operation.discard' | 'stripe_event.replay' | 'webhook_endpoint.create' | 'webhook_endpoint.update' | 'webhook_endpoint.delete' | 'webhook_endpoint.rotate_secret'
    /** The last entry seen: `next_after`. */
    after?: string
    limit?: number
  }, options?: CallOptions): PagedCall<AuditEntry>
}

export interface EventsApi {
  /** Reads the event log behind a position. */
  list(query?: {
    /** Only events about this customer. */
    customer_id?: string
    /** Types, separated by commas; `customer.*` takes all below a word. */
    type?: string
    after?: number
    limit?: number
  }, options?: CallOptions): PagedCall<Event>
  /** Writes an event of the caller’s own, about a customer or about nobody. */
  create(body: {
  type: string
  customer_id?: string | null
  data?: { [name: string]: __schema0 }
}, options?: CallOptions): ApiCall<AcceptedEvent>
  /** Lists the types that Lockstep writes, with the schemas of their data. */
  listTypes(options?: CallOptions): ApiCall<EventType[]>
  /** Reads one event. */
  get(id: string, options?: CallOptions): ApiCall<Event>
}

export interface WebhookEndpointsApi {
  /** Registers an endpoint for events; the answer alone shows its secret. */
  create(body: {
  /** HTTPS, at a public address. */
  url: string
  /** Types such as `customer.*`; an empty list takes all. */
  types?: string[]
  description?: string | null
}, options?: CallOptions): ApiCall<WebhookEndpointWithSecret>
  /** Lists the endpoints, oldest first. */
  list(options?: CallOptions): ApiCall<WebhookEndpoint[]>
  /** Reads one endpoint, and how many deliveries wait or were given up. */
  get(id: string, options?: CallOptions): ApiCall<WebhookEndpointDetail>
  /** Changes an endpoint, disables it, or lets it go on where it stopped. */
  update(id: string, body: {
  /** HTTPS, at a public address. */
  url?: string
  /** Types such as `customer.*`; an empty list takes all. */
  types?: string[]
  description?: string | null
  enabled?: boolean
}, options?: CallOptions): ApiCall<WebhookEndpoint>
  /** Removes an endpoint with all that waits for it. */
  delete(id: string, options?: CallOptions): ApiCall<{
  id: string
  deleted: true
}>
  /** Makes a new secret; the old ones sign as well until the overlap is over. */
  rotateWebhookSecret(id: string, body?: {
  /** How long the old secret signs as well. */
  overlap_seconds?: number
}, options?: CallOptions): ApiCall<WebhookEndpointWithSecret>
  /** Sends a `webhook_endpoint.test` once; the attempts tell what came of it. */
  test(id: string, options?: CallOptions): ApiCall<Sending>
  /** Sends one event again, whether or not it was delivered. */
  resendEvent(id: string, body: {
  event_id: string
}, options?: CallOptions): ApiCall<Sending>
  /** Sends again what failed since a time, given up or not. */
  recoverDeliveries(id: string, body: {
  since: string
}, options?: CallOptions): ApiCall<{
  recovered: number
}>
  /** Sends everything since a time again, in order, and goes on from there. */
  replayEvents(id: string, body: {
  since: string
}, options?: CallOptions): ApiCall<{
  position: number
}>
  /** Lists the attempts to deliver, newest first; kept for 30 days. */
  listDeliveryAttempts(id: string, query?: {
    event_id?: string
    /** The last attempt seen: `next_after`. */
    after?: string
    limit?: number
  }, options?: CallOptions): PagedCall<DeliveryAttempt>
}

/** Everything that can be asked, by subject. */
export interface Api {
  customers: CustomersApi
  billing: BillingApi
  users: UsersApi
  operations: OperationsApi
  stripeEvents: StripeEventsApi
  auditLog: AuditLogApi
  events: EventsApi
  webhookEndpoints: WebhookEndpointsApi
}

/** The table that the client is made from, by the operation's name. */
export const calls = {
  list_customers: { group: 'customers', name: 'list', verb: 'GET', path: '/v1/customers', body: false, query: true, pages: true },
  create_customer: { group: 'customers', name: 'create', verb: 'POST', path: '/v1/customers', body: true, query: false, pages: false },
  get_customer_by_key: { group: 'customers', name: 'getByKey', verb: 'GET', path: '/v1/customers/key/{key}', body: false, query: true, pages: false },
  get_customer_by_email: { group: 'customers', name: 'getByEmail', verb: 'GET', path: '/v1/customers/email/{email}', body: false, query: true, pages: false },
  get_customer: { group: 'customers', name: 'get', verb: 'GET', path: '/v1/customers/{id}', body: false, query: true, pages: false },
  replace_customer: { group: 'customers', name: 'replace', verb: 'PUT', path: '/v1/customers/{id}', body: true, query: false, pages: false },
  update_customer: { group: 'customers', name: 'update', verb: 'PATCH', path: '/v1/customers/{id}', body: true, query: false, pages: false },
  delete_customer: { group: 'customers', name: 'delete', verb: 'DELETE', path: '/v1/customers/{id}', body: false, query: false, pages: false },
  assign_customer: { group: 'customers', name: 'assign', verb: 'PUT', path: '/v1/customers/{id}/assign', body: true, query: false, pages: false },
  set_customer_tier: { group: 'customers', name: 'setTier', verb: 'PUT', path: '/v1/customers/{id}/tier', body: true, query: false, pages: false },
  set_customer_tags: { group: 'customers', name: 'setTags', verb: 'PUT', path: '/v1/customers/{id}/tags', body: true, query: false, pages: false },
  restore_customer: { group: 'customers', name: 'restore', verb: 'POST', path: '/v1/customers/{id}/restore', body: false, query: false, pages: false },
  archive_customer: { group: 'customers', name: 'archive', verb: 'POST', path: '/v1/customers/{id}/archive', body: false, query: false, pages: false },
  unarchive_customer: { group: 'customers', name: 'unarchive', verb: 'POST', path: '/v1/customers/{id}/unarchive', body: false, query: false, pages: false },
  suspend_customer: { group: 'customers', name: 'suspend', verb: 'POST', path: '/v1/customers/{id}/suspend', body: false, query: false, pages: false },
  unsuspend_customer: { group: 'customers', name: 'unsuspend', verb: 'POST', path: '/v1/customers/{id}/unsuspend', body: false, query: false, pages: false },
  qualify_customer: { group: 'customers', name: 'qualify', verb: 'POST', path: '/v1/customers/{id}/qualify', body: false, query: false, pages: false },
  convert_customer: { group: 'customers', name: 'convert', verb: 'POST', path: '/v1/customers/{id}/convert', body: false, query: false, pages: false },
  churn_customer: { group: 'customers', name: 'churn', verb: 'POST', path: '/v1/customers/{id}/churn', body: false, query: false, pages: false },
  reactivate_customer: { group: 'customers', name: 'reactivate', verb: 'POST', path: '/v1/customers/{id}/reactivate', body: false, query: false, pages: false },
  resync_customer: { group: 'customers', name: 'resync', verb: 'POST', path: '/v1/customers/{id}/resync', body: false, query: false, pages: false },
  purge_customer: { group: 'customers', name: 'purge', verb: 'POST', path: '/v1/customers/{id}/purge', body: false, query: false, pages: false },
  erase_customer: { group: 'customers', name: 'erase', verb: 'POST', path: '/v1/customers/{id}/erase', body: false, query: false, pages: false },
  credit_customer: { group: 'billing', name: 'creditCustomer', verb: 'POST', path: '/v1/customers/{id}/credit', body: true, query: false, pages: false },
  attach_payment_method: { group: 'billing', name: 'attachPaymentMethod', verb: 'POST', path: '/v1/customers/{id}/payment-methods', body: true, query: false, pages: false },
  list_payment_methods: { group: 'billing', name: 'listPaymentMethods', verb: 'GET', path: '/v1/customers/{id}/payment-methods', body: false, query: true, pages: true },
  detach_payment_method: { group: 'billing', name: 'detachPaymentMethod', verb: 'DELETE', path: '/v1/customers/{id}/payment-methods/{method}', body: false, query: false, pages: false },
  set_default_payment_method: { group: 'billing', name: 'setDefaultPaymentMethod', verb: 'PUT', path: '/v1/customers/{id}/default-payment-method', body: true, query: false, pages: false },
  create_tax_id: { group: 'billing', name: 'createTaxId', verb: 'POST', path: '/v1/customers/{id}/tax-ids', body: true, query: false, pages: false },
  list_tax_ids: { group: 'billing', name: 'listTaxIds', verb: 'GET', path: '/v1/customers/{id}/tax-ids', body: false, query: true, pages: true },
  delete_tax_id: { group: 'billing', name: 'deleteTaxId', verb: 'DELETE', path: '/v1/customers/{id}/tax-ids/{tax_id}', body: false, query: false, pages: false },
  create_subscription: { group: 'billing', name: 'createSubscription', verb: 'POST', path: '/v1/customers/{id}/subscriptions', body: true, query: false, pages: false },
  list_subscriptions: { group: 'billing', name: 'listSubscriptions', verb: 'GET', path: '/v1/customers/{id}/subscriptions', body: false, query: true, pages: true },
  create_portal_session: { group: 'billing', name: 'createPortalSession', verb: 'POST', path: '/v1/customers/{id}/portal', body: true, query: false, pages: false },
  report_usage: { group: 'billing', name: 'reportUsage', verb: 'POST', path: '/v1/customers/{id}/usage', body: true, query: false, pages: false },
  list_usage: { group: 'billing', name: 'listUsage', verb: 'GET', path: '/v1/customers/{id}/usage', body: false, query: true, pages: false },
  list_balance_transactions: { group: 'billing', name: 'listBalanceTransactions', verb: 'GET', path: '/v1/customers/{id}/balance-transactions', body: false, query: true, pages: true },
  list_invoices: { group: 'billing', name: 'listInvoices', verb: 'GET', path: '/v1/customers/{id}/invoices', body: false, query: true, pages: true },
  list_payments: { group: 'billing', name: 'listPayments', verb: 'GET', path: '/v1/customers/{id}/payments', body: false, query: true, pages: true },
  list_charges: { group: 'billing', name: 'listCharges', verb: 'GET', path: '/v1/customers/{id}/charges', body: false, query: true, pages: true },
  list_entitlements: { group: 'billing', name: 'listEntitlements', verb: 'GET', path: '/v1/customers/{id}/entitlements', body: false, query: true, pages: true },
  check_entitlement: { group: 'billing', name: 'checkEntitlement', verb: 'POST', path: '/v1/customers/{id}/entitlements/check', body: true, query: false, pages: false },
  get_customer_timeline: { group: 'customers', name: 'getTimeline', verb: 'GET', path: '/v1/customers/{id}/timeline', body: false, query: true, pages: true },
  export_customer: { group: 'customers', name: 'export', verb: 'GET', path: '/v1/customers/{id}/export', body: false, query: false, pages: false },
  put_user: { group: 'users', name: 'put', verb: 'PUT', path: '/v1/users/{id}', body: true, query: false, pages: false },
  get_user: { group: 'users', name: 'get', verb: 'GET', path: '/v1/users/{id}', body: false, query: false, pages: false },
  delete_user: { group: 'users', name: 'delete', verb: 'DELETE', path: '/v1/users/{id}', body: false, query: false, pages: false },
  ensure_user_customer: { group: 'users', name: 'ensureCustomer', verb: 'POST', path: '/v1/users/{id}/customer', body: false, query: false, pages: false },
  list_operations: { group: 'operations', name: 'list', verb: 'GET', path: '/v1/operations', body: false, query: true, pages: true },
  batch_operations: { group: 'operations', name: 'batch', verb: 'POST', path: '/v1/operations', body: true, query: false, pages: false },
  get_operation: { group: 'operations', name: 'get', verb: 'GET', path: '/v1/operations/{id}', body: false, query: false, pages: false },
  retry_operation: { group: 'operations', name: 'retry', verb: 'POST', path: '/v1/operations/{id}/retry', body: false, query: false, pages: false },
  discard_operation: { group: 'operations', name: 'discard', verb: 'POST', path: '/v1/operations/{id}/discard', body: false, query: false, pages: false },
  list_stripe_events: { group: 'stripeEvents', name: 'list', verb: 'GET', path: '/v1/stripe-events', body: false, query: true, pages: true },
  get_stripe_event: { group: 'stripeEvents', name: 'get', verb: 'GET', path: '/v1/stripe-events/{id}', body: false, query: false, pages: false },
  replay_stripe_event: { group: 'stripeEvents', name: 'replay', verb: 'POST', path: '/v1/stripe-events/{id}/replay', body: false, query: false, pages: false },
  list_audit_log: { group: 'auditLog', name: 'list', verb: 'GET', path: '/v1/audit-log', body: false, query: true, pages: true },
  list_events: { group: 'events', name: 'list', verb: 'GET', path: '/v1/events', body: false, query: true, pages: true },
  create_event: { group: 'events', name: 'create', verb: 'POST', path: '/v1/events', body: true, query: false, pages: false },
  list_event_types: { group: 'events', name: 'listTypes', verb: 'GET', path: '/v1/event-types', body: false, query: false, pages: false },
  get_event: { group: 'events', name: 'get', verb: 'GET', path: '/v1/events/{id}', body: false, query: false, pages: false },
  create_webhook_endpoint: { group: 'webhookEndpoints', name: 'create', verb: 'POST', path: '/v1/webhook-endpoints', body: true, query: false, pages: false },
  list_webhook_endpoints: { group: 'webhookEndpoints', name: 'list', verb: 'GET', path: '/v1/webhook-endpoints', body: false, query: false, pages: false },
  get_webhook_endpoint: { group: 'webhookEndpoints', name: 'get', verb: 'GET', path: '/v1/webhook-endpoints/{id}', body: false, query: false, pages: false },
  update_webhook_endpoint: { group: 'webhookEndpoints', name: 'update', verb: 'PATCH', path: '/v1/webhook-endpoints/{id}', body: true, query: false, pages: false },
  delete_webhook_endpoint: { group: 'webhookEndpoints', name: 'delete', verb: 'DELETE', path: '/v1/webhook-endpoints/{id}', body: false, query: false, pages: false },
  rotate_webhook_secret: { group: 'webhookEndpoints', name: 'rotateWebhookSecret', verb: 'POST', path: '/v1/webhook-endpoints/{id}/rotate-secret', body: true, query: false, pages: false },
  test_webhook_endpoint: { group: 'webhookEndpoints', name: 'test', verb: 'POST', path: '/v1/webhook-endpoints/{id}/test', body: false, query: false, pages: false },
  resend_event: { group: 'webhookEndpoints', name: 'resendEvent', verb: 'POST', path: '/v1/webhook-endpoints/{id}/resend', body: true, query: false, pages: false },
  recover_deliveries: { group: 'webhookEndpoints', name: 'recoverDeliveries', verb: 'POST', path: '/v1/webhook-endpoints/{id}/recover', body: true, query: false, pages: false },
  replay_events: { group: 'webhookEndpoints', name: 'replayEvents', verb: 'POST', path: '/v1/webhook-endpoints/{id}/replay', body: true, query: false, pages: false },
  list_delivery_attempts: { group: 'webhookEndpoints', name: 'listDeliveryAttempts', verb: 'GET', path: '/v1/webhook-endpoints/{id}/attempts', body: false, query: true, pages: true },
} as const

/** The HTTP status of each code. */
export const statusOf = {
  bad_signature: 400,
  bad_timestamp: 400,
  cancelled: 409,
  currency_fixed: 409,
  deliveries_off: 503,
  discarded: 409,
  email_taken: 409,
  erased: 410,
  external_billing_id_taken: 409,
  forbidden: 403,
  has_active_subscriptions: 409,
  idempotency_key_reused: 422,
  internal: 500,
  invalid_request: 422,
  invalid_transition: 409,
  key_taken: 409,
  link_goes_alone: 409,
  link_lost: 409,
  link_under_way: 409,
  malformed_json: 400,
  method_not_allowed: 405,
  no_such_stripe_customer: 422,
  not_allowed_in_state: 409,
  not_found: 404,
  not_linked: 409,
  not_parked: 409,
  outcome_unknown: 409,
  pending: 404,
  shutting_down: 503,
  stripe_refused: 422,
  too_large: 413,
  too_many_endpoints: 409,
  too_many_streams: 429,
  too_many_waiting: 429,
  unauthenticated: 401,
  unavailable: 503,
  unsupported_media_type: 415,
  version_mismatch: 412,
  wrong_mode: 400,
} as const
