// Owns who may call: an API key by its SHA-256, its tenant and its scopes.
// Promises: a key itself is never stored, logged or compared as text; a revoked one is refused within five seconds.

import { createHash } from 'node:crypto'
import type { Clock } from '@lockstep/domain/clock/clock'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { ApiKey, Scope } from '@lockstep/domain/store/tenant'
import { ttlCache } from './ttl-cache.ts'

/** How long a key's record is trusted: the bound on how long a revoked key still works. */
const keyTtlMs = 5_000
/** Keys remembered at once: a few hundred bytes each. */
const keysMax = 10_000

export interface ApiKeys {
  /** The key's record by its hash; null where unknown or revoked. */
  byHash: (hash: string) => Promise<ApiKey | null>
}

/** The live keys, read through a short cache. */
export function liveKeys(options: { read: (hash: string) => Promise<ApiKey | null>; clock: Clock }): ApiKeys {
  const read = ttlCache({ ttlMs: keyTtlMs, entriesMax: keysMax, clock: options.clock, read: options.read })
  return {
    async byHash(hash) {
      const key = await read(hash)
      return key && key.revoked_at === null ? key : null
    },
  }
}

/** Hex SHA-256 of a key, the name under which it is stored. A fast hash suits: keys are random, not chosen. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** The key's record from `Authorization: Bearer …`; 401 without a live key, 403 where it lacks the scope. */
export async function authenticate(keys: ApiKeys, header: string | undefined, scope: Scope): Promise<ApiKey> {
  const token = /^bearer +(\S{1,512})$/i.exec(header ?? '')?.[1]
  const key = token === undefined ? null : await keys.byHash(keyHash(token))
  if (!key) throw new LockstepError('unauthenticated')
  if (!key.scopes.includes(scope)) throw new LockstepError('forbidden')
  return key
}
