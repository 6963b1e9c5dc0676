// Owns the way from verified bytes to a Stripe event's record, snapshot or thin.
// Promises: nothing personal stays beyond `previous_attributes` of a customer (needed to notice an edit that our own
// push overwrote; removed when the event is done).

import { LockstepError } from '@lockstep/domain/error/catalogue'
import { recordOfSnapshot, snapshotEventSchema } from '@lockstep/domain/stripe/snapshot-event'
import type { StripeEventRecord } from '@lockstep/domain/stripe/stripe-event'
import { accountOfThin, recordOfThin, thinEventSchema } from '@lockstep/domain/stripe/thin-event'
import type { z } from 'zod'
import { parseInput } from '../schema/parse.ts'

export interface ReceivedEvent {
  event: StripeEventRecord
  livemode: boolean
  /** `acct_…` where the event names one. */
  account: string | null
}

/** Reads a snapshot or a thin event; malformed JSON is 400, a thing that is no event 422. */
export function readStripeEvent(received: { payload: Buffer; tenantId: string; now: number }): ReceivedEvent {
  const { tenantId, now } = received
  const json = parseJson(received.payload)
  if (isThin(json)) {
    const event = parseTolerant(thinEventSchema, json)
    const { livemode } = event
    return { livemode, account: accountOfThin(event), event: recordOfThin(event, tenantId, now) }
  }
  const event = parseTolerant(snapshotEventSchema, json)
  const { livemode, account } = event
  return { livemode, account: account ?? null, event: recordOfSnapshot(event, tenantId, now) }
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
