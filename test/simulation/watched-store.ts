// Owns the eyes on the store: every write of a customer, an operation or the event log is noted as it happens, and what no
// single write may do is a broken guarantee at once. It changes nothing.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { treeOf } from '@lockstep/domain/customer/tree'
import type { LoggedEvent } from '@lockstep/domain/event/event'
import { isOpen } from '@lockstep/domain/operation/operation'
import type { Store } from '@lockstep/domain/store/store'
import { canonical } from '@lockstep/domain/sync/canonical'
import { z } from 'zod'
import type { Climate } from './climate.ts'
import type { History } from './history.ts'
import { print } from './past-states.ts'

const conflictData = z.object({
  field: z.string(),
  lost: z.string().nullable(),
  won: z.string().nullable(),
  winner: z.enum(['ours', 'stripe']),
  by: z.string(),
})

/** What is parked whatever Stripe answers: which of several is right, only a person can say. */
const forAPerson: ReadonlySet<string> = new Set(['duplicate', 'several_creates', 'doubt_too_old'])

/** The store, with every write noted in the history. `placeOf` tells of a state of a Stripe customer which one it is. */
export function watched(
  store: Store,
  history: History,
  payload: Climate['payload'],
  placeOf: (doc: CustomerDocument, printed: string) => number,
): Store {
  /** Per link: the newest state that was accepted. */
  const accepted = new Map<string, number>()
  const appliedIds = new Set<string>()
  /** Highest position and, per customer, highest sequence number in the event log. */
  const positions = new Map<string, number>()
  const seqs = new Map<string, number>()

  function noteApplied(before: CustomerDocument | null, after: CustomerDocument): void {
    const known = new Set(before?.applied.map(({ id }) => id))
    const tree = treeOf(before?.desired ?? [])
    for (const { id, code } of after.applied.filter((entry) => !known.has(entry.id))) {
      if (appliedIds.has(id)) history.broken.push(`G7: operation ${id} was applied twice`)
      appliedIds.add(id)
      const sent = history.sent.find(({ operationIds }) => operationIds.has(id))
      const changed = new Set<string>()
      for (const { leaf, value } of code === null ? (sent?.written ?? []) : []) {
        const form = canonical(leaf, value) ?? ''
        if ((canonical(leaf, tree.get(leaf)) ?? '') !== form) changed.add(leaf)
        tree.set(leaf, value)
      }
      const { step: at } = history
      const order = history.applied.length
      const first = after.base.length === 0
      history.applied.push({ operationId: id, customerId: after._id, at, order, code, first, changed })
      history.tell(`applied ${id.slice(9, 13)} to ${nameOf(after._id)}: ${code ?? [...changed].join(' ')}`)
    }
  }

  function noteConflicts(before: CustomerDocument | null, after: CustomerDocument): void {
    const known = new Set(before?.outbox.map(({ id }) => id))
    for (const { id, type, data } of after.outbox) {
      if (known.has(id) || type !== 'customer.conflict') continue
      const { field, lost, won, winner, by } = conflictData.parse(JSON.parse(data))
      if (by === 'duplicate') continue
      const leaf = field.replace('billing_address', 'address')
      history.lost.push({ customerId: after._id, leaf, value: lost ?? '', at: history.step })
      const theirs = (winner === 'stripe' ? won : lost) ?? ''
      const typed = history.edits.some(
        (edit) => edit.leaf === leaf && (canonical(leaf, edit.value) ?? '') === theirs,
      )
      // One old read is told from news by what it replaced, which thin events do not say; of several, the first may have hidden it.
      const stale = history.staleOf.get(after.stripe_id ?? '') ?? 0
      const hidden = stale > (payload === 'thin' ? 0 : 1)
      if (by === 'merge' && !typed && !hidden)
        history.broken.push(
          `G4: ${nameOf(after._id)} ${leaf}: ${theirs} passes for an edit at Stripe, and nobody typed it`,
        )
      history.tell(`conflict at ${nameOf(after._id)}: ${leaf} lost ${lost} (${by})`)
    }
  }

  /** What was accepted is never older than what was accepted before it; a read that lags behind can show nothing better. */
  function noteObservation(before: CustomerDocument | null, after: CustomerDocument): void {
    if (after.stripe_id === undefined || before?.obs === after.obs || after.observed.length === 0) return
    const link = `${after._id} ${after.stripe_id}`
    const place = placeOf(after, print(after.observed.map(({ k, v }) => [k, v])))
    const newest = accepted.get(link) ?? -1
    if (place >= 0 && place < newest && history.staleReads === 0)
      history.broken.push(
        `G3: ${nameOf(after._id)} took an older state of ${after.stripe_id} over a newer one`,
      )
    accepted.set(link, Math.max(newest, place))
  }

  /** What somebody typed at Stripe came to stand here, or was shown by a look. */
  function noteSeen({ stripe_id: stripeId, desired, observed }: CustomerDocument): void {
    const unseen = history.edits.filter((edit) => edit.stripeId === stripeId && !edit.seen)
    if (unseen.length === 0) return
    const [wished, shown] = [treeOf(desired), treeOf(observed)]
    for (const edit of unseen) {
      const form = canonical(edit.leaf, edit.value) ?? ''
      edit.seen = [wished, shown].some((tree) => (canonical(edit.leaf, tree.get(edit.leaf)) ?? '') === form)
    }
  }

  /** G11: what waiting cures parks nobody. */
  function noteParked(before: CustomerDocument | null, { _id, parked }: CustomerDocument): void {
    if (!parked || before?.parked || history.refusals > 0 || forAPerson.has(parked.code)) return
    history.broken.push(`G11: ${nameOf(_id)} is parked (${parked.code}), and Stripe refused nothing`)
  }

  function noteEvent(event: LoggedEvent): void {
    const highest = positions.get(event.tenant_id) ?? 0
    if (event.pos !== highest + 1) history.broken.push(`log: position ${event.pos} follows ${highest}`)
    positions.set(event.tenant_id, event.pos)
    if (event.customer_id === null || event.seq === null) return
    const seq = seqs.get(event.customer_id) ?? 0
    if (event.seq !== seq + 1)
      history.broken.push(`log: ${event.customer_id} has ${event.seq} after ${seq} (${event.type})`)
    seqs.set(event.customer_id, event.seq)
  }

  return {
    ...store,
    async insertCustomer(doc) {
      const result = await store.insertCustomer(doc)
      if (result.kind !== 'ok') return result
      noteApplied(null, doc)
      noteConflicts(null, doc)
      return result
    },
    async replaceCustomer(doc) {
      const before = await store.readCustomer({ tenantId: doc.tenant_id, customerId: doc._id })
      const result = await store.replaceCustomer(doc)
      if (result.kind !== 'ok') return result
      noteApplied(before, doc)
      noteConflicts(before, doc)
      noteObservation(before, doc)
      noteParked(before, doc)
      noteSeen(doc)
      if (before?.tombstone && !doc.tombstone) history.broken.push(`G2: the tombstone ${doc._id} was revived`)
      return result
    },
    // A caller may hear of its operation only later: that it is there is known from here on.
    async insertOperations(operations) {
      const results = await store.insertOperations(operations)
      for (const [index, operation] of operations.entries()) {
        if (results[index]?.kind !== 'ok') continue
        const { _id, tenant_id: tenantId, idempotency_key: key, customer_id } = operation
        const sent = history.sent.find((each) => each.tenantId === tenantId && each.idempotencyKey === key)
        if (!sent) {
          history.broken.push(`G1: operation ${_id} is there and nobody sent it`)
          continue
        }
        sent.operationIds.add(_id)
        sent.customerId ??= customer_id
        if (sent.operationIds.size > 1) history.broken.push(`G7: ${key} led to two operations`)
      }
      return results
    },
    async settleOperations(tenantId, settled) {
      for (const { id, outcome } of settled) {
        const before = await store.readOperation(tenantId, id)
        const other = before?.outcome && before.outcome.code !== outcome.code
        if (before && isOpen(before)) history.settled.push(id)
        if (before && !isOpen(before) && other)
          history.broken.push(`G1: operation ${id} ended as ${before.outcome?.code} and now ${outcome.code}`)
      }
      return store.settleOperations(tenantId, settled)
    },
    async appendEvents(events) {
      const results = await store.appendEvents(events)
      for (const [index, event] of events.entries()) if (results[index]?.kind === 'ok') noteEvent(event)
      return results
    },
  }
}

/** Enough of an id to tell it from others in a trace. */
export function nameOf(id: string): string {
  return id.slice(9, 13)
}
