// Owns the making of an endpoint's secret. Promises: it is in this process only while it is shown; what is stored is
// sealed to the workers' key, and this process cannot open it again.

import { randomBytes } from 'node:crypto'
import { type SealedSecret, seal } from '@lockstep/domain/delivery/sealing'
import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { DeliveryStore } from '@lockstep/domain/store/store'

/** Standard Webhooks asks for 24 to 64 bytes. */
const secretBytes = 32
/** Seconds: a worker that starts with a key makes it known at once. */
const noKeyRetryAfter = 30

/** A new secret, and what is stored of it. */
export async function newSecret(
  store: Pick<DeliveryStore, 'readSealingKey'>,
  context: string,
): Promise<{ secret: string; sealed: SealedSecret }> {
  const key = await store.readSealingKey()
  if (!key) throw new LockstepError('deliveries_off', { retryAfter: noKeyRetryAfter })
  const secret = `whsec_${randomBytes(secretBytes).toString('base64')}`
  return { secret, sealed: seal(key, secret, context) }
}
