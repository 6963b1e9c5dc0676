// Owns the look: one GET of the Stripe customer, accepted only if nothing else was accepted since it began.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { bug } from '@lockstep/domain/error/catalogue'
import { parseStripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { type StripeAnswer, stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import { accept } from '@lockstep/domain/sync/observe'
import { fromStripe } from '@lockstep/domain/sync/canonical'
import { unlinked } from '@lockstep/domain/sync/intent'
import { nextStep } from '@lockstep/domain/sync/plan'
import { doubtedUntil } from '@lockstep/domain/sync/replaced'
import { askMirrors } from '../mirror/ask-mirrors.ts'
import { momentOf } from '../ports.ts'
import { refOf, writeCustomer } from '../write-customer.ts'
import { countFailure, forbiddenCall, oldNews, waitAndRetry } from './back-off.ts'
import { countOverwrites } from './lost-edits.ts'
import type { StepOf, StepResult } from './step.ts'

/** Looks once. */
export const look: StepOf = async (ports, passage, doc) => {
  return passage.stripe.withSlot('GET /v1/customers/{id}', async (call, waited) => {
    const start = waited ? await ports.store.readCustomer(refOf(doc)) : doc
    if (!start || nextStep(start).kind !== 'look') return { kind: 'again', doc: start }
    if (start.stripe_id === undefined) throw bug('a look without a link')
    const answer = await call(stripeCalls.getCustomer(start.stripe_id))
    if (answer.kind === 'refused') return refusedLook(ports, start, answer)
    if (answer.kind !== 'ok') return waitAndRetry(ports, start, answer)
    const seen = parseStripeCustomer(answer.body)
    if (seen.kind === 'deleted') return archiveDeleted(ports, start)
    await askForTransactions(ports, start, seen.customer.balance ?? 0)
    const policyFor = ports.gate.policyOf(passage.tenant)
    let doubted: number | null = null
    const written = await writeCustomer(ports, start, (current) => {
      if (!stillMine(start, current)) return null
      doubted = doubtedUntil(current, fromStripe(seen.customer), ports.clock.now())
      if (doubted !== null) return null
      const observation = {
        customer: seen.customer,
        lookedFor: start.wanted,
        began: start.desired,
        policyFor,
      }
      return {
        ...accept(current, observation, momentOf(ports)),
        next_attempt_at: null,
        waits: 0,
        tries: 0,
        last_error: null,
      }
    })
    if (doubted !== null) return waitAndRetry(ports, start, oldNews, doubted)
    if (written.kind === 'duplicate') throw bug(`a look broke ${written.rule}`)
    if (written.kind === 'written') await countOverwrites(ports, start, written.doc)
    return { kind: 'again', doc: written.doc }
  })
}

/**
 * A balance that moved has a new transaction behind it, of which Stripe sends no event. Asked for before the look is stored:
 * after it nobody would know any more that it moved.
 */
async function askForTransactions(
  ports: Parameters<StepOf>[0],
  { tenant_id: tenantId, stripe_id: stripeId, stripe }: CustomerDocument,
  balance: number,
): Promise<void> {
  if (stripeId === undefined || balance === (stripe?.balance ?? 0)) return
  await askMirrors(ports, { tenantId, stripeId }, [{ kind: 'balance_transaction', id: null }], { calm: true })
}

/** Nothing was accepted and nothing opened since the look began; operations alone may have moved `rev`. */
function stillMine(start: CustomerDocument, current: CustomerDocument): boolean {
  return current.obs === start.obs && current.intent === null && current.stripe_id === start.stripe_id
}

async function archiveDeleted(ports: Parameters<StepOf>[0], start: CustomerDocument): Promise<StepResult> {
  // Counted before it is done: a crash in between counts once too often, never once too few.
  if (!(await ports.gate.brake(start.tenant_id))) return { kind: 'stopped', outcome: 'paused' }
  const written = await writeCustomer(ports, start, (current) =>
    stillMine(start, current) ? unlinked(current, momentOf(ports)) : null,
  )
  if (written.kind === 'duplicate') throw bug(`an unlink broke ${written.rule}`)
  return { kind: 'again', doc: written.doc }
}

async function refusedLook(
  ports: Parameters<StepOf>[0],
  doc: CustomerDocument,
  answer: Extract<StripeAnswer, { kind: 'refused' }>,
): Promise<StepResult> {
  if (![401, 403, 404].includes(answer.status)) return countFailure(ports, doc, answer.code)
  const account = await ports.gate.recheck(doc.tenant_id, forbiddenCall('GET /v1/customers/{id}', answer))
  if (account === 'paused') return { kind: 'stopped', outcome: 'paused' }
  if (account === 'away') return { kind: 'stopped', outcome: 'waiting' }
  // A deleted customer answers 200: a 404 in the right account, again and again, is something that only a person can explain.
  return answer.status === 404
    ? countFailure(ports, doc, 'missing_at_stripe')
    : waitAndRetry(ports, doc, answer)
}
