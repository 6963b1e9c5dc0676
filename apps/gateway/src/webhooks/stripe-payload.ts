// Owns what is kept of a webhook's payload: from verified bytes to a Stripe event's record.
// Promises: nothing personal stays beyond `previous_attributes` of a customer (needed to notice an edit that our own
// push overwrote; removed when the event is done).

import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { StripeEventRecord } from '@lockstep/domain/stripe/stripe-event'
import type { z } from 'zod'
import { parseInput } from '../schema/parse.ts'
import { snapshotEvent, thinEvent } from './stripe-event-schema.ts'

export interface ReceivedEvent {
  event: StripeEventRecord
  livemode: boolean
  /** `acct_…` where the event names one. */
  account: string | null
}

type Told = Pick<
  StripeEventRecord,
  'type' | 'created' | 'stripe_customer_id' | 'idempotency_key' | 'lockstep_id' | 'previous_attributes'
>

/** Reads a snapshot or a thin event; malformed JSON is 400, a thing that is no event 422. */
export function readStripeEvent(received: { payload: Buffer; tenantId: string; now: number }): ReceivedEvent {
  const json = parseJson(received.payload)
  const thin = isThin(json)
  const input = thin ? parseThin(json) : parseSnapshot(json)
  const { id, livemode, account, ...told } = input
  return {
    livemode,
    account,
    event: {
      _id: `${received.tenantId}/${id}`,
      tenant_id: received.tenantId,
      event_id: id,
      ...told,
      received_at: received.now,
      done_at: null,
      outcome: null,
    },
  }
}

function parseSnapshot(json: unknown): Told & { id: string; livemode: boolean; account: string | null } {
  const event = parseTolerant(snapshotEvent, json)
  const { object, previous_attributes: previous } = event.data
  const isCustomer = object.object === 'customer'
  return {
    id: event.id,
    type: event.type,
    created: event.created,
    livemode: event.livemode,
    account: event.account ?? null,
    stripe_customer_id: (isCustomer ? object.id : (object.customer ?? previousCustomer(previous))) ?? null,
    idempotency_key: event.request?.idempotency_key ?? null,
    lockstep_id: isCustomer ? (object.metadata?.lockstep_id ?? null) : null,
    previous_attributes: isCustomer && previous !== undefined ? JSON.stringify(previous) : null,
  }
}

function parseThin(json: unknown): Told & { id: string; livemode: boolean; account: string | null } {
  const event = parseTolerant(thinEvent, json)
  const about = event.related_object
  return {
    id: event.id,
    type: event.type,
    created: event.created,
    livemode: event.livemode,
    account: event.context?.startsWith('acct_') ? (event.context.split('/')[0] ?? null) : null,
    stripe_customer_id: about?.type === 'customer' ? (about.id ?? null) : null,
    idempotency_key: event.reason?.request?.idempotency_key ?? null,
    lockstep_id: null,
    previous_attributes: null,
  }
}

/** A payment method that was detached names its customer only in what it was before. */
function previousCustomer(previous: unknown): string | null {
  if (typeof previous !== 'object' || previous === null || !('customer' in previous)) return null
  return typeof previous.customer === 'string' && previous.customer.length <= 255 ? previous.customer : null
}

function isThin(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'object' in json && json.object === 'v2.core.event'
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch {
    throw new LockstepError('malformed_json')
  }
}

/** Stripe's payload may hold text that our own API refuses, in fields that are not kept: only the schema judges. */
function parseTolerant<Schema extends z.ZodType>(schema: Schema, json: unknown): z.output<Schema> {
  const parsed = schema.safeParse(json)
  // parseInput tells the faults in the same words as everywhere.
  return parsed.success ? parsed.data : parseInput(schema, json)
}
