// Owns the link that a caller asks for: the named Stripe customer is looked at first, and linked only if it is alive and
// nobody else's. Promises: nothing is written at Stripe before the link stands here.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import type { ErrorCode } from '@lockstep/domain/error/catalogue'
import { lockstepIdOf, parseStripeCustomer, type SeenCustomer } from '@lockstep/domain/stripe/customer-object'
import { type StripeAnswer, stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import { linkedAsAsked, linkRefused } from '@lockstep/domain/sync/link'
import { nextStep } from '@lockstep/domain/sync/plan'
import { askMirrors, everything } from '../mirror/ask-mirrors.ts'
import { momentOf, type Ports } from '../ports.ts'
import { refOf, writeCustomer } from '../write-customer.ts'
import { absorbTwin } from './absorb-twin.ts'
import { forbiddenCall, waitAndRetry } from './back-off.ts'
import type { StepOf, StepResult } from './step.ts'

const endpoint = 'GET /v1/customers/{id}'

/** Looks at the named customer once, and links it or refuses. */
export const link: StepOf = (ports, passage, doc) =>
  passage.stripe.withSlot(endpoint, async (call, waited) => {
    const start = waited ? await ports.store.readCustomer(refOf(doc)) : doc
    if (!start?.link || nextStep(start).kind !== 'link') return { kind: 'again', doc: start }
    const answer = await call(stripeCalls.getCustomer(start.link.stripe_id))
    if (answer.kind === 'refused') return refused(ports, start, answer)
    if (answer.kind !== 'ok') return waitAndRetry(ports, start, answer)
    const reason = await reasonAgainst(ports, start, start.link.stripe_id, parseStripeCustomer(answer.body))
    // What it has at Stripe already sent its events to nobody.
    const about = { tenantId: start.tenant_id, stripeId: start.link.stripe_id }
    if (reason === null) await askMirrors(ports, about, everything, { calm: true })
    return end(ports, start, (current) =>
      reason === null
        ? linkedAsAsked(current, momentOf(ports))
        : linkRefused(current, reason, momentOf(ports)),
    )
  })

async function reasonAgainst(
  ports: Ports,
  doc: CustomerDocument,
  stripeId: string,
  seen: SeenCustomer,
): Promise<ErrorCode | null> {
  if (seen.kind === 'deleted') return 'no_such_stripe_customer'
  const claimed = lockstepIdOf(seen.customer)
  if (claimed && claimed !== doc._id) {
    // Made for another customer of ours, whose create may still be under way.
    const owner = await ports.store.readCustomer({ tenantId: doc.tenant_id, customerId: claimed })
    if (owner && !owner.tombstone && owner.touched_by_api) return 'external_billing_id_taken'
  }
  return (await absorbTwin(ports, doc, stripeId)) ? null : 'external_billing_id_taken'
}

async function refused(
  ports: Ports,
  doc: CustomerDocument,
  answer: Extract<StripeAnswer, { kind: 'refused' }>,
): Promise<StepResult> {
  if ([401, 403, 404].includes(answer.status)) {
    // The key may be another account's: nothing is refused before that is known.
    const account = await ports.gate.recheck(doc.tenant_id, forbiddenCall(endpoint, answer))
    if (account === 'paused') return { kind: 'stopped', outcome: 'paused' }
    if (account === 'away') return { kind: 'stopped', outcome: 'waiting' }
    if (answer.status !== 404) return waitAndRetry(ports, doc, answer)
  }
  return end(ports, doc, (current) => linkRefused(current, 'no_such_stripe_customer', momentOf(ports)))
}

/** Ends the very link that was looked at. Somebody who took the Stripe customer meanwhile is met by the next turn. */
async function end(
  ports: Ports,
  doc: CustomerDocument,
  decide: (current: CustomerDocument) => CustomerDocument,
): Promise<StepResult> {
  const written = await writeCustomer(ports, doc, (current) =>
    current.link?.operation_id === doc.link?.operation_id && nextStep(current).kind === 'link'
      ? decide(current)
      : null,
  )
  return { kind: 'again', doc: written.kind === 'duplicate' ? null : written.doc }
}
