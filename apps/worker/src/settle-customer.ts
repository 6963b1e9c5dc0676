// Owns what follows a written document: its operations are marked, its events appended to the log, and then both leave
// the document. Promises (PROTOCOL sections 1, 2, 7): a crash between any two of these repeats the rest with nothing done
// twice, because the ids stay in the document until their records are there.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { customerView } from '@lockstep/domain/customer/view'
import { momentOf, type Ports } from './ports.ts'
import { relayOutbox } from './relay-outbox.ts'
import { writeCustomer } from './write-customer.ts'

/** The answer of an operation right after it was applied, as JSON text, by operation id. */
export type Snapshots = ReadonlyMap<string, string>

/** Marks, tells, appends, trims. Answers the document as it stands then. */
export async function settleCustomer(
  ports: Ports,
  doc: CustomerDocument,
  snapshots: Snapshots = new Map(),
): Promise<CustomerDocument> {
  if (doc.applied.length === 0 && doc.outbox.length === 0) return doc
  await markOperations(ports, doc, snapshots)
  await relayOutbox(ports, doc)
  const applied = new Set(doc.applied.map(({ id }) => id))
  const told = new Set(doc.outbox.map(({ id }) => id))
  const written = await writeCustomer(ports, doc, (current) => ({
    ...current,
    applied: current.applied.filter(({ id }) => !applied.has(id)),
    outbox: current.outbox.filter(({ id }) => !told.has(id)),
  }))
  return written.kind === 'written' ? written.doc : doc
}

async function markOperations(ports: Ports, doc: CustomerDocument, snapshots: Snapshots): Promise<void> {
  if (doc.applied.length === 0) return
  const { now } = momentOf(ports)
  const settled = doc.applied.map(({ id, code, version }) => {
    // After a crash in between the present customer stands in: nobody was answered yet.
    const customer = code === null ? (snapshots.get(id) ?? snapshotOf(doc)) : null
    return { id, at: now, outcome: { code, version, customer } }
  })
  await ports.store.settleOperations(doc.tenant_id, settled)
  await ports.notices.publish(doc.applied.map(({ id }) => ({ kind: 'operation', id })))
}

/** The customer as the API shows it, as JSON text. */
export function snapshotOf(doc: CustomerDocument): string {
  return JSON.stringify(customerView(doc))
}
