// Owns what a failed step leaves in the document: when to try again, and when a person must look (G11).
// Promises: 409, 429, 5xx and silence only ever wait; a failure that waiting cannot cure parks after `triesMax` in a
// row; a parked customer keeps its open intent, so that a retry goes on with the same key.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { withEvent } from '@lockstep/domain/event/outbox'
import type { StripeAnswer } from '@lockstep/domain/stripe/stripe-http'
import { momentOf, type Ports } from '../ports.ts'
import { writeCustomer } from '../write-customer.ts'

/** First pause; doubled by each failure in a row (ms). */
const firstMs = 500
/** Longest pause while Stripe is away: short enough that recovery is felt at once (ms). */
const longestMs = 30_000
/** Longest pause after a limit's answer: the budget paces already, so it is soon over (ms). */
const longestLimitedMs = 5_000

/** What a step ended in when it could not end well. */
export type Stopped = { kind: 'stopped'; outcome: 'waiting' | 'parked' }

/** What Stripe showed is known to have been replaced a moment ago: no other answer says "again, a little later" so well. */
export const oldNews: StripeAnswer = { kind: 'busy', status: 409, reason: 'old_state_read', requestId: null }

/** Stripe is busy or silent: the same again, later; at `latest` (ms) at the latest. */
export async function waitAndRetry(
  ports: Ports,
  doc: CustomerDocument,
  answer: StripeAnswer,
  latest = Infinity,
): Promise<Stopped> {
  const limited = answer.kind === 'busy' && answer.status === 429
  await stopUntil(ports, doc, (current) => {
    const waits = current.waits + 1
    const full = Math.min(limited ? longestLimitedMs : longestMs, firstMs * 2 ** Math.min(waits, 10))
    const at = ports.clock.now() + full * (0.5 + ports.random.next() / 2)
    return { waits, at: Math.min(at, latest), code: codeOf(answer) }
  })
  return { kind: 'stopped', outcome: 'waiting' }
}

/** Nothing to be done before this moment. */
export async function waitUntil(
  ports: Ports,
  doc: CustomerDocument,
  at: number,
  code: string,
): Promise<Stopped> {
  await stopUntil(ports, doc, (current) => ({ waits: current.waits, at, code }))
  return { kind: 'stopped', outcome: 'waiting' }
}

async function stopUntil(
  ports: Ports,
  doc: CustomerDocument,
  when: (doc: CustomerDocument) => { waits: number; at: number; code: string },
): Promise<void> {
  const now = ports.clock.now()
  const written = await writeCustomer(ports, doc, (current) => {
    const { waits, at, code } = when(current)
    return { ...current, waits, next_attempt_at: at, last_error: { code, at: now } }
  })
  if (written.kind !== 'written' || written.doc.next_attempt_at === null) return
  const subject = { kind: 'customer', tenantId: doc.tenant_id, id: doc._id } as const
  // The sweeper would ring too, a few seconds late; this bell is not remembered by anybody, and neither is its failure.
  void ports.clock
    .sleep(written.doc.next_attempt_at - now)
    .then(() => ports.doorbell.ring('stripe-sync', [subject]))
    .catch(() => undefined)
}

/** A failure that waiting cannot cure: counted, and parked at the last try. Several workers that fail in one try count as one. */
export async function countFailure(ports: Ports, doc: CustomerDocument, code: string): Promise<Stopped> {
  const last = doc.tries + 1 >= ports.settings.triesMax
  if (last) return park(ports, doc, code)
  const now = ports.clock.now()
  await writeCustomer(ports, doc, (current) =>
    current.tries !== doc.tries || movedOn(doc, current)
      ? null
      : {
          ...current,
          tries: doc.tries + 1,
          next_attempt_at: now + firstMs * 2 ** doc.tries,
          last_error: { code, at: now },
        },
  )
  return { kind: 'stopped', outcome: 'waiting' }
}

/** Failed for good until an operator says otherwise. */
export async function park(ports: Ports, doc: CustomerDocument, code: string): Promise<Stopped> {
  const moment = momentOf(ports)
  ports.log({ event: 'customer_parked', tenant: doc.tenant_id, customer: doc._id, code })
  await writeCustomer(ports, doc, (current) =>
    current.parked || movedOn(doc, current)
      ? null
      : withEvent(
          { ...current, parked: { code, at: moment.now }, last_error: { code, at: moment.now } },
          moment,
          { type: 'customer.parked', data: { code } },
        ),
  )
  return { kind: 'stopped', outcome: 'parked' }
}

/** Another worker has ended the step that failed here: what it found counts, and a person must not be called for less. */
function movedOn(before: CustomerDocument, now: CustomerDocument): boolean {
  return (
    now.obs !== before.obs || now.intent?.key !== before.intent?.key || now.stripe_id !== before.stripe_id
  )
}

/** In words, the call that the key has no right to make; undefined for any other refusal. */
export function forbiddenCall(
  call: string,
  { status, code }: { status: number; code: string },
): string | undefined {
  return status === 403 ? `${call}: 403 ${code}, the key lacks a right` : undefined
}

function codeOf(answer: StripeAnswer): string {
  if (answer.kind === 'busy') return answer.reason ?? `status_${answer.status}`
  if (answer.kind === 'refused') return answer.code
  return answer.kind
}
