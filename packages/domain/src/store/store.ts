// Owns the port to the durable store: the one truth of the system.
// Promises of every implementation: a resolved write is durable (`w: majority, j: true`); compare-and-set is on
// `{tenant_id, _id, rev}`; who was first is learnt from an insert's duplicate, never from an upsert's count; every
// query carries the tenant. Throws StoreUnavailable when the database is away, whatever form that takes. What `erase…`
// removes is what a person wrote or what names one; the records stay, with their ids, and a second time changes nothing.

import type {
  CustomerDocument,
  CustomerState,
  CustomerStatus,
  CustomerTier,
  Push,
} from '../customer/document.ts'
import type { AuditAction, AuditEntry } from '../audit/audit.ts'
import type { Attempt, Delivery, Endpoint } from '../delivery/endpoint.ts'
import type { SealingKey } from '../delivery/sealing.ts'
import type { LoggedEvent } from '../event/event.ts'
import type { MirrorAsks } from '../mirror/asks.ts'
import type { MirrorKind } from '../mirror/kinds.ts'
import type { MirroredObject } from '../mirror/mirrored.ts'
import type { Reconciliation } from '../reconciliation/pass.ts'
import type { Operation, OperationOutcome, OperationStatus } from '../operation/operation.ts'
import type { StripeCallRecord } from '../stripe/call-record.ts'
import type { Particulars, StripeEventOutcome, StripeEventRecord } from '../stripe/stripe-event.ts'
import type { ApiKey, Tenant } from './tenant.ts'

/** The database cannot be reached or cannot take a write now. Nothing is known of the write. */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super('the database is away', { cause })
    this.name = 'StoreUnavailable'
  }
}

/** The unique rule that a write broke. */
export type UniqueRule = '_id' | 'key' | 'email_claim' | 'stripe_id' | 'idempotency_key' | 'pos'

/** ok: written. stale: `rev` had moved on. duplicate: a unique rule, named, forbids it. */
export type WriteResult = { kind: 'ok' } | { kind: 'stale' } | { kind: 'duplicate'; rule: UniqueRule }

/** Each item's own answer, in the order of the items. */
export type InsertResult = { kind: 'ok' } | { kind: 'duplicate'; rule: UniqueRule }

export interface CustomerRef {
  tenantId: string
  customerId: string
}

/** Filters of a list; all of them must hold. Deleted customers only where `state` asks for them. */
export interface CustomerFilters {
  status?: CustomerStatus
  state?: CustomerState
  tier?: CustomerTier
  tag?: string
  source?: string
  assignedTo?: string
  companyId?: string
  userId?: string
  appId?: string
  /** Lower case: Stripe's where it has fixed one, else the caller's. */
  currency?: string
  /** In any case. */
  email?: string
  stripeCustomerId?: string
  /** Begins the key, the name or the e-mail, in any case. */
  search?: string
}

export type CustomerSort = 'created_at' | 'key' | 'name'

/** Newest first unless it says otherwise. Keys and names are sorted without regard to case, no name before any name. */
export interface CustomerListQuery extends CustomerFilters {
  tenantId: string
  sortBy?: CustomerSort
  /** Default: `desc` by age, else `asc`. */
  sortOrder?: 'asc' | 'desc'
  /** Id of the last one seen, of a list by age; the next ones follow. */
  after?: string
  /** How many are passed over. */
  offset?: number
  limit: number
}

/** The order that a query asks for. */
export function orderOf({ sortBy = 'created_at', sortOrder }: CustomerListQuery): {
  by: CustomerSort
  ascending: boolean
} {
  return { by: sortBy, ascending: (sortOrder ?? (sortBy === 'created_at' ? 'desc' : 'asc')) === 'asc' }
}

/** Parked customers of one tenant, by id. */
export interface ParkedQuery {
  tenantId: string
  code?: string
  /** Id of the last one seen; later ones follow. */
  after?: string
  limit: number
}

/** A link, and when Stripe made the customer at its other end (s). */
export interface LinkedRef {
  customerId: string
  stripeId: string
  created: number
}

/** Links by when Stripe made the customer (s), both ends included. */
export interface LinkedQuery {
  tenantId: string
  from: number
  to: number
  /** The last one seen; later ones follow, by `created` and then by id. */
  after: LinkedRef | null
  limit: number
}

/** An e-mail of several linked customers. */
export interface SharedEmail {
  email: string
  customerIds: string[]
}

/** Counts that people on duty ask for. */
export interface Backlog {
  waitingOperations: number
  oldestWaitingOperationAt: number | null
  unsyncedCustomers: number
  oldestUnsyncedAt: number | null
  waitingStripeEvents: number
  parked: { code: string; count: number }[]
}

/** What a write must know of its customer before it is taken. */
export interface CustomerHead {
  version: number
  tombstone: boolean
}

export interface CustomerStore {
  readCustomer(ref: CustomerRef): Promise<CustomerDocument | null>
  /** The same without the document, which may be a hundred times as long. */
  readCustomerHead(ref: CustomerRef): Promise<CustomerHead | null>
  findByKey(tenantId: string, key: string): Promise<CustomerDocument | null>
  /** The claimant of this e-mail (any case), else the oldest that has it; never a deleted one. */
  findByEmail(tenantId: string, email: string): Promise<CustomerDocument | null>
  findByStripeId(tenantId: string, stripeId: string): Promise<CustomerDocument | null>
  /** Those that are linked to one of these Stripe customers, in no order. */
  findByStripeIds(tenantId: string, stripeIds: readonly string[]): Promise<CustomerDocument[]>
  /** Links whose `stripe.created` lies there; one that does not know it is in no answer. */
  linkedBetween(query: LinkedQuery): Promise<LinkedRef[]>
  /** The document that once was linked to this Stripe customer. */
  findByFormerStripeId(tenantId: string, stripeId: string): Promise<CustomerDocument | null>
  /** Active, unlinked documents with this e-mail (any case): at most two are read, for "a single one". */
  findUnlinkedByEmail(tenantId: string, email: string): Promise<CustomerDocument[]>
  listCustomers(query: CustomerListQuery): Promise<CustomerDocument[]>
  /** Inserts with `rev` 1. */
  insertCustomer(doc: CustomerDocument): Promise<WriteResult>
  /** Replaces the document that has `doc.rev`; the written one has `doc.rev + 1`. */
  replaceCustomer(doc: CustomerDocument): Promise<WriteResult>
  /** Documents whose moment to be due has come (due-at.ts), the earliest first. A parked one may be among them, with
   * an event in its outbox that still waits for its append. */
  dueCustomers(query: { now: number; limit: number }): Promise<CustomerRef[]>
  /** Every customer of a tenant by id, for verification and reconciliation. */
  scanCustomers(tenantId: string, after: string | null, limit: number): Promise<CustomerDocument[]>
  listParked(query: ParkedQuery): Promise<CustomerDocument[]>
  /** Customers with doubles at Stripe on record, by id. */
  listDoubled(query: { tenantId: string; after?: string; limit: number }): Promise<CustomerDocument[]>
  /** E-mails (lower case) that several linked customers have, in their order, with the ids of those. */
  sharedEmails(query: { tenantId: string; after?: string; limit: number }): Promise<SharedEmail[]>
  /** A push that no longer fits in its document; idempotent by key. */
  keepPush(ref: CustomerRef, push: Push): Promise<void>
  findKeptPush(tenantId: string, key: string): Promise<Push | null>
  eraseKeptPushes(ref: CustomerRef): Promise<void>
}

/** Operations of one tenant, the last accepted first. */
export interface OperationListQuery {
  tenantId: string
  customerId?: string
  /** As callers see it: `accepted` takes those that wait for Stripe, too. */
  status?: Exclude<OperationStatus, 'waiting'>
  /** Number of the last one seen; lower ones follow. */
  before?: number
  limit: number
}

/** A place in a list that is sorted by time (ms), and by id where two are of one moment. */
export interface Moment {
  at: number
  id: string
}

/** Stripe events of one tenant, the last taken in first. */
export interface StripeEventListQuery {
  tenantId: string
  /** Those that speak of one of these Stripe customers. */
  stripeCustomerIds?: readonly string[]
  state?: 'waiting' | 'done'
  /** The last one seen, by when it was taken in and its event's id; earlier ones follow. */
  before?: Moment
  limit: number
}

/** Operations of a backlog that are looked at for each customer that is asked for. */
export const examinedForEach = 10

export interface OperationStore {
  /** The first of `count` new numbers. */
  takeNumbers(count: number): Promise<number>
  /** One command for many; each answered by itself. */
  insertOperations(operations: Operation[]): Promise<InsertResult[]>
  readOperation(tenantId: string, id: string): Promise<Operation | null>
  findByIdempotencyKey(tenantId: string, apiKeyId: string, idempotencyKey: string): Promise<Operation | null>
  /** Accepted ones of one customer, by number. */
  waitingOperations(ref: CustomerRef, limit: number): Promise<Operation[]>
  /** How many wait, counted no further than `limit`. */
  countWaiting(ref: CustomerRef, limit: number): Promise<number>
  /** Which of these have no outcome yet. */
  stillWaiting(tenantId: string, ids: string[]): Promise<Set<string>>
  /** accepted → waiting: they stand in their customer's document, and lane 1 has nothing more to do for them. */
  holdOperations(tenantId: string, ids: readonly string[]): Promise<void>
  /** accepted or waiting → applied, rejected or parked; one that is settled already stays as it is. */
  settleOperations(
    tenantId: string,
    settled: { id: string; at: number; outcome: OperationOutcome }[],
  ): Promise<void>
  /** parked → accepted, for lane 1 to take it again; false where it is not parked. */
  reopenOperation(tenantId: string, id: string): Promise<boolean>
  /** parked → rejected with the code `discarded`; false where it is not parked. */
  discardOperation(tenantId: string, id: string, at: number): Promise<boolean>
  listOperations(query: OperationListQuery): Promise<Operation[]>
  /** Bodies and outcomes of settled operations. */
  eraseOperations(ref: CustomerRef): Promise<void>
  /**
   * Customers with accepted operations older than this, the longest wait first. Of a backlog no more than the oldest
   * `examinedForEach` operations for each customer asked for are looked at: it costs the same however long it is.
   */
  customersWaiting(query: { acceptedBefore: number; limit: number }): Promise<CustomerRef[]>
}

export interface StripeEventStore {
  /** One command for many; a duplicate is a second delivery. */
  insertStripeEvents(events: StripeEventRecord[]): Promise<InsertResult[]>
  readStripeEvent(tenantId: string, eventId: string): Promise<StripeEventRecord | null>
  /** Undone ones of one Stripe customer, as received. */
  waitingStripeEvents(tenantId: string, stripeCustomerId: string, limit: number): Promise<StripeEventRecord[]>
  markStripeEvents(done: { id: string; at: number; outcome: StripeEventOutcome }[]): Promise<void>
  /** Adds to waiting thin events what was fetched of them; a done one stays as it is. */
  completeStripeEvents(fetched: Particulars[]): Promise<void>
  /** done → waiting, to be examined again; false where it waits already, or speaks of no Stripe customer. */
  reopenStripeEvent(tenantId: string, eventId: string): Promise<boolean>
  listStripeEvents(query: StripeEventListQuery): Promise<StripeEventRecord[]>
  eraseStripeEvents(tenantId: string, stripeCustomerIds: readonly string[]): Promise<void>
  stripeCustomersWaiting(query: {
    receivedBefore: number
    limit: number
  }): Promise<{ tenantId: string; stripeCustomerId: string }[]>
}

export interface EventLogStore {
  highestPosition(tenantId: string): Promise<number>
  /**
   * In order, up to the first duplicate: on `_id` the event is there already, on `pos` somebody else took it. All behind
   * it answer `pos`, untried: what landed behind a hole would let a reader pass the hole. Take new positions for them.
   */
  appendEvents(events: LoggedEvent[]): Promise<InsertResult[]>
  readEvents(tenantId: string, afterPos: number, limit: number): Promise<LoggedEvent[]>
  /** Which of these ids stand in the log. */
  loggedEvents(tenantId: string, ids: readonly string[]): Promise<Set<string>>
  readEvent(tenantId: string, id: string): Promise<LoggedEvent | null>
  /** One customer's, in the order of the log, which is that of its own count. */
  readCustomerEvents(ref: CustomerRef, afterPos: number, limit: number): Promise<LoggedEvent[]>
  /** One customer's below this position, the last in the log first. */
  latestCustomerEvents(ref: CustomerRef, beforePos: number, limit: number): Promise<LoggedEvent[]>
  eraseEvents(ref: CustomerRef): Promise<void>
}

/** One endpoint's, as the attempts and the deliveries are asked for. */
export interface EndpointRef {
  tenantId: string
  endpointId: string
}

export interface DeliveryStore {
  /** Inserts with `rev` 1. */
  insertEndpoint(endpoint: Endpoint): Promise<InsertResult>
  readEndpoint(tenantId: string, id: string): Promise<Endpoint | null>
  listEndpoints(tenantId: string): Promise<Endpoint[]>
  /** Compare-and-set on `rev`, as for customers. */
  replaceEndpoint(endpoint: Endpoint): Promise<WriteResult>
  /** With all that waits for it; false where it was not there. */
  deleteEndpoint(tenantId: string, id: string): Promise<boolean>
  /** Endpoints whose rest is over, or with a delivery that is due. A disabled one may be among the latter. */
  dueEndpoints(query: { now: number; limit: number }): Promise<EndpointRef[]>
  /** Makes it, or replaces the one of this id. */
  putDelivery(delivery: Delivery): Promise<void>
  /** Due ones of one endpoint, the earliest first. */
  dueDeliveries(query: EndpointRef & { now: number; limit: number }): Promise<Delivery[]>
  removeDelivery(tenantId: string, id: string): Promise<void>
  /** Whatever failed since then, given up or not, is due now. Answers how many. */
  recoverDeliveries(query: EndpointRef & { since: number; now: number }): Promise<number>
  countDeliveries(ref: EndpointRef): Promise<{ waiting: number; failed: number }>
  insertAttempts(attempts: Attempt[]): Promise<void>
  /** The newest first; `before` is the id of the last one seen. */
  listAttempts(query: EndpointRef & { eventId?: string; before?: string; limit: number }): Promise<Attempt[]>
  /** Made known by each worker that can open what is sealed to it. */
  publishSealingKey(key: SealingKey): Promise<void>
  /** The one that was made known last. */
  readSealingKey(): Promise<SealingKey | null>
}

/** Entries of one tenant, the last first. */
export interface AuditQuery {
  tenantId: string
  customerId?: string
  action?: AuditAction
  /** Id of the last one seen; earlier ones follow. */
  before?: string
  limit: number
}

export interface AuditStore {
  appendAudit(entry: AuditEntry): Promise<InsertResult>
  listAudit(query: AuditQuery): Promise<AuditEntry[]>
}

/** The calls that one customer caused, under its own id or that of a Stripe customer of its; the last first. */
export interface StripeCallQuery extends CustomerRef {
  stripeIds: readonly string[]
  /** The last one seen; earlier ones follow. */
  before?: Moment
  limit: number
}

export interface StripeCallStore {
  insertStripeCall(call: StripeCallRecord): Promise<void>
  listStripeCalls(query: StripeCallQuery): Promise<StripeCallRecord[]>
}

export interface TenantStore {
  readTenant(tenantId: string): Promise<Tenant | null>
  listTenants(): Promise<Tenant[]>
  insertTenant(tenant: Tenant): Promise<InsertResult>
  /** Compare-and-set on `rev`, as for customers. */
  replaceTenant(tenant: Tenant): Promise<WriteResult>
  /**
   * Counts one archive, unlink or overwrite in the running hour; answers the hour's count so far. `since`: the brake
   * that was last lifted (ms), from which on the hour counts anew; 0: none was.
   */
  countBrake(tenantId: string, hour: number, since?: number): Promise<number>
  /** How many customers of the tenant have a Stripe customer (an estimate will do). */
  countLinked(tenantId: string): Promise<number>
  insertApiKey(key: ApiKey): Promise<InsertResult>
  readApiKey(hash: string): Promise<ApiKey | null>
}

export interface ReconciliationStore {
  readReconciliation(tenantId: string): Promise<Reconciliation | null>
  /** Inserts with `rev` 1. */
  insertReconciliation(record: Reconciliation): Promise<InsertResult>
  /** Compare-and-set on `rev`, as for customers. */
  replaceReconciliation(record: Reconciliation): Promise<WriteResult>
}

/** What Stripe customers have of one kind: newest first, and by id where two are of one second. */
export interface MirroredQuery {
  tenantId: string
  /** A customer's present Stripe customer, and those that it had. */
  stripeIds: readonly string[]
  kind: MirrorKind
  status?: string
  /** The last one seen; older ones follow. */
  after?: { created: number; id: string }
  limit: number
}

export interface MirrorStore {
  readMirrorAsks(tenantId: string, stripeId: string): Promise<MirrorAsks | null>
  /** Which of these Stripe customers have, or had of late, any mirrored object. */
  ownersOfMirrored(tenantId: string, stripeIds: readonly string[]): Promise<Set<string>>
  /** Inserts with `rev` 1. */
  insertMirrorAsks(record: MirrorAsks): Promise<InsertResult>
  /** Compare-and-set on `rev`, as for customers. */
  replaceMirrorAsks(record: MirrorAsks): Promise<WriteResult>
  /** Whose mirrors are due, the earliest first. */
  dueMirrors(query: { now: number; limit: number }): Promise<{ tenantId: string; stripeId: string }[]>
  readMirrored(tenantId: string, kind: MirrorKind, id: string): Promise<MirroredObject | null>
  /** Those that Stripe still has. */
  listMirrored(query: MirroredQuery): Promise<MirroredObject[]>
  /** One customer's records of a kind, gone ones and all: what a whole reading is compared with. */
  scanMirrored(tenantId: string, stripeId: string, kind: MirrorKind): Promise<MirroredObject[]>
  /** Those with changes that were not told yet. */
  untoldMirrored(tenantId: string, stripeId: string, limit: number): Promise<MirroredObject[]>
  insertMirrored(record: MirroredObject): Promise<InsertResult>
  replaceMirrored(record: MirroredObject): Promise<WriteResult>
  /** Everything that stands here of these Stripe customers' objects. */
  eraseMirrors(tenantId: string, stripeIds: readonly string[]): Promise<void>
}

/** A way into the billing portal: short-lived, and in no other record. */
export interface PortalLink {
  tenantId: string
  operationId: string
  url: string
  /** Clock time (ms). */
  expiresAt: number
}

export interface PortalLinkStore {
  /** The first of one operation stays. */
  keepPortalLink(link: PortalLink): Promise<void>
  /** null: there is none, or its time is over at `now` (ms). */
  readPortalLink(query: { tenantId: string; operationId: string; now: number }): Promise<PortalLink | null>
}

export interface Store
  extends CustomerStore,
    OperationStore,
    StripeEventStore,
    EventLogStore,
    TenantStore,
    DeliveryStore,
    StripeCallStore,
    AuditStore,
    ReconciliationStore,
    MirrorStore,
    PortalLinkStore {
  /** One cheap round trip; throws StoreUnavailable. */
  ping(): Promise<void>
  backlog(): Promise<Backlog>
  close(): Promise<void>
}
