// Owns the push: a create or an update is written down as the document's intent, called, and its answer committed
// (PROTOCOL sections 4 and 5).
// Promises: the slot is taken before the decision, so that whatever was written while waiting travels in the same call; an
// answer counts only for the intent of its own key.

import type { CustomerDocument, Intent } from '@lockstep/domain/customer/document'
import { bug } from '@lockstep/domain/error/catalogue'
import { parseStripeCustomer, type StripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { type StripeAnswer, type StripeCall, stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import {
  answered,
  closedForLook,
  mayCall,
  opened,
  proven,
  refusedBy,
  unknown,
} from '@lockstep/domain/sync/intent'
import { roomForPush } from '@lockstep/domain/sync/kept-pushes'
import { nextStep } from '@lockstep/domain/sync/plan'
import { mayCreate } from '../reconcile/first-sync.ts'
import { momentOf, type Ports } from '../ports.ts'
import { refOf, writeCustomer } from '../write-customer.ts'
import { absorbTwin } from './absorb-twin.ts'
import { commitIntent } from './commit-intent.ts'
import { countFailure, forbiddenCall, park, waitAndRetry, waitUntil } from './back-off.ts'
import { countOverwrites } from './lost-edits.ts'
import type { OpenPassage, StepOf, StepResult } from './step.ts'

/** A first sync reads a hundred customers in some seconds: often enough to go on soon after it came by (ms). */
const firstSyncMs = 30_000

/** Where a push goes; the other intents have their own files. */
function endpointOf({ kind }: Pick<Intent, 'kind'>): string {
  if (kind === 'create') return 'POST /v1/customers'
  if (kind === 'update') return 'POST /v1/customers/{id}'
  throw bug(`a push of the kind ${kind}`)
}

/** Opens the intent that the plan asks for, calls, commits. */
export const push: StepOf = async (ports, passage, doc) => {
  const planned = nextStep(doc)
  if (planned.kind !== 'create' && planned.kind !== 'update') throw bug(`a push for the step ${planned.kind}`)
  const may = planned.kind === 'create' ? await mayCreate(ports, passage, doc) : 'yes'
  if (may === 'wait') return waitUntil(ports, doc, ports.clock.now() + firstSyncMs, 'first_sync')
  if (may !== 'yes') return waitAndRetry(ports, doc, may)
  return passage.stripe.withSlot(endpointOf(planned), async (call, waited) => {
    const start = waited ? await ports.store.readCustomer(refOf(doc)) : doc
    const step = start ? nextStep(start) : null
    if (!start || !step || step.kind !== planned.kind || start.parked) return { kind: 'again', doc: start }
    const ready = await keepRoomForPush(ports, start)
    const written = await writeCustomer(ports, ready, (current) =>
      // Opening is a compare-and-set on the very document that was planned from.
      current.rev === ready.rev ? opened(ready, step, ports.clock.now()) : null,
    )
    if (written.kind !== 'written') return { kind: 'again', doc: null }
    return callIntent(ports, passage, written.doc, call)
  })
}

/** Goes on with an open intent: the same call again, as long as its key may be sent. */
export const resolve: StepOf = async (ports, passage, doc) => {
  const { intent } = doc
  if (!intent) throw bug('nothing to resolve')
  if (!mayCall(intent, ports.clock.now()))
    return commitIntent(ports, doc, intent, (current) => unknown(current, ports.clock.now()))
  return passage.stripe.withSlot(endpointOf(intent), async (call, waited) => {
    const start = waited ? await ports.store.readCustomer(refOf(doc)) : doc
    // A slot may be waited for: the age of the key is judged last.
    if (start?.intent?.key !== intent.key || !mayCall(start.intent, ports.clock.now()))
      return { kind: 'again', doc: start }
    return callIntent(ports, passage, start, call)
  })
}

async function callIntent(
  ports: Ports,
  passage: OpenPassage,
  doc: CustomerDocument,
  call: (call: StripeCall) => Promise<StripeAnswer>,
): Promise<StepResult> {
  const { intent } = doc
  if (!intent) throw bug('a call without an intent')
  const answer = await call(callOf(doc, intent))
  if (answer.kind === 'busy' || answer.kind === 'silence') return waitAndRetry(ports, doc, answer)
  if (answer.kind === 'stored_500')
    return commitIntent(ports, doc, intent, (current) => unknown(current, ports.clock.now()))
  if (answer.kind === 'refused') return refused(ports, doc, intent, answer)
  const seen = parseStripeCustomer(answer.body)
  if (seen.kind === 'deleted') {
    // A create made something, dead or not: its id is kept, or the next create would make another.
    return commitIntent(ports, doc, intent, (current) =>
      intent.kind === 'create' ? proven(current, seen.id, momentOf(ports)) : closedForLook(current),
    )
  }
  return commitAnswer(ports, passage, doc, intent, { customer: seen.customer, replayed: answer.replayed })
}

function callOf(doc: CustomerDocument, intent: Intent): StripeCall {
  if (intent.kind === 'create') return stripeCalls.createCustomer(intent.form, intent.key)
  if (doc.stripe_id === undefined) throw bug('an update without a link')
  return stripeCalls.updateCustomer(doc.stripe_id, intent.form, intent.key)
}

async function commitAnswer(
  ports: Ports,
  passage: OpenPassage,
  doc: CustomerDocument,
  intent: Intent,
  answer: { customer: StripeCustomer; replayed: boolean },
): Promise<StepResult> {
  const policyFor = ports.gate.policyOf(passage.tenant)
  const decide = (current: CustomerDocument) =>
    current.intent?.key === intent.key
      ? answered(current, { ...answer, began: doc.desired, policyFor }, momentOf(ports))
      : null
  const written = await writeCustomer(ports, doc, decide)
  if (written.kind === 'written') await countOverwrites(ports, doc, written.doc)
  if (written.kind !== 'duplicate') return { kind: 'again', doc: written.doc }
  // Another document holds this Stripe customer: our proof was stripped before our answer was stored.
  if (!(await absorbTwin(ports, doc, answer.customer.id))) return park(ports, doc, 'duplicate')
  const second = await writeCustomer(ports, doc, decide)
  if (second.kind === 'duplicate') return { kind: 'again', doc: null }
  return { kind: 'again', doc: second.doc }
}

async function refused(
  ports: Ports,
  doc: CustomerDocument,
  intent: Intent,
  answer: Extract<StripeAnswer, { kind: 'refused' }>,
): Promise<StepResult> {
  if (answer.code === 'idempotency_error') return park(ports, doc, 'idempotency_error')
  if ([401, 403, 404].includes(answer.status)) {
    // The key may be another account's: nothing is closed before that is known (counterexample 36).
    const account = await ports.gate.recheck(doc.tenant_id, forbiddenCall(endpointOf(intent), answer))
    if (account === 'paused') return { kind: 'stopped', outcome: 'paused' }
    if (account === 'away') return { kind: 'stopped', outcome: 'waiting' }
    // The key is good after all: nobody but Stripe was wrong, and that passes.
    if (answer.status !== 404) return waitAndRetry(ports, doc, answer)
    return commitIntent(ports, doc, intent, (current) =>
      intent.kind === 'create' ? unknown(current, ports.clock.now()) : closedForLook(current),
    )
  }
  // Our marks alone are refused: no field of the caller's is left to hold back.
  if (intent.kind === 'create' && doc.one_leaf) return countFailure(ports, doc, answer.code)
  const { code, param } = answer
  return commitIntent(ports, doc, intent, (current) => refusedBy(current, { code, param }, momentOf(ports)))
}

/** Ended pushes that find no room beside the next one move to their own collection, first there, then out of here. */
async function keepRoomForPush(ports: Ports, doc: CustomerDocument): Promise<CustomerDocument> {
  const room = roomForPush(doc)
  for (const old of room.leaving) await ports.store.keepPush(refOf(doc), old)
  return room.doc
}
