// Owns the stored form of each record where it differs from the port's, and the typed native collections.
// Promises: callers' words never become field names: a value that is an object or a list is stored as JSON text, so
// `$where`, `a.b`, `__proto__`, an empty name, NUL in a name or any depth come back as they went in.

import type { mongo } from 'mongoose'
import type { AuditEntry } from '../../audit/audit.ts'
import type { CustomerDocument, Push } from '../../customer/document.ts'
import type { Json, Leaf } from '../../customer/tree.ts'
import type { Attempt, Delivery, Endpoint } from '../../delivery/endpoint.ts'
import type { SealingKey } from '../../delivery/sealing.ts'
import type { LoggedEvent } from '../../event/event.ts'
import type { MirrorAsks } from '../../mirror/asks.ts'
import type { MirroredObject } from '../../mirror/mirrored.ts'
import type { Reconciliation } from '../../reconciliation/pass.ts'
import type { Operation, OperationBody } from '../../operation/operation.ts'
import type { StripeCallRecord } from '../../stripe/call-record.ts'
import type { StripeEventRecord } from '../../stripe/stripe-event.ts'
import { dueAt } from '../due-at.ts'
import type { ApiKey, Tenant } from '../tenant.ts'

/** A leaf whose value is no scalar is stored as text. */
export type StoredLeaf = { k: string; v: Exclude<Json, object> } | { k: string; json: string }

/** `due_at`: what the sweeper asks for (due-at.ts); absent where it is null. `mark`: of the write that made it (writes.ts). */
export type StoredCustomer = Omit<CustomerDocument, 'desired' | 'observed' | 'base'> & {
  due_at?: number
  mark?: mongo.ObjectId
  desired: StoredLeaf[]
  observed: StoredLeaf[]
  base: StoredLeaf[]
}

/** `body` as JSON text; `expires_at` from the moment it is settled. */
export type StoredOperation = Omit<Operation, 'body'> & { body: string; expires_at?: Date }

/** `waiting` stands there only until the event is done: partial indexes cannot ask for null on every engine. */
export type StoredStripeEvent = StripeEventRecord & { waiting?: true; expires_at?: Date }

/** `expires_at` from the moment it is gone. `has_untold` stands there only while something is: for the partial index. */
export type StoredMirrored = MirroredObject & { has_untold?: true; expires_at?: Date }

/** `_id` is `<tenant>/<operation>`. */
export interface StoredPortalLink {
  _id: string
  tenant_id: string
  url: string
  expires_at: Date
}

/** `_id` is `<tenant>/<key of the push>`. */
export interface StoredPush {
  _id: string
  tenant_id: string
  customer_id: string
  push: Push
  expires_at: Date
}

/**
 * `_id` is `<tenant>/<position>`: the one order that every engine reads from an index, and the one unique index in
 * which two that meet wait for each other instead of falling into a deadlock.
 */
export type StoredEvent = LoggedEvent & { event_id: string }

/** `due_at` stands there only while it is to be tried again. */
export type StoredDelivery = Omit<Delivery, 'due_at'> & { due_at?: number }

export type StoredStripeCall = StripeCallRecord & { expires_at: Date }

export type StoredAttempt = Attempt & { expires_at: Date }

/** Where an event stands in its tenant's part of the log. Sorts as text. */
export function placeOf(tenantId: string, pos: number): string {
  // As many digits as the highest safe integer has.
  return `${tenantId}/${String(pos).padStart(16, '0')}`
}

export interface Collections {
  customers: mongo.Collection<StoredCustomer>
  operations: mongo.Collection<StoredOperation>
  stripe_events: mongo.Collection<StoredStripeEvent>
  events: mongo.Collection<StoredEvent>
  tenants: mongo.Collection<Tenant>
  api_keys: mongo.Collection<ApiKey>
  pushes: mongo.Collection<StoredPush>
  /** One document a counter: the highest number taken. */
  counters: mongo.Collection<{ _id: string; highest: number }>
  /** One document a tenant and hour: `<tenant>/<hour>`. */
  brakes: mongo.Collection<{ _id: string; count: number; expires_at: Date }>
  /** One document a tenant. */
  reconciliations: mongo.Collection<Reconciliation>
  /** One document a Stripe customer: what its mirrors are asked to re-read. */
  mirror_asks: mongo.Collection<MirrorAsks>
  mirrored: mongo.Collection<StoredMirrored>
  portal_links: mongo.Collection<StoredPortalLink>
  webhook_endpoints: mongo.Collection<Endpoint>
  deliveries: mongo.Collection<StoredDelivery>
  delivery_attempts: mongo.Collection<StoredAttempt>
  sealing_keys: mongo.Collection<SealingKey>
  stripe_calls: mongo.Collection<StoredStripeCall>
  audit_log: mongo.Collection<AuditEntry>
}

export type CollectionName = keyof Collections

/** The collections of one database. */
export function collectionsOf(db: mongo.Db): Collections {
  return {
    customers: db.collection('customers'),
    operations: db.collection('operations'),
    stripe_events: db.collection('stripe_events'),
    events: db.collection('events'),
    tenants: db.collection('tenants'),
    api_keys: db.collection('api_keys'),
    pushes: db.collection('pushes'),
    counters: db.collection('counters'),
    brakes: db.collection('brakes'),
    reconciliations: db.collection('reconciliations'),
    mirror_asks: db.collection('mirror_asks'),
    mirrored: db.collection('mirrored'),
    portal_links: db.collection('portal_links'),
    webhook_endpoints: db.collection('webhook_endpoints'),
    deliveries: db.collection('deliveries'),
    delivery_attempts: db.collection('delivery_attempts'),
    sealing_keys: db.collection('sealing_keys'),
    stripe_calls: db.collection('stripe_calls'),
    audit_log: db.collection('audit_log'),
  }
}

const dayMs = 24 * 60 * 60 * 1000

/**
 * How long settled operations, done Stripe events and kept pushes stay. Stripe lists its events for 30 days
 * (docs.stripe.com/api/events), so a record that old is asked for no more; an Idempotency-Key holds 7 days at least.
 */
export const keptMs = 30 * dayMs

export function storedCustomer(doc: CustomerDocument): StoredCustomer {
  const due = dueAt(doc)
  return {
    ...doc,
    ...(due !== null && { due_at: due }),
    desired: doc.desired.map(storedLeaf),
    observed: doc.observed.map(storedLeaf),
    base: doc.base.map(storedLeaf),
  }
}

export function customerOf(stored: StoredCustomer): CustomerDocument {
  const { due_at: _due, mark: _mark, ...doc } = stored
  return {
    ...doc,
    desired: stored.desired.map(leafOf),
    observed: stored.observed.map(leafOf),
    base: stored.base.map(leafOf),
  }
}

function storedLeaf({ k, v }: Leaf): StoredLeaf {
  return typeof v === 'object' && v !== null ? { k, json: JSON.stringify(v) } : { k, v }
}

function leafOf(leaf: StoredLeaf): Leaf {
  // Written by storedLeaf, so it is the text of a JSON value.
  return 'json' in leaf ? { k: leaf.k, v: JSON.parse(leaf.json) as Json } : leaf
}

export function storedOperation(operation: Operation): StoredOperation {
  const stored = { ...operation, body: JSON.stringify(operation.body) }
  return operation.settled_at === undefined ? stored : { ...stored, expires_at: expiry(operation.settled_at) }
}

export function operationOf(stored: StoredOperation): Operation {
  const { expires_at: _expiry, ...rest } = stored
  // Written by storedOperation, so it is the text of an OperationBody.
  return { ...rest, body: JSON.parse(stored.body) as OperationBody }
}

export function storedStripeEvent(event: StripeEventRecord): StoredStripeEvent {
  return event.done_at === null
    ? { ...event, waiting: true }
    : { ...event, expires_at: expiry(event.done_at) }
}

export function stripeEventOf(stored: StoredStripeEvent): StripeEventRecord {
  const { waiting: _waiting, expires_at: _expiry, ...event } = stored
  return event
}

export function storedEvent(event: LoggedEvent): StoredEvent {
  return { ...event, _id: placeOf(event.tenant_id, event.pos), event_id: event._id }
}

export function eventOf(stored: StoredEvent): LoggedEvent {
  const { event_id, ...event } = stored
  return { ...event, _id: event_id }
}

/** When a record that ended then may go. */
export function expiry(endedAt: number): Date {
  return new Date(endedAt + keptMs)
}
