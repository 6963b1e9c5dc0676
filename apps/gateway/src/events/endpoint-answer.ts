// Owns a webhook endpoint and its attempts as callers see them. Promises: no secret is among it.

import type { Attempt, Endpoint } from '@lockstep/domain/delivery/endpoint'
import { z } from 'zod'

const time = z.iso.datetime()

/** An endpoint. */
export const endpointAnswered = z
  .strictObject({
    id: z.uuid(),
    url: z.string(),
    description: z.string().nullable(),
    types: z.array(z.string()),
    enabled: z.boolean(),
    disabled: z
      .strictObject({ reason: z.enum(['caller', 'failing', 'gone']), at: time })
      .nullable()
      .meta({ description: '`failing`: days without a success. `gone`: it answered 410.' }),
    position: z.int().meta({ description: 'The last event of the log that it was handed.' }),
    failures: z.int().meta({ description: 'Failed attempts in a row.' }),
    failing_since: time.nullable(),
    next_attempt_at: time.nullable().meta({ description: 'It is left alone until then.' }),
    secrets: z
      .array(z.strictObject({ made_at: time, expires_at: time.nullable() }))
      .meta({ description: 'The secrets that sign now, newest first; never the secrets themselves.' }),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'WebhookEndpoint' })

/** The secret of an endpoint, shown once. */
export const secretAnswered = endpointAnswered
  .extend({ secret: z.string().meta({ description: '`whsec_…`, shown this once.' }) })
  .meta({ id: 'WebhookEndpointWithSecret' })

/** How many deliveries of an endpoint are on their own. */
export const detailAnswered = endpointAnswered
  .extend({
    deliveries: z.strictObject({
      waiting: z.int().meta({ description: 'Events that are tried again.' }),
      failed: z.int().meta({ description: 'Events that were given up; recover sends them again.' }),
    }),
  })
  .meta({ id: 'WebhookEndpointDetail' })

/** One attempt. */
export const attemptAnswered = z
  .strictObject({
    id: z.uuid(),
    event_id: z.string(),
    type: z.string(),
    at: time,
    ok: z.boolean(),
    status: z.int().nullable(),
    error: z
      .enum([
        'refused_address',
        'unresolved',
        'no_connection',
        'bad_certificate',
        'timeout',
        'redirected',
        'status',
      ])
      .nullable(),
    ms: z.int(),
  })
  .meta({ id: 'DeliveryAttempt' })

/** What was asked to be sent. */
export const sendingAnswered = z.strictObject({ event_id: z.string() }).meta({ id: 'Sending' })

/** The endpoint. */
export function endpointView(endpoint: Endpoint, now: number): z.input<typeof endpointAnswered> {
  const { disabled } = endpoint
  return {
    id: endpoint._id,
    url: endpoint.url,
    description: endpoint.description,
    types: endpoint.types,
    enabled: disabled === null,
    disabled: disabled && { reason: disabled.reason, at: iso(disabled.at) },
    position: endpoint.cursor,
    failures: endpoint.failures,
    failing_since: isoOrNull(endpoint.failing_since),
    next_attempt_at: isoOrNull(endpoint.next_attempt_at),
    secrets: endpoint.secrets
      .filter(({ expires_at }) => expires_at === null || expires_at > now)
      .map(({ made_at, expires_at }) => ({ made_at: iso(made_at), expires_at: isoOrNull(expires_at) })),
    created_at: iso(endpoint.created_at),
    updated_at: iso(endpoint.updated_at),
  }
}

/** The attempt. */
export function attemptView(attempt: Attempt): z.input<typeof attemptAnswered> {
  const { _id: id, event_id, type, at, ok, status, error, ms } = attempt
  return { id, event_id, type, at: iso(at), ok, status, error, ms }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at)
}
