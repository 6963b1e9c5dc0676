// A worker for tests: drains a customer's operations with the real decisions, over any store, when told to.
// It stands in for lane 1 and, if asked, for a Stripe that agrees with everything.

import { systemRandom } from '@lockstep/domain/clock/clock'
import { applyOperation } from '@lockstep/domain/customer/apply'
import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { sealed } from '@lockstep/domain/customer/seal'
import { customerView } from '@lockstep/domain/customer/view'
import type { Doorbell, Notice, Subject } from '@lockstep/domain/doorbell/doorbell'
import type { Operation, OperationOutcome } from '@lockstep/domain/operation/operation'
import type { CustomerRef, Store } from '@lockstep/domain/store/store'
import { canonical, desiredTree } from '@lockstep/domain/sync/canonical'
import { purged } from '@lockstep/domain/sync/purge'

export interface FakeWorker {
  doorbell: Doorbell
  /** Every subject that was rung for. */
  rung: Subject[]
  /** Keeps bells unanswered until `wake`. */
  hold: () => void
  wake: () => Promise<void>
  /** Makes both sides agree on this customer, and tells so. */
  sync: (ref: CustomerRef) => Promise<void>
}

export function fakeWorker(options: {
  store: Store
  /** Where notices go; leave out to lose them all. */
  tell?: (notice: Notice) => void
  /** false: Redis is away, bells are lost. */
  rings?: boolean
}): FakeWorker {
  const { store } = options
  const rung: Subject[] = []
  let held = false
  let chain = Promise.resolve()

  const drain = async (ref: CustomerRef): Promise<void> => {
    for (const operation of await store.waitingOperations(ref, 1000)) {
      const outcome = await apply(store, ref, operation)
      await store.settleOperations(ref.tenantId, [{ id: operation._id, at: Date.now(), outcome }])
      options.tell?.({ kind: 'operation', id: operation._id })
    }
  }
  const drainAll = async (subjects: Subject[]): Promise<void> => {
    for (const subject of subjects) {
      if (subject.kind === 'customer') await drain({ tenantId: subject.tenantId, customerId: subject.id })
    }
  }
  return {
    rung,
    doorbell: {
      async ring(_queue, subjects) {
        if (options.rings === false) return false
        rung.push(...subjects)
        // One after the other, as one queue with one worker.
        if (!held) chain = chain.then(() => drainAll(subjects))
        return true
      },
    },
    hold: () => {
      held = true
    },
    async wake() {
      held = false
      chain = chain.then(() => drainAll(rung))
      await chain
    },
    async sync(ref) {
      const doc = await store.readCustomer(ref)
      if (!doc) throw new Error('nobody to sync')
      const base = [...desiredTree(doc)].flatMap(([k, value]) => {
        const v = canonical(k, value)
        return v === null ? [] : [{ k, v }]
      })
      const agreed: CustomerDocument = {
        ...doc,
        base,
        observed: base,
        stripe_id: `cus_${doc._id.slice(-12)}`,
        applied: [],
        outbox: [],
      }
      await store.replaceCustomer(sealed(agreed, Date.now()))
      options.tell?.({ kind: 'synced', id: ref.customerId })
    },
  }
}

async function apply(store: Store, ref: CustomerRef, operation: Operation): Promise<OperationOutcome> {
  const doc = await store.readCustomer(ref)
  const moment = { now: Date.now(), uuid: () => systemRandom.uuid() }
  const result = applyOperation(doc, operation, moment)
  if (result.kind === 'waiting' && operation.body.kind === 'purge') {
    const entry = { id: operation._id, code: null, version: result.doc.version, waiting: true } as const
    const tombstone = purged({ ...result.doc, applied: [entry] }, moment)
    await store.replaceCustomer(sealed(tombstone, Date.now()))
    const { id: _, ...outcome } = tombstone.applied[0] ?? entry
    return { ...outcome, customer: null }
  }
  if (result.kind === 'rejected') return { code: result.code, version: null, customer: null }
  const next = sealed(result.doc, Date.now())
  const written = doc ? await store.replaceCustomer(next) : await store.insertCustomer(next)
  if (written.kind === 'duplicate') {
    return {
      code: written.rule === 'email_claim' ? 'email_taken' : 'key_taken',
      version: null,
      customer: null,
    }
  }
  if (written.kind === 'stale') return await apply(store, ref, operation)
  return { code: null, version: next.version, customer: JSON.stringify(customerView(next)) }
}
