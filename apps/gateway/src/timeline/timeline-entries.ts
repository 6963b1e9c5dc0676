// Owns what the entries of a timeline show of each record, and their schemas.
// Promises: ids, codes and what the records themselves show; a portal link is on no timeline.

import type { LoggedEvent } from '@lockstep/domain/event/event'
import { eventView } from '@lockstep/domain/event/view'
import { type Operation, shownStatus } from '@lockstep/domain/operation/operation'
import type { StripeCallRecord } from '@lockstep/domain/stripe/call-record'
import type { StripeEventRecord } from '@lockstep/domain/stripe/stripe-event'
import { z } from 'zod'
import { eventAnswered } from '../events/event-answer.ts'
import { stripeEventAnswered, stripeEventView } from '../webhooks/stripe-event-answer.ts'

const common = { id: z.string(), at: z.iso.datetime() }
const time = z.iso.datetime()

/** A call to Stripe. */
export const stripeCallAnswered = z.strictObject({
  endpoint: z.string().meta({ description: 'Method and template: `POST /v1/customers/{id}`.' }),
  answer: z.enum(['ok', 'refused', 'busy', 'stored_500', 'silence']),
  status: z.int().nullable(),
  request_id: z.string().nullable().meta({ description: 'Stripe’s, `req_…`.' }),
  ms: z.int(),
})

/** One entry: `kind` says from which record it comes. */
export const timelineEntry = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('operation'),
      ...common,
      operation: z.strictObject({
        kind: z.string().meta({ description: 'What was asked for: create, update, credit …' }),
        status: z.enum(['accepted', 'applied', 'rejected', 'parked']),
        code: z.string().nullable().meta({ description: 'Why it was rejected or parked.' }),
        actor: z.string().meta({ description: 'The API key, by its public name.' }),
        reason: z.string().nullable().meta({ description: 'What its caller gave as the reason.' }),
        settled_at: time.nullable(),
      }),
    }),
    z.strictObject({ kind: z.literal('event'), ...common, event: eventAnswered }),
    z.strictObject({ kind: z.literal('stripe_event'), ...common, stripe_event: stripeEventAnswered }),
    z.strictObject({
      kind: z.literal('stripe_call'),
      ...common,
      stripe_call: stripeCallAnswered,
    }),
  ])
  .meta({ id: 'TimelineEntry' })

export type TimelineEntry = z.input<typeof timelineEntry>

/** An accepted write: who asked for it, why, and what became of it. */
export function operationEntry(operation: Operation): TimelineEntry {
  const { _id: id, body, outcome, settled_at: settledAt } = operation
  return {
    kind: 'operation',
    id,
    at: iso(operation.accepted_at),
    operation: {
      kind: body.kind,
      status: shownStatus(operation),
      code: outcome?.code ?? null,
      actor: operation.api_key_id,
      reason: body.kind === 'credit' ? body.reason : null,
      settled_at: settledAt === undefined ? null : iso(settledAt),
    },
  }
}

/** A fact of the event log: changes field by field, conflicts with both values, values that are held back. */
export function eventEntry(event: LoggedEvent): TimelineEntry {
  const { data, ...rest } = eventView(event)
  // Parsed from JSON text, so it is JSON.
  return {
    kind: 'event',
    id: event._id,
    at: iso(event.at),
    event: { ...rest, data: data as z.input<z.ZodJSONSchema> },
  }
}

/** A Stripe event, and what was decided on it. */
export function stripeEventEntry(event: StripeEventRecord): TimelineEntry {
  return {
    kind: 'stripe_event',
    id: event.event_id,
    at: iso(event.received_at),
    stripe_event: stripeEventView(event),
  }
}

/** A call to Stripe, findable in Stripe's own logs by its request id. */
export function stripeCallEntry(record: StripeCallRecord): TimelineEntry {
  return { kind: 'stripe_call', id: record._id, at: iso(record.at), stripe_call: stripeCallView(record) }
}

/** The call itself. */
export function stripeCallView(record: StripeCallRecord): z.input<typeof stripeCallAnswered> {
  const { endpoint, answer, status, request_id, ms } = record
  return { endpoint, answer, status, request_id, ms }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
