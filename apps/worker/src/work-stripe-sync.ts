// Owns lane 2: one customer's loop towards Stripe, one step a turn (PROTOCOL section 3), and the customers first seen there.
// Promises: while an intent is open nothing else happens; whatever is read may be old, so every commit is a
// compare-and-set; what went wrong stands in the document before the job ends.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { StoreUnavailable, type CustomerRef } from '@lockstep/domain/store/store'
import { isDue, nextStep, sends, type Step } from '@lockstep/domain/sync/plan'
import type { Ports } from './ports.ts'
import { settleCustomer } from './settle-customer.ts'
import { countFailure } from './sync/back-off.ts'
import { resolveCommand, startCommand } from './sync/command.ts'
import { resolveDoubt } from './sync/doubt.ts'
import { link } from './sync/link.ts'
import { look } from './sync/look.ts'
import { erase, resolveDelete, startPurge } from './sync/purge.ts'
import { push, resolve } from './sync/push.ts'
import type { OpenPassage, StepOf, StepResult } from './sync/step.ts'
import { refOf } from './write-customer.ts'

/**
 * in_step: both sides agree. waiting: backed off, its next attempt stands in the document. observing: something is to be sent,
 * and the tenant sends nothing.
 */
export type SyncOutcome =
  | 'in_step'
  | 'waiting'
  | 'parked'
  | 'paused'
  | 'observing'
  | 'missing'
  | 'adopted'
  | 'known'
  | 'gone'
  | 'held'
  | 'come_back'
  | 'idle'

/** Steps in one job: a customer that changes all the time lets the others have their turn (G9). */
const stepsMax = 20

/** Brings one customer in step, or as far as it goes now. */
export async function syncCustomer(ports: Ports, ref: CustomerRef): Promise<SyncOutcome> {
  let doc = await ports.store.readCustomer(ref)
  if (!doc) return 'missing'
  for (let steps = 0; steps < stepsMax; steps++) {
    const stop = await stopped(ports, doc)
    if (stop) return stop
    const passage = await ports.gate.outbound(ref.tenantId)
    if (passage.kind !== 'open') {
      await settleCustomer(ports, doc)
      return passage.kind === 'paused' ? 'paused' : 'waiting'
    }
    if (passage.observing && sends(nextStep(doc), doc)) {
      await settleCustomer(ports, doc)
      return 'observing'
    }
    const result = await takeStep(ports, passage, doc)
    const next: CustomerDocument | null =
      (result.kind === 'again' ? result.doc : null) ?? (await ports.store.readCustomer(ref))
    if (!next) return 'missing'
    doc = next
    if (result.kind === 'stopped') {
      await settleCustomer(ports, doc)
      return result.outcome
    }
  }
  await settleCustomer(ports, doc)
  await ports.doorbell.ring('stripe-sync', [{ kind: 'customer', tenantId: ref.tenantId, id: ref.customerId }])
  return 'come_back'
}

/** Nothing to do now: whatever was written is settled, and those who wait are told. */
async function stopped(ports: Ports, doc: CustomerDocument): Promise<SyncOutcome | null> {
  const waiting = doc.next_attempt_at !== null && doc.next_attempt_at > ports.clock.now()
  const done = nextStep(doc).kind === 'done'
  if (!done && !doc.parked && !waiting) return null
  const settled = await settleCustomer(ports, doc)
  if (doc.parked) return 'parked'
  if (!done) return 'waiting'
  if (isDue(settled)) return null
  await ports.notices.publish([{ kind: 'synced', id: refOf(doc).customerId }])
  return 'in_step'
}

async function takeStep(ports: Ports, passage: OpenPassage, doc: CustomerDocument): Promise<StepResult> {
  try {
    const step = nextStep(doc)
    return await stepOf(step, doc)(ports, passage, doc)
  } catch (error) {
    // Waiting cures an absent database or Redis; anything else thrown here is ours and must not turn for ever.
    if (error instanceof StoreUnavailable || isRedisAway(error)) throw error
    const detail = error instanceof Error ? error.message : 'not an error'
    ports.log({ event: 'lane_caught', tenant: doc.tenant_id, customer: doc._id, code: 'internal', detail })
    const fresh = (await ports.store.readCustomer(refOf(doc))) ?? doc
    return countFailure(ports, fresh, 'internal')
  }
}

/** What takes this step. */
function stepOf(step: Step, { intent }: CustomerDocument): StepOf {
  switch (step.kind) {
    case 'resolve':
      if (intent?.kind === 'command') return resolveCommand
      if (intent?.kind === 'delete') return resolveDelete
      return intent?.doubt_since == null ? resolve : resolveDoubt
    case 'look':
      return look
    case 'purge':
      return startPurge
    case 'erase':
      return erase
    case 'link':
      return link
    case 'command':
      return startCommand
    case 'create':
    case 'update':
      return push
    case 'done':
      return async () => ({ kind: 'again', doc: null })
  }
}

/** ioredis names its errors by class: refused, closed, timed out. */
function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    error.name === 'AbortError' ||
    error.name === 'ReplyError' ||
    /Connection is closed|Command timed out|ECONNREFUSED|ECONNRESET|Stream isn't writeable/.test(
      error.message,
    )
  )
}
