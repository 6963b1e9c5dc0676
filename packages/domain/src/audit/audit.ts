// Owns the audit log's entry: who asked for something that a person may have to answer for later. Pure.
// Promises: entries are only ever added; they hold ids and no value of anybody, so an erasure leaves them as they are.

import { createHash } from 'node:crypto'
import { stringify } from 'uuid'

/** What is on record. A write is recorded when it is asked for: its operation tells what became of it. */
export const auditActions = [
  'api_key.use',
  'api_key.create',
  'customer.purge',
  'customer.erase',
  'customer.export',
  'customer.link_change',
  'operation.retry',
  'operation.discard',
  'stripe_event.replay',
  'webhook_endpoint.create',
  'webhook_endpoint.update',
  'webhook_endpoint.delete',
  'webhook_endpoint.rotate_secret',
] as const

export type AuditAction = (typeof auditActions)[number]

export interface AuditEntry {
  /** A UUID v7: in the order of time. */
  _id: string
  tenant_id: string
  /** ms. */
  at: number
  /** The API key's public name; `commandLine` where no key asked. */
  key_id: string
  action: AuditAction
  customer_id: string | null
  /**
   * What it was done to beside the customer: the id of an operation, of a Stripe event, of a Stripe customer, of a webhook
   * endpoint or of an API key.
   */
  subject: string | null
  /** null: of the use of a key, which is no request's alone, and of the command line. */
  request_id: string | null
}

/** Stands in place of a key's name: a person with the database's address asked. */
export const commandLine = 'command_line'

const dayMs = 24 * 60 * 60 * 1000

/** The id of the one entry for a key's use on the day of `at` (UTC): the same in every process, sorted at that day's begin. */
export function idOfUse(tenantId: string, keyId: string, at: number): string {
  const day = Math.floor(at / dayMs)
  const bytes = createHash('sha256').update(`${tenantId}/${keyId}/${day}`).digest().subarray(0, 16)
  bytes.writeUIntBE(day * dayMs, 0, 6)
  // Version 7 and the variant of RFC 9562, section 5.7.
  bytes.writeUInt8(0x70 | ((bytes[6] ?? 0) & 0x0f), 6)
  bytes.writeUInt8(0x80 | ((bytes[8] ?? 0) & 0x3f), 8)
  return stringify(bytes)
}
