// Owns what the brake counts of a written document: edits made at Stripe that our side won over.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { Ports } from '../ports.ts'

/** Counts the conflicts that `after` records and `before` did not, where ours won; too many pause the tenant. */
export async function countOverwrites(
  ports: Ports,
  before: CustomerDocument,
  after: CustomerDocument,
): Promise<void> {
  const known = new Set(before.conflicts.map(({ id }) => id))
  const count = after.conflicts.filter(({ id, winner }) => winner === 'ours' && !known.has(id)).length
  if (count > 0) await ports.gate.brake(after.tenant_id, count)
}
