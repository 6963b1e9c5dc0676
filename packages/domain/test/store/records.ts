// Owns the builders of stored records for the store's tests: valid by default, each test says only what matters to it.

import { v7 } from 'uuid'
import type { AuditEntry } from '../../src/audit/audit.ts'
import { type CustomerDocument, newCustomer, type Push } from '../../src/customer/document.ts'
import { type Attempt, type Delivery, type Endpoint, newDelivery } from '../../src/delivery/endpoint.ts'
import type { LoggedEvent } from '../../src/event/event.ts'
import { type MirroredObject, mirroredId } from '../../src/mirror/mirrored.ts'
import { type Finding, type PassWish, type Reconciliation } from '../../src/reconciliation/pass.ts'
import { firstReconciliation } from '../../src/reconciliation/pass-moves.ts'
import type { Operation } from '../../src/operation/operation.ts'
import type { StripeCallRecord } from '../../src/stripe/call-record.ts'
import type { StripeEventRecord } from '../../src/stripe/stripe-event.ts'

/** Some moment in 2026 (ms). */
export const at = 1_767_225_600_000

/** A tenant that no other test has. */
export function anyTenant(): string {
  return `tenant-${v7()}`
}

/** A customer that was never written, with a key of its own. */
export function aCustomer(tenantId: string, fields: Partial<CustomerDocument> = {}): CustomerDocument {
  const id = v7()
  return { ...newCustomer({ id, tenantId, key: `key-${id}`, at, touchedByApi: true }), ...fields }
}

/** An accepted operation. */
export function anOperation(tenantId: string, fields: Partial<Operation> = {}): Operation {
  return {
    _id: v7(),
    tenant_id: tenantId,
    customer_id: v7(),
    number: 1,
    status: 'accepted',
    body: { kind: 'update', input: { name: 'Ada' } },
    if_match: null,
    api_key_id: 'key_1',
    request_hash: 'hash',
    accepted_at: at,
    ...fields,
  }
}

/** A Stripe event that waits. */
export function aStripeEvent(tenantId: string, fields: Partial<StripeEventRecord> = {}): StripeEventRecord {
  const eventId = fields.event_id ?? `evt_${v7()}`
  return {
    _id: `${tenantId}/${eventId}`,
    tenant_id: tenantId,
    event_id: eventId,
    type: 'customer.updated',
    stripe_customer_id: 'cus_1',
    idempotency_key: null,
    lockstep_id: null,
    previous_attributes: '{"name":"Before"}',
    created: at / 1000,
    received_at: at,
    done_at: null,
    outcome: null,
    ...fields,
  }
}

/** An export that somebody asked for. */
export function anAuditEntry(tenantId: string, fields: Partial<AuditEntry> = {}): AuditEntry {
  return {
    _id: v7(),
    tenant_id: tenantId,
    at,
    key_id: 'key_1',
    action: 'customer.export',
    customer_id: 'customer-ada',
    subject: null,
    request_id: 'request-1',
    ...fields,
  }
}

/** A call that went well. */
export function aStripeCall(tenantId: string, fields: Partial<StripeCallRecord> = {}): StripeCallRecord {
  return {
    _id: v7(),
    tenant_id: tenantId,
    customer_id: 'customer-ada',
    stripe_id: null,
    at,
    endpoint: 'POST /v1/customers/{id}',
    answer: 'ok',
    status: null,
    request_id: 'req_1',
    ms: 12,
    ...fields,
  }
}

/** An entry for the event log. */
export function aLoggedEvent(tenantId: string, pos: number, fields: Partial<LoggedEvent> = {}): LoggedEvent {
  return {
    _id: v7(),
    tenant_id: tenantId,
    pos,
    customer_id: v7(),
    seq: 1,
    type: 'customer.updated',
    at,
    data: '{}',
    ...fields,
  }
}

/** A webhook endpoint that takes everything. */
export function anEndpoint(tenantId: string, fields: Partial<Endpoint> = {}): Endpoint {
  return {
    _id: v7(),
    tenant_id: tenantId,
    rev: 0,
    url: 'https://example.com/hooks',
    description: null,
    types: ['customer.*'],
    disabled: null,
    secrets: [{ sealed: 'key.box', made_at: at, expires_at: null }],
    cursor: 0,
    failures: 0,
    failing_since: null,
    next_attempt_at: null,
    created_at: at,
    updated_at: at,
    ...fields,
  }
}

/** A delivery on its own, due. */
export function aDelivery(endpoint: Endpoint, eventId: string, fields: Partial<Delivery> = {}): Delivery {
  return { ...newDelivery(endpoint, eventId, at), ...fields }
}

/** A failed attempt. */
export function anAttempt(endpoint: Endpoint, eventId: string): Attempt {
  return {
    _id: v7(),
    tenant_id: endpoint.tenant_id,
    endpoint_id: endpoint._id,
    event_id: eventId,
    type: 'customer.updated',
    at,
    ok: false,
    status: 500,
    error: 'status',
    ms: 3,
  }
}

/** A reconciliation with something in each of its lists. */
export function aReconciliation(tenantId: string, fields: Partial<Reconciliation> = {}): Reconciliation {
  const wish: PassWish = { reason: 'repair', asked_at: at, expected: 3 }
  const finding: Finding = { kind: 'drifted', customer: v7(), stripe: 'cus_1', fields: ['name'] }
  const first = firstReconciliation(tenantId, v7(), wish)
  const place = { after: 'cus_1', frontier: 1, carried: ['cus_1'] }
  return {
    ...first,
    pass: { ...first.pass, place, open: [finding], found: [finding] },
    wish,
    held: [{ stripe: 'cus_2', why: 'claims_unknown', customers: [], at }],
    ...fields,
  }
}

/** An ended push. */
export function aPush(key: string, fields: Partial<Push> = {}): Push {
  return {
    key,
    sent: [{ k: 'name', v: 'Ada' }],
    expect: [{ k: 'name', v: null }],
    ok: true,
    ended_at: at,
    looked: false,
    echo_wanted: null,
    ...fields,
  }
}

/** Names and values that break careless stores; each must come back as it went in. */
export const hostileNames = [
  '__proto__',
  'constructor',
  'a.b',
  '$where',
  '$set',
  '',
  ' ',
  '\u0000',
  'ключ',
  '🗝️',
  '_id',
  'toString',
]

/** Whose mirrored objects are, where a test does not say. */
export const mirroredStripeId = 'cus_mirrored'

/** An invoice as it was read. */
export function aMirrored(tenantId: string, fields: Partial<MirroredObject> = {}): MirroredObject {
  const object = {
    tenant_id: tenantId,
    kind: 'invoice' as const,
    object_id: 'in_1',
    stripe_customer_id: mirroredStripeId,
    rev: 0,
    turn: 1,
    created: at / 1000,
    status: 'open',
    shown: '{"id":"in_1","metadata":{"$where":"1","a.b":"2"}}',
    seen_at: at,
    ...fields,
  }
  return { ...object, _id: mirroredId(tenantId, object.kind, object.object_id) }
}
