// Owns lane 1, which touches MongoDB only: a customer's operations in order, and its Stripe events, become one
// compare-and-set of its document (PROTOCOL section 2).
// Promises: the document is read before the operations, so none is applied twice; every operation ends applied or
// rejected with its reason; a Stripe event is marked done only after what it asks for is in the document.

import { applyOperation } from '@lockstep/domain/customer/apply'
import { type AppliedOperation, type CustomerDocument, newCustomer } from '@lockstep/domain/customer/document'
import { sealed } from '@lockstep/domain/customer/seal'
import type { RingOptions } from '@lockstep/domain/doorbell/doorbell'
import { bug, type ErrorCode } from '@lockstep/domain/error/catalogue'
import type { Operation } from '@lockstep/domain/operation/operation'
import type { CustomerRef, UniqueRule, WriteResult } from '@lockstep/domain/store/store'
import { canonical } from '@lockstep/domain/sync/canonical'
import { isDue, isMarkable } from '@lockstep/domain/sync/plan'
import { buried } from '@lockstep/domain/sync/purge'
import { momentOf, type Ports } from './ports.ts'
import { settleCustomer, snapshotOf } from './settle-customer.ts'
import { refOf } from './write-customer.ts'

/** applied: operations were settled. noted: Stripe events were. handed_on: lane 2 must ask Stripe first. idle: nothing to do. */
export type ApplyOutcome = 'applied' | 'noted' | 'handed_on' | 'known' | 'paused' | 'idle'

/** Operations in one write: more would make the document, and the wait of the others, long. */
const batchMax = 100
/**
 * Text of events that may wait in the document for their append (UTF-16 units, at most 3 bytes each): MongoDB takes no
 * document above 16 MB, and one operation on thousands of metadata entries tells half a megabyte.
 */
const outboxMax = 2_000_000
/** A turn that loses to another writer starts again; so often in a row it is a bug. */
const turnsMax = 500

/** Drains one customer's operations until none waits. */
export async function applyOperations(ports: Ports, ref: CustomerRef): Promise<ApplyOutcome> {
  let outcome: ApplyOutcome = 'idle'
  const forced = new Map<string, ErrorCode>()
  for (let turn = 0; turn < turnsMax; turn++) {
    // The document first: an operation marked between the two reads is in neither (counterexample 17).
    const doc = await ports.store.readCustomer(ref)
    if (doc && isOutboxFull(doc)) {
      // A crash left it there; more on top could make a document that is refused for ever.
      await settleCustomer(ports, doc)
      continue
    }
    const waiting = await ports.store.waitingOperations(ref, batchMax)
    const applied = new Set(doc?.applied.map(({ id }) => id))
    const fresh = waiting.filter(({ _id }) => !applied.has(_id))
    const held = doc ? await hold(ports, doc, waiting) : 0
    if (fresh.length === 0) {
      // More may stand behind those that were still taken for undrained.
      if (held === batchMax) continue
      await finish(ports, doc)
      return outcome
    }
    const draft = drain(ports, doc, fresh, forced)
    const ready = sealed(draft.doc, ports.clock.now())
    const result: WriteResult = doc
      ? await ports.store.replaceCustomer(ready)
      : await ports.store.insertCustomer(ready)
    if (result.kind === 'duplicate' && result.rule !== '_id') forceOut(draft, result.rule, forced)
    if (result.kind !== 'ok') continue
    await finish(ports, await settleCustomer(ports, { ...ready, rev: ready.rev + 1 }, draft.snapshots))
    outcome = 'applied'
    await hold(ports, ready, fresh)
    if (waiting.length < batchMax && !draft.cutShort) return outcome
  }
  throw bug('an operation could never be applied')
}

/** What stands in the document's line is lane 2's from now on. A crash before this is made up for by the next drain. */
async function hold(ports: Ports, doc: CustomerDocument, waiting: readonly Operation[]): Promise<number> {
  const inLine = new Set(doc.applied.filter((entry) => !isMarkable(entry)).map(({ id }) => id))
  const ids = waiting.map(({ _id }) => _id).filter((id) => inLine.has(id))
  if (ids.length > 0) await ports.store.holdOperations(doc.tenant_id, ids)
  return ids.length
}

interface Draft {
  doc: CustomerDocument
  snapshots: Map<string, string>
  fresh: Operation[]
  /** The outbox was full before all were applied: the others follow once it is settled. */
  cutShort: boolean
}

function drain(
  ports: Ports,
  start: CustomerDocument | null,
  fresh: Operation[],
  forced: ReadonlyMap<string, ErrorCode>,
): Draft {
  const moment = momentOf(ports)
  const snapshots = new Map<string, string>()
  let doc = start
  let cutShort = false
  for (const operation of fresh) {
    if (doc && isOutboxFull(doc)) {
      cutShort = true
      break
    }
    const refusal = forced.get(operation._id)
    const result = refusal
      ? ({ kind: 'rejected', code: refusal } as const)
      : applyOperation(doc, operation, moment)
    if (result.kind === 'rejected') {
      doc = noteApplied(doc ?? neverMade(operation, moment.now), operation, { code: result.code })
      continue
    }
    const waits = result.kind === 'waiting'
    doc = noteApplied(result.doc, operation, { code: null, ...(waits && { waiting: true }) })
    if (!waits) snapshots.set(operation._id, snapshotOf(result.doc))
  }
  if (!doc) throw bug('a drain came to nothing')
  return { doc, snapshots, fresh, cutShort }
}

/**
 * What stands in place of a customer whose create was refused. Without it nothing would tell another worker, which read the
 * same operations when the key or the e-mail was free again, that they were refused already.
 */
function neverMade(operation: Operation, at: number): CustomerDocument {
  const { customer_id: id, tenant_id: tenantId } = operation
  const born = newCustomer({ id, tenantId, key: id, at, touchedByApi: true })
  return buried(born, { merged_into: null, at })
}

function isOutboxFull(doc: CustomerDocument): boolean {
  return doc.outbox.reduce((sum, { data }) => sum + data.length, 0) > outboxMax
}

function noteApplied(
  doc: CustomerDocument,
  operation: Operation,
  became: Pick<AppliedOperation, 'code' | 'waiting'>,
): CustomerDocument {
  const entry: AppliedOperation = { id: operation._id, version: doc.version, ...became }
  return { ...doc, applied: [...doc.applied, entry] }
}

/** Another document holds the value: the last operation that set this very value is refused, the others stand. */
function forceOut(draft: Draft, rule: UniqueRule, forced: Map<string, ErrorCode>): void {
  const open = draft.fresh.filter(({ _id }) => !forced.has(_id))
  const guilty =
    rule === 'email_claim'
      ? open.findLast(
          ({ body }) =>
            'input' in body &&
            canonical('email', body.input?.email)?.toLowerCase() === draft.doc?.email_claim,
        )
      : open.find(({ body }) => body.kind === 'create' || body.kind === 'register')
  if (!guilty) throw bug(`unique rule ${rule} broken by no operation`)
  forced.set(guilty._id, rule === 'email_claim' ? 'email_taken' : 'key_taken')
}

/** Whatever a crash left behind is settled, and lane 2 hears of the work that is left. */
async function finish(ports: Ports, doc: CustomerDocument | null): Promise<void> {
  if (!doc) return
  const settled = await settleCustomer(ports, doc)
  await ringIfDue(ports, settled)
}

/**
 * Rings lane 2 where something is left to do; else tells those who wait for both sides to agree. For a paused tenant nobody
 * can do anything: once it is resumed the sweeper finds whatever is due.
 */
export async function ringIfDue(
  ports: Ports,
  doc: CustomerDocument,
  options: RingOptions = {},
): Promise<void> {
  const { customerId: id, tenantId } = refOf(doc)
  if (!isDue(doc)) await ports.notices.publish([{ kind: 'synced', id }])
  else if (!(await ports.gate.tenant(tenantId)).paused_outbound)
    await ports.doorbell.ring('stripe-sync', [{ kind: 'customer', tenantId, id }], options)
}
