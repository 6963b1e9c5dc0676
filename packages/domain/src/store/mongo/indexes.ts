// Owns every index: its name, its key, the unique rule behind it and the query that needs it.
// Promises: safe to call from several processes at once and again at every start. Names are ours, because the name in
// a duplicate-key text is the only word on which rule was broken that every engine gives.

import type { mongo } from 'mongoose'
import type { UniqueRule } from '../store.ts'
import type { CollectionName } from './collections.ts'

interface Index {
  key: Record<string, 1 | -1>
  rule?: UniqueRule
  /** Only documents that match are in the index. Absent fields are left out this way, never stored as null. */
  where?: mongo.Document
  /** Documents go when this date has passed. */
  ttl?: true
}

const present = { $exists: true }
/** Of a field that is null where there is nothing: only texts are in the index. */
const anyText = { $gt: '' }
const accepted = { status: 'accepted' }
const waiting = { waiting: true }

/** Collection → index name → index. `_id` is everywhere. */
const indexes = {
  customers: {
    // Lists and scans of one tenant, by id; and lists of one status.
    customers_tenant_id: { key: { tenant_id: 1, _id: 1 } },
    customers_status: { key: { tenant_id: 1, status: 1, _id: 1 } },
    customers_key: { key: { tenant_id: 1, key: 1 }, rule: 'key' },
    customers_email_claim: {
      key: { tenant_id: 1, email_claim: 1 },
      rule: 'email_claim',
      where: { email_claim: present },
    },
    customers_stripe_id: {
      key: { tenant_id: 1, stripe_id: 1 },
      rule: 'stripe_id',
      where: { stripe_id: present },
    },
    // Reconciliation: who should stand on a page of Stripe's list.
    customers_stripe_created: {
      key: { tenant_id: 1, 'stripe.created': 1 },
      where: { 'stripe.created': present },
    },
    customers_former_stripe_ids: { key: { tenant_id: 1, former_stripe_ids: 1 } },
    customers_duplicates: {
      key: { tenant_id: 1, duplicate_stripe_ids: 1 },
      where: { duplicate_stripe_ids: present },
    },
    customers_email_lower: { key: { tenant_id: 1, email_lower: 1, _id: 1 } },
    // Lists by key or name, and searches. Who has no name is on a list by name too.
    customers_key_lower: { key: { tenant_id: 1, key_lower: 1, _id: 1 } },
    customers_name: { key: { tenant_id: 1, name_lower: 1, _id: 1 } },
    // Lists of the few that have this tag, are in these hands, or are this person or company.
    customers_tags: { key: { tenant_id: 1, tags: 1, _id: 1 }, where: { tags: anyText } },
    customers_assigned_to: { key: { tenant_id: 1, assigned_to: 1, _id: 1 }, where: { assigned_to: anyText } },
    customers_user_id: { key: { tenant_id: 1, user_id: 1, _id: 1 }, where: { user_id: anyText } },
    customers_company_id: { key: { tenant_id: 1, company_id: 1, _id: 1 }, where: { company_id: anyText } },
    // The sweeper's question, over all tenants.
    customers_due: { key: { due_at: 1 }, where: { due_at: present } },
    // The backlog's counts.
    customers_unsynced: { key: { sync_due_at: 1 }, where: { sync_due_at: present } },
    customers_parked: { key: { 'parked.code': 1 }, where: { 'parked.code': present } },
  },
  operations: {
    operations_idempotency_key: {
      key: { tenant_id: 1, api_key_id: 1, idempotency_key: 1 },
      rule: 'idempotency_key',
      where: { idempotency_key: present },
    },
    // Everything that was ever asked of one customer.
    operations_customer: { key: { tenant_id: 1, customer_id: 1, number: 1 } },
    // Only accepted ones: these stay as small as the backlog, however long the history.
    operations_waiting: { key: { tenant_id: 1, customer_id: 1, number: 1 }, where: accepted },
    operations_accepted_at: { key: { accepted_at: 1 }, where: accepted },
    // Lists of one tenant, the last first; and of those that wait for an operator.
    operations_tenant: { key: { tenant_id: 1, number: 1 } },
    operations_parked: { key: { tenant_id: 1, number: 1 }, where: { status: 'parked' } },
    operations_ttl: { key: { expires_at: 1 }, ttl: true },
  },
  stripe_events: {
    stripe_events_waiting: { key: { tenant_id: 1, stripe_customer_id: 1, received_at: 1 }, where: waiting },
    stripe_events_received_at: { key: { received_at: 1 }, where: waiting },
    // Lists of one tenant, and of one customer, the last first.
    stripe_events_tenant: { key: { tenant_id: 1, received_at: 1, _id: 1 } },
    stripe_events_customer: { key: { tenant_id: 1, stripe_customer_id: 1, received_at: 1, _id: 1 } },
    stripe_events_ttl: { key: { expires_at: 1 }, ttl: true },
  },
  // Position is the `_id` here (see collections.ts).
  events: {
    events_event_id: { key: { event_id: 1 }, rule: '_id' },
    // What happened to one customer, in order.
    events_customer_pos: { key: { tenant_id: 1, customer_id: 1, pos: 1 } },
  },
  pushes: {
    pushes_customer: { key: { tenant_id: 1, customer_id: 1 } },
    pushes_ttl: { key: { expires_at: 1 }, ttl: true },
  },
  brakes: { brakes_ttl: { key: { expires_at: 1 }, ttl: true } },
  reconciliations: {},
  portal_links: { portal_links_ttl: { key: { expires_at: 1 }, ttl: true } },
  mirror_asks: { mirror_asks_due: { key: { due_at: 1 }, where: { due_at: present } } },
  mirrored: {
    // What one customer has of a kind, newest first.
    mirrored_customer: {
      key: { tenant_id: 1, stripe_customer_id: 1, kind: 1, created: -1, object_id: -1 },
    },
    mirrored_untold: { key: { tenant_id: 1, stripe_customer_id: 1 }, where: { has_untold: true } },
    mirrored_ttl: { key: { expires_at: 1 }, ttl: true },
  },
  webhook_endpoints: {
    webhook_endpoints_tenant: { key: { tenant_id: 1, _id: 1 } },
    // The sweeper's questions: whose rest is over, and which delivery is due.
    webhook_endpoints_resting: { key: { next_attempt_at: 1 } },
  },
  deliveries: {
    deliveries_due: { key: { due_at: 1 }, where: { due_at: present } },
    deliveries_endpoint: { key: { tenant_id: 1, endpoint_id: 1, due_at: 1 } },
  },
  delivery_attempts: {
    delivery_attempts_endpoint: { key: { tenant_id: 1, endpoint_id: 1, _id: 1 } },
    delivery_attempts_event: { key: { tenant_id: 1, endpoint_id: 1, event_id: 1, _id: 1 } },
    delivery_attempts_ttl: { key: { expires_at: 1 }, ttl: true },
  },
  sealing_keys: {},
  audit_log: {
    audit_log_tenant: { key: { tenant_id: 1, _id: 1 } },
    audit_log_customer: { key: { tenant_id: 1, customer_id: 1, _id: 1 } },
  },
  stripe_calls: {
    stripe_calls_customer: { key: { tenant_id: 1, customer_id: 1, at: 1, _id: 1 } },
    stripe_calls_stripe_id: { key: { tenant_id: 1, stripe_id: 1, at: 1, _id: 1 } },
    stripe_calls_ttl: { key: { expires_at: 1 }, ttl: true },
  },
  tenants: {},
  api_keys: {},
  counters: {},
} satisfies Record<CollectionName, Record<string, Index>>

/** What a query may name as the one to read from. */
export type CustomerIndex = keyof typeof indexes.customers
export type OperationIndex = keyof typeof indexes.operations

/**
 * Indexes that another one has replaced: every write pays for them, and no query of this version asks for them. One that
 * an older version's query names stays until no such version runs: its query would fail.
 */
const replaced: Partial<Record<CollectionName, readonly string[]>> = {
  // By `events_customer_pos`, which also keeps the order.
  events: ['events_customer'],
  // By `customers_name`, which has everybody.
  customers: ['customers_name_lower'],
}

/** What MongoDB and FerretDB call the index that every collection has. */
const idIndexes = new Set(['_id_', '_id'])

/** The unique rule that this index keeps; undefined for a name that is none of ours. */
export function ruleOfIndex(collection: CollectionName, name: string): UniqueRule | undefined {
  if (idIndexes.has(name)) return collection === 'events' ? 'pos' : '_id'
  const ofOne: Record<string, Index> = indexes[collection]
  return ofOne[name]?.rule
}

/** Makes what is missing, then drops what was replaced. An index that differs from its declaration is an error: a migration is due. */
export async function ensureIndexes(db: mongo.Db): Promise<void> {
  for (const [collection, ofOne] of Object.entries(indexes)) {
    const specs = Object.entries(ofOne).map(([name, { key, rule, where, ttl }]) => ({
      name,
      key,
      ...(rule && { unique: true }),
      ...(where && { partialFilterExpression: where }),
      // Seconds after the date itself: the date says when.
      ...(ttl && { expireAfterSeconds: 0 }),
    }))
    if (specs.length > 0) await createIndexes(db.collection(collection), specs)
  }
  for (const [collection, names] of Object.entries(replaced)) {
    for (const name of names) await dropIndex(db.collection(collection), name)
  }
}

/** What the server answers where no such index, or no such collection, is there. */
const nothingToDrop = new Set<unknown>(['IndexNotFound', 'NamespaceNotFound'])

/** Another process may have been first. One of an older version goes on without it: slower, and no less right. */
async function dropIndex(collection: mongo.Collection, name: string): Promise<void> {
  try {
    await collection.dropIndex(name)
  } catch (error) {
    const told = error instanceof Error && 'codeName' in error ? error.codeName : null
    if (!nothingToDrop.has(told)) throw error
  }
}

/** Several processes that start at once may collide while an engine makes the collection; the second try finds it made. */
async function createIndexes(collection: mongo.Collection, specs: mongo.IndexDescription[]): Promise<void> {
  const attemptsMax = 5
  for (let attempt = 1; ; attempt++) {
    try {
      await collection.createIndexes(specs)
      return
    } catch (error) {
      if (attempt === attemptsMax) throw error
    }
  }
}
