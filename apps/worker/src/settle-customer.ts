// Owns what follows a written document: its operations are marked, its events appended to the log, and then both leave
// the document. Promises (PROTOCOL sections 1, 2, 7): a crash between any two of these repeats the rest with nothing done
// twice, because the ids stay in the document until their records are there.

import type { AppliedOperation, CustomerDocument } from '@lockstep/domain/customer/document'
import { customerView } from '@lockstep/domain/customer/view'
import { isMarkable } from '@lockstep/domain/sync/plan'
import { momentOf, type Ports } from './ports.ts'
import { relayOutbox } from './relay-outbox.ts'
import { refOf, writeCustomer } from './write-customer.ts'

/** The answer of an operation right after it was applied, as JSON text, by operation id. */
export type Snapshots = ReadonlyMap<string, string>

/** Marks, tells, appends, trims. Answers the document as it stands then. */
export async function settleCustomer(
  ports: Ports,
  doc: CustomerDocument,
  snapshots: Snapshots = new Map(),
): Promise<CustomerDocument> {
  const ended = doc.applied.filter(isMarkable)
  if (ended.length === 0 && doc.outbox.length === 0) return doc
  await markOperations(ports, doc, ended, snapshots)
  await relayOutbox(ports, doc)
  const applied = new Set(ended.map(({ id }) => id))
  const told = new Set(doc.outbox.map(({ id }) => id))
  const written = await writeCustomer(ports, doc, (current) => {
    const left = {
      applied: current.applied.filter(({ id }) => !applied.has(id)),
      outbox: current.outbox.filter(({ id }) => !told.has(id)),
    }
    // Another one was faster: a write that changes nothing would only make a third one read again.
    const isTrimmed =
      left.applied.length === current.applied.length && left.outbox.length === current.outbox.length
    return isTrimmed ? null : { ...current, ...left }
  })
  return written.kind === 'duplicate' ? doc : (written.doc ?? doc)
}

async function markOperations(
  ports: Ports,
  doc: CustomerDocument,
  ended: readonly AppliedOperation[],
  snapshots: Snapshots,
): Promise<void> {
  if (ended.length === 0) return
  const { now } = momentOf(ports)
  const settled = ended.map(({ id, told: _, ...became }) => {
    const isMove = became.code === null && became.result === undefined
    // After a crash in between the present customer stands in: nobody was answered yet.
    const customer = isMove ? (snapshots.get(id) ?? snapshotOf(doc)) : null
    return { id, at: now, outcome: { ...became, customer } }
  })
  await ports.store.settleOperations(doc.tenant_id, settled)
  // What was refused after the person's data was removed must leave none behind.
  if (doc.tombstone?.erased) await ports.store.eraseOperations(refOf(doc))
  await ports.notices.publish(ended.map(({ id }) => ({ kind: 'operation', id })))
}

/** The customer as the API shows it, as JSON text. */
export function snapshotOf(doc: CustomerDocument): string {
  return JSON.stringify(customerView(doc))
}
