// Owns the declared fields of every collection, as strict mongoose schemas.
// Promises: an undeclared field throws. Hot writes go to the driver (a mongoose document costs more than the write),
// so they are held against these schemas by the conformance tests; rare ones are checked as they are written.

import { type Connection, type Model, type mongo, Schema } from 'mongoose'
import type {
  AppliedOperation,
  CommandCall,
  Conflict,
  Intent,
  OutboxEntry,
  Purge,
  Push,
  Refusal,
  SentLeaf,
  UsageTotal,
  Tombstone,
  WantedLink,
} from '../../customer/document.ts'
import type { OperationOutcome, StripeRefusal } from '../../operation/operation.ts'
import type { Pause, Tenant } from '../tenant.ts'
import { auditFields } from './audit.ts'
import { attemptFields, deliveryFields, endpointFields, sealingKeyFields } from './delivery-schema.ts'
import { stripeCallFields } from './stripe-call-schema.ts'
import type { Collections, CollectionName, StoredCustomer } from './collections.ts'
import { mirrorAsksFields, mirroredFields } from './mirror-schema.ts'
import { reconciliationFields } from './reconciliation-schema.ts'
import { type Fields, flag, number, numberOrNull, part, text, textOrNull } from './schema-parts.ts'

export type Models = Record<CollectionName, Model<unknown>>

const any = Schema.Types.Mixed

type DocumentOf<C> = C extends mongo.Collection<infer T> ? T : never

const sentLeaf = part<SentLeaf>({ k: text, v: textOrNull })
/** A leaf carries `v`, or `json` where the value is an object or a list. */
const leaf = part<{ k: string; v?: unknown; json?: string }>({ k: text, v: any, json: String })

const push = part<Push>({
  key: text,
  sent: [sentLeaf],
  expect: [sentLeaf],
  ok: flag,
  ended_at: number,
  looked: flag,
  echo_wanted: numberOrNull,
})

const stripeRefusal = part<StripeRefusal>({ code: text, param: textOrNull })
const pause = part<Pause>({ reason: text, detail: String, at: number })
const failure = part<StoredCustomer['parked']>({ code: text, at: number })

const fields: { [Name in CollectionName]: Fields<DocumentOf<Collections[Name]>> } = {
  customers: {
    _id: text,
    tenant_id: text,
    rev: number,
    version: number,
    key: text,
    app_id: textOrNull,
    state: text,
    state_before_deleted: textOrNull,
    status: text,
    tier: text,
    tags: [String],
    source: textOrNull,
    assigned_to: textOrNull,
    user_id: textOrNull,
    company_id: textOrNull,
    contact_id: textOrNull,
    organization: textOrNull,
    currency: textOrNull,
    desired: [leaf],
    observed: [leaf],
    base: [leaf],
    email_lower: textOrNull,
    name_lower: textOrNull,
    key_lower: text,
    email_claim: String,
    stripe_id: String,
    former_stripe_ids: [String],
    duplicate_stripe_ids: { type: [String], default: undefined },
    stripe: part<StoredCustomer['stripe']>({
      balance: number,
      currency: textOrNull,
      delinquent: flag,
      default_payment_method: String,
      created: Number,
    }),
    live_subscriptions: { type: [String], default: undefined },
    usage: {
      type: [part<UsageTotal>({ event_name: text, month: text, value: number, reports: number })],
      default: undefined,
    },
    gen: number,
    intent_n: number,
    intent: part<Intent>({
      kind: text,
      key: text,
      form: [[String]],
      sent: [sentLeaf],
      expect: [sentLeaf],
      since: number,
      first_since: number,
      keys: [String],
      doubt_since: numberOrNull,
      echoed: flag,
      command: part<CommandCall>({
        operation_id: text,
        kind: text,
        method: text,
        path: text,
        endpoint: text,
      }),
    }),
    pushes: [push],
    kept_pushes_until: Number,
    refused: [part<Refusal>({ k: text, v: textOrNull, code: text, param: textOrNull, at: number })],
    returned: {
      type: [part<{ k: string; wanted: number }>({ k: text, wanted: number })],
      default: undefined,
    },
    replaced: {
      type: [part<{ until: number; leaves: SentLeaf[] }>({ until: number, leaves: [sentLeaf] })],
      default: undefined,
    },
    one_leaf: flag,
    obs: number,
    wanted: number,
    seen: number,
    commands: { type: [String], default: undefined },
    purge: part<Purge>({ operation_id: text, erase: flag }),
    link: part<WantedLink>({ operation_id: text, stripe_id: text, creates: Boolean, relink: Boolean }),
    applied: [
      part<AppliedOperation>({
        id: text,
        code: textOrNull,
        version: number,
        waiting: Boolean,
        result: String,
        stripe: stripeRefusal,
        parked: Boolean,
        told: Boolean,
      }),
    ],
    outbox: [
      part<OutboxEntry>({
        id: text,
        seq: number,
        type: { type: String, required: true },
        at: number,
        data: text,
      }),
    ],
    seq: number,
    conflicts: [
      part<Conflict>({
        id: text,
        k: text,
        lost: textOrNull,
        won: textOrNull,
        winner: text,
        by: text,
        at: number,
      }),
    ],
    sync_due_at: Number,
    due_at: Number,
    mark: Schema.Types.ObjectId,
    next_attempt_at: numberOrNull,
    tries: number,
    waits: number,
    parked: failure,
    last_error: failure,
    last_synced_at: numberOrNull,
    touched_by_api: flag,
    tombstone: part<Tombstone>({ merged_into: textOrNull, at: number, erased: Boolean }),
    created_at: number,
    updated_at: number,
    deleted_at: numberOrNull,
    churned_at: numberOrNull,
  },
  operations: {
    _id: text,
    tenant_id: text,
    customer_id: text,
    number,
    status: text,
    body: text,
    if_match: numberOrNull,
    api_key_id: text,
    idempotency_key: String,
    request_hash: text,
    accepted_at: number,
    settled_at: Number,
    outcome: part<OperationOutcome>({
      code: textOrNull,
      version: numberOrNull,
      customer: textOrNull,
      result: String,
      stripe: stripeRefusal,
      parked: Boolean,
    }),
    expires_at: Date,
  },
  stripe_events: {
    _id: text,
    tenant_id: text,
    event_id: text,
    type: { type: String, required: true },
    stripe_customer_id: textOrNull,
    object_id: textOrNull,
    idempotency_key: textOrNull,
    lockstep_id: textOrNull,
    previous_attributes: textOrNull,
    fetched: Boolean,
    created: number,
    received_at: number,
    done_at: numberOrNull,
    outcome: textOrNull,
    waiting: Boolean,
    expires_at: Date,
  },
  events: {
    _id: text,
    event_id: text,
    tenant_id: text,
    pos: number,
    customer_id: textOrNull,
    seq: numberOrNull,
    type: { type: String, required: true },
    at: number,
    data: text,
  },
  tenants: {
    _id: text,
    rev: number,
    account: textOrNull,
    livemode: flag,
    policy: text,
    policy_by_field: [part<Tenant['policy_by_field'][number]>({ field: text, policy: text })],
    link_by_email: flag,
    paused_inbound: pause,
    paused_outbound: pause,
    observe_only: Boolean,
    braked_at: numberOrNull,
    caught_up_to: numberOrNull,
    created_at: number,
  },
  api_keys: {
    _id: text,
    tenant_id: text,
    key_id: text,
    scopes: [String],
    created_at: number,
    revoked_at: numberOrNull,
  },
  pushes: { _id: text, tenant_id: text, customer_id: text, push, expires_at: Date },
  webhook_endpoints: endpointFields,
  deliveries: deliveryFields,
  delivery_attempts: attemptFields,
  sealing_keys: sealingKeyFields,
  stripe_calls: stripeCallFields,
  audit_log: auditFields,
  counters: { _id: text, highest: number },
  brakes: { _id: text, count: number, expires_at: Date },
  reconciliations: reconciliationFields,
  portal_links: { _id: text, tenant_id: text, url: text, expires_at: Date },
  mirror_asks: mirrorAsksFields,
  mirrored: mirroredFields,
}

/** The models of one connection; nothing is created or indexed by making them. */
export function modelsOf(connection: Connection): Models {
  const models = Object.entries(fields).map(([collection, definition]) => {
    const schema = new Schema(definition, {
      collection,
      strict: 'throw',
      strictQuery: 'throw',
      minimize: false,
      versionKey: false,
      autoIndex: false,
      autoCreate: false,
      bufferCommands: false,
    })
    return [collection, connection.model(collection, schema)]
  })
  // One model for each key of `fields`, which has every collection's name.
  return Object.fromEntries(models) as Models
}
