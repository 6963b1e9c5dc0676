// Owns the way of a mirrored object's changes into its owner's outbox, and from there into the log.
// Promises: a change has its event's id from the write that stored it, so one that was told before a crash is known by it, and
// the owner's count has no gap; a change whose owner is not known here yet waits.

import type { CustomerDocument, OutboxEntry } from '@lockstep/domain/customer/document'
import { toldUpTo, type UntoldChange } from '@lockstep/domain/mirror/mirrored'
import type { Ports } from '../ports.ts'
import { settleCustomer } from '../settle-customer.ts'
import { writeCustomer } from '../write-customer.ts'
import type { MirrorRef } from './refresh.ts'

/** Records in one write: their events stand in the document until they are appended. */
const batchMax = 50

/** Tells what is untold of this Stripe customer's objects. */
export async function tellChanges(ports: Ports, { tenantId, stripeId }: MirrorRef): Promise<void> {
  for (;;) {
    const untold = await ports.store.untoldMirrored(tenantId, stripeId, batchMax)
    const changes = untold.flatMap((each) => each.untold ?? [])
    if (changes.length === 0) return
    const owner = await ports.store.findByStripeId(tenantId, stripeId)
    if (!owner) return
    // What was appended before this document was read has left it; what is appended later moves its `rev`.
    const logged = await ports.store.loggedEvents(
      tenantId,
      changes.map(({ id }) => id),
    )
    const fresh = changes.filter(({ id }) => !logged.has(id))
    const written = await writeCustomer(ports, owner, (doc) =>
      doc.rev === owner.rev ? withChanges(doc, fresh) : null,
    )
    if (written.kind !== 'written') continue
    await settleCustomer(ports, written.doc)
    const ids = new Set(changes.map(({ id }) => id))
    for (const record of untold) {
      const left = toldUpTo(record, ids)
      // Lost to another reading: it took the untold changes along, and the next turn here finds them.
      if (left) await ports.store.replaceMirrored(left)
    }
    if (untold.length < batchMax) return
  }
}

/** In the order in which they were seen. */
function withChanges(doc: CustomerDocument, changes: readonly UntoldChange[]): CustomerDocument {
  const waiting = new Set(doc.outbox.map(({ id }) => id))
  let { seq } = doc
  const more: OutboxEntry[] = []
  for (const { id, type, at, data } of changes.toSorted((a, b) => a.at - b.at)) {
    if (!waiting.has(id)) more.push({ id, seq: ++seq, type, at, data })
  }
  return { ...doc, seq, outbox: [...doc.outbox, ...more] }
}
