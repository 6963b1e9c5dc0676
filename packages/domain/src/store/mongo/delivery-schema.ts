// Owns the declared fields of the collections of webhook endpoints.

import type { Endpoint } from '../../delivery/endpoint.ts'
import type { SealingKey } from '../../delivery/sealing.ts'
import type { StoredAttempt, StoredDelivery } from './collections.ts'
import { type Fields, flag, number, numberOrNull, part, text, textOrNull } from './schema-parts.ts'

export const endpointFields: Fields<Endpoint> = {
  _id: text,
  tenant_id: text,
  rev: number,
  url: text,
  description: textOrNull,
  types: [String],
  disabled: part<Endpoint['disabled']>({ reason: text, at: number }),
  secrets: [part<Endpoint['secrets'][number]>({ sealed: text, made_at: number, expires_at: numberOrNull })],
  cursor: number,
  failures: number,
  failing_since: numberOrNull,
  next_attempt_at: numberOrNull,
  created_at: number,
  updated_at: number,
}

export const deliveryFields: Fields<StoredDelivery> = {
  _id: text,
  tenant_id: text,
  endpoint_id: text,
  event_id: text,
  tries: number,
  due_at: Number,
  since: number,
  test: flag,
}

export const attemptFields: Fields<StoredAttempt> = {
  _id: text,
  tenant_id: text,
  endpoint_id: text,
  event_id: text,
  type: { type: String, required: true },
  at: number,
  ok: flag,
  status: numberOrNull,
  error: textOrNull,
  ms: number,
  expires_at: Date,
}

export const sealingKeyFields: Fields<SealingKey> = { _id: text, public_key: text, published_at: number }
