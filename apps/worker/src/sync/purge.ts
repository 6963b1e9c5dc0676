// Owns the end of a customer: its Stripe customer deleted, then the tombstone, then, where asked for, the person's data gone
// from every other record (PROTOCOL sections 4 and 7).
// Promises: nothing but an API operation leads here (G10); each step can be repeated; the tombstone stands before anything
// else is removed, so that a crash in between leaves a record of what is still to be done.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { bug } from '@lockstep/domain/error/catalogue'
import { parseStripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { type StripeAnswer, type StripeCall, stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import { nextStep } from '@lockstep/domain/sync/plan'
import { erased, openedDelete, purged } from '@lockstep/domain/sync/purge'
import { momentOf, type Ports } from '../ports.ts'
import { settleCustomer } from '../settle-customer.ts'
import { refOf, writeCustomer } from '../write-customer.ts'
import { countFailure, forbiddenCall, oldNews, park, waitAndRetry } from './back-off.ts'
import { commitIntent } from './commit-intent.ts'
import type { OpenPassage, StepOf, StepResult } from './step.ts'

const endpoint = 'DELETE /v1/customers/{id}'

/** Opens the delete and makes its call; a customer without a Stripe customer becomes a tombstone at once. */
export const startPurge: StepOf = async (ports, passage, doc) => {
  if (doc.stripe_id === undefined) {
    const written = await writeCustomer(ports, doc, (current) =>
      nextStep(current).kind === 'purge' && current.stripe_id === undefined
        ? purged(current, momentOf(ports))
        : null,
    )
    return { kind: 'again', doc: written.kind === 'duplicate' ? null : written.doc }
  }
  return passage.stripe.withSlot(endpoint, async (call, waited) => {
    const start = waited ? await ports.store.readCustomer(refOf(doc)) : doc
    if (!start || start.parked || nextStep(start).kind !== 'purge' || start.stripe_id === undefined)
      return { kind: 'again', doc: start }
    const written = await writeCustomer(ports, start, (current) =>
      current.rev === start.rev ? openedDelete(start, ports.clock.now()) : null,
    )
    if (written.kind !== 'written') return { kind: 'again', doc: null }
    return callDelete(ports, passage, written.doc, call)
  })
}

/** Goes on with an open delete: twice is as good as once, and it needs no key. */
export const resolveDelete: StepOf = (ports, passage, doc) =>
  passage.stripe.withSlot(endpoint, async (call, waited) => {
    const start = waited ? await ports.store.readCustomer(refOf(doc)) : doc
    if (start?.intent?.kind !== 'delete') return { kind: 'again', doc: start }
    return callDelete(ports, passage, start, call)
  })

async function callDelete(
  ports: Ports,
  passage: OpenPassage,
  doc: CustomerDocument,
  call: (call: StripeCall) => Promise<StripeAnswer>,
): Promise<StepResult> {
  const { intent, stripe_id: stripeId } = doc
  if (intent?.kind !== 'delete' || stripeId === undefined) throw bug('no delete is open')
  const answer = await call(stripeCalls.deleteCustomer(stripeId))
  if (answer.kind === 'ok') return bury(ports, doc)
  if (answer.kind !== 'refused') return waitAndRetry(ports, doc, answer)
  if (![401, 403, 404].includes(answer.status)) return park(ports, doc, answer.code)
  const account = await ports.gate.recheck(doc.tenant_id, forbiddenCall(endpoint, answer))
  if (account === 'paused') return { kind: 'stopped', outcome: 'paused' }
  if (account === 'away') return { kind: 'stopped', outcome: 'waiting' }
  if (answer.status !== 404) return waitAndRetry(ports, doc, answer)
  // Deleted before, by an answer that was lost or by somebody else? A deleted customer is still shown as such.
  const shown = await passage.stripe.call(stripeCalls.getCustomer(stripeId))
  if (shown.kind === 'refused') return countFailure(ports, doc, 'missing_at_stripe')
  if (shown.kind !== 'ok') return waitAndRetry(ports, doc, shown)
  // What a delete does not find is living for nobody: that was read from before it was deleted.
  return parseStripeCustomer(shown.body).kind === 'deleted'
    ? bury(ports, doc)
    : waitAndRetry(ports, doc, oldNews)
}

function bury(ports: Ports, doc: CustomerDocument): Promise<StepResult> {
  if (!doc.intent) throw bug('no delete is open')
  return commitIntent(ports, doc, doc.intent, (current) => purged(current, momentOf(ports)))
}

/** Removes the person's data from every record but the tombstone, and then says in it that this is done. */
export const erase: StepOf = async (ports, _passage, doc) => {
  const ref = refOf(doc)
  // What it still has to tell is appended first, and then removed with the rest.
  await settleCustomer(ports, doc)
  await ports.store.eraseOperations(ref)
  await ports.store.eraseEvents(ref)
  await ports.store.eraseKeptPushes(ref)
  await ports.store.eraseStripeEvents(doc.tenant_id, doc.former_stripe_ids)
  await ports.store.eraseMirrors(doc.tenant_id, doc.former_stripe_ids)
  const written = await writeCustomer(ports, doc, (current) =>
    nextStep(current).kind === 'erase' ? erased(current) : null,
  )
  return { kind: 'again', doc: written.kind === 'duplicate' ? null : written.doc }
}
