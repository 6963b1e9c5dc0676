// Owns the one way in which an endpoint is changed: compare-and-set, and decide again on the newer one.

import { bug } from '../error/catalogue.ts'
import type { DeliveryStore } from '../store/store.ts'
import type { Endpoint } from './endpoint.ts'

/** Another writer every time, this often in a row, is not contention but a bug. */
const lossesMax = 50

/** Writes `decide(endpoint)`; null where it is gone. `decide` answers the same object to leave it as it is. */
export async function changeEndpoint(
  store: Pick<DeliveryStore, 'readEndpoint' | 'replaceEndpoint'>,
  ref: { tenantId: string; endpointId: string },
  decide: (endpoint: Endpoint) => Endpoint,
): Promise<Endpoint | null> {
  for (let losses = 0; losses < lossesMax; losses++) {
    const endpoint = await store.readEndpoint(ref.tenantId, ref.endpointId)
    if (!endpoint) return null
    const next = decide(endpoint)
    if (next === endpoint) return endpoint
    const result = await store.replaceEndpoint(next)
    if (result.kind === 'ok') return { ...next, rev: next.rev + 1 }
  }
  throw bug('a compare-and-set never won')
}
