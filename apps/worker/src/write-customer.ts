// Owns the one way in which a lane changes a customer document: compare-and-set, and decide again on the newer one.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { sealed } from '@lockstep/domain/customer/seal'
import { bug } from '@lockstep/domain/error/catalogue'
import type { CustomerRef, UniqueRule } from '@lockstep/domain/store/store'
import type { Ports } from './ports.ts'

/** written: the document as it now stands. kept: the decision was to leave it. duplicate: a unique rule forbids it. */
export type Written =
  | { kind: 'written'; doc: CustomerDocument }
  | { kind: 'kept'; doc: CustomerDocument | null }
  | { kind: 'duplicate'; rule: UniqueRule }

/** Another writer every time, this often in a row, is not contention but a bug. */
const lossesMax = 200

export function refOf(doc: CustomerDocument): CustomerRef {
  return { tenantId: doc.tenant_id, customerId: doc._id }
}

/**
 * Writes `decide(doc)`; where the document moved on meanwhile, reads it and decides again. `decide` answers null
 * to leave it as it is.
 */
export async function writeCustomer(
  ports: Pick<Ports, 'store' | 'clock'>,
  doc: CustomerDocument,
  decide: (doc: CustomerDocument) => CustomerDocument | null,
): Promise<Written> {
  let current = doc
  for (let losses = 0; losses < lossesMax; losses++) {
    const next = decide(current)
    if (!next) return { kind: 'kept', doc: current }
    const ready = sealed(next, ports.clock.now())
    const result = await ports.store.replaceCustomer(ready)
    if (result.kind === 'ok') return { kind: 'written', doc: { ...ready, rev: ready.rev + 1 } }
    if (result.kind === 'duplicate') return result
    const fresh = await ports.store.readCustomer(refOf(current))
    if (!fresh) return { kind: 'kept', doc: null }
    current = fresh
  }
  throw bug('a compare-and-set never won')
}
