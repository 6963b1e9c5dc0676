// Owns how an API key is made: its text, which only its holder ever sees, and its record.
// Promises: 160 random bits; the text starts with `lsk_`, so that a scanner for leaked secrets can know it.

import { createHash, randomBytes } from 'node:crypto'
import type { ApiKey, Scope } from '@lockstep/domain/store/tenant'

/** A key to hand out once, and what is stored of it. */
export interface NewApiKey {
  key: string
  record: ApiKey
}

/** `at` in ms since the epoch. */
export function newApiKey(init: { tenantId: string; scopes: Scope[]; at: number }): NewApiKey {
  const key = `lsk_${randomBytes(20).toString('hex')}`
  const record: ApiKey = {
    _id: createHash('sha256').update(key).digest('hex'),
    tenant_id: init.tenantId,
    key_id: `key_${randomBytes(6).toString('hex')}`,
    scopes: init.scopes,
    created_at: init.at,
    revoked_at: null,
  }
  return { key, record }
}
