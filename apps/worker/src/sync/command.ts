// Owns a command's call: written down as the document's intent, made, and settled by its answer (PROTOCOL section 4).
// Promises: exactly once for what Stripe counts (a credit, a tax id), also where the answer was lost, a 500 hid the effect or
// Stripe has forgotten the key; while one is in doubt the next one waits.

import { commandLookUp, saysDone, tookEffect, unknownOf } from '@lockstep/domain/command/command'
import type { CustomerDocument, Intent } from '@lockstep/domain/customer/document'
import { bug } from '@lockstep/domain/error/catalogue'
import { parseStripeCustomer } from '@lockstep/domain/stripe/customer-object'
import { readAll } from '@lockstep/domain/stripe/look-up'
import { type StripeAnswer, type StripeCall, stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import {
  commandDone,
  commandKnown,
  commandOf,
  commandParked,
  commandRefused,
  commandUnknown,
  openedCommand,
} from '@lockstep/domain/sync/command-intent'
import { mayCall, reopened } from '@lockstep/domain/sync/intent'
import { nextStep } from '@lockstep/domain/sync/plan'
import { z } from 'zod'
import type { Ports } from '../ports.ts'
import { refOf, writeCustomer } from '../write-customer.ts'
import { forbiddenCall, park, waitAndRetry, waitUntil } from './back-off.ts'
import { commitIntent } from './commit-intent.ts'
import type { OpenPassage, StepOf, StepResult } from './step.ts'

/** Opens the first waiting command and makes its call. */
export const startCommand: StepOf = async (ports, passage, doc) => {
  const step = nextStep(doc)
  if (step.kind !== 'command') throw bug(`a command for the step ${step.kind}`)
  const operation = await ports.store.readOperation(doc.tenant_id, step.operationId)
  if (!operation) throw bug('a waiting command without its record')
  const opened = openedCommand(doc, operation, ports.clock.now())
  const { endpoint } = commandOf(opened.intent ?? never())
  return passage.stripe.withSlot(endpoint, async (call, waited) => {
    const start = waited ? await ports.store.readCustomer(refOf(doc)) : doc
    const planned = start ? nextStep(start) : null
    if (!start || start.parked || planned?.kind !== 'command' || planned.operationId !== operation._id)
      return { kind: 'again', doc: start }
    const written = await writeCustomer(ports, start, (current) =>
      current.rev === start.rev ? openedCommand(start, operation, ports.clock.now()) : null,
    )
    if (written.kind !== 'written') return { kind: 'again', doc: null }
    return callCommand(ports, passage, written.doc, call)
  })
}

/** Goes on with an open command: the same call again, or its doubt. */
export const resolveCommand: StepOf = async (ports, passage, doc) => {
  const intent = doc.intent ?? never()
  if (intent.doubt_since !== null) return resolveCommandDoubt(ports, passage, doc, intent)
  if (!mayCall(intent, ports.clock.now())) {
    return commitIntent(ports, doc, intent, (current) => commandUnknown(current, ports.clock.now()))
  }
  return passage.stripe.withSlot(commandOf(intent).endpoint, async (call, waited) => {
    const start = waited ? await ports.store.readCustomer(refOf(doc)) : doc
    // A slot may be waited for: the age of the key is judged last.
    if (start?.intent?.key !== intent.key || !mayCall(start.intent, ports.clock.now()))
      return { kind: 'again', doc: start }
    return callCommand(ports, passage, start, call)
  })
}

async function callCommand(
  ports: Ports,
  passage: OpenPassage,
  doc: CustomerDocument,
  call: (call: StripeCall) => Promise<StripeAnswer>,
): Promise<StepResult> {
  const intent = doc.intent ?? never()
  const { method, path, endpoint } = commandOf(intent)
  const keyed = method === 'POST' ? { form: intent.form, idempotencyKey: intent.key } : {}
  const answer = await call({ method, path, endpoint, ...keyed })
  if (answer.kind === 'busy' || answer.kind === 'silence') return waitAndRetry(ports, doc, answer)
  if (answer.kind === 'ok') {
    await keepLink(ports, doc, answer.body)
    return commitIntent(ports, doc, intent, (current) => commandDone(current, answer.body))
  }
  if (answer.kind === 'refused') return refusedCommand(ports, passage, doc, answer)
  // A call without a key has no stored answer: it is simply made again.
  const how = unknownOf(commandOf(intent).kind)
  if (how === 'repeat') return waitAndRetry(ports, doc, answer)
  const unknown = await commitIntent(ports, doc, intent, (current) =>
    commandUnknown(current, ports.clock.now()),
  )
  const isOpenAgain = (how === 'anew' || how === 'deduped') && unknown.kind === 'again'
  return isOpenAgain && unknown.doc?.intent ? waitAndRetry(ports, unknown.doc, answer) : unknown
}

/** How long the link to the billing portal may be read here (ms): Stripe ends one that is not used in as much (docs.stripe.com). */
const portalLinkMs = 5 * 60_000
const portalSession = z.object({ url: z.string() })

/** Before the outcome says that there is one. The operation itself never holds it. */
async function keepLink(ports: Ports, doc: CustomerDocument, body: unknown): Promise<void> {
  const { kind, operation_id: operationId } = commandOf(doc.intent ?? never())
  if (kind !== 'create_portal_session') return
  const { url } = portalSession.parse(body)
  const expiresAt = ports.clock.now() + portalLinkMs
  await ports.store.keepPortalLink({ tenantId: doc.tenant_id, operationId, url, expiresAt })
}

async function refusedCommand(
  ports: Ports,
  passage: OpenPassage,
  doc: CustomerDocument,
  answer: Extract<StripeAnswer, { kind: 'refused' }>,
): Promise<StepResult> {
  const intent = doc.intent ?? never()
  const { kind, endpoint } = commandOf(intent)
  if (answer.code === 'idempotency_error') return park(ports, doc, 'idempotency_error')
  if ([401, 403, 404].includes(answer.status)) {
    // The key may be another account's: nothing is closed before that is known (counterexample 36).
    const account = await ports.gate.recheck(doc.tenant_id, forbiddenCall(endpoint, answer))
    if (account === 'paused') return { kind: 'stopped', outcome: 'paused' }
    if (account === 'away') return { kind: 'stopped', outcome: 'waiting' }
    if (answer.status !== 404) return waitAndRetry(ports, doc, answer)
    return missing(ports, passage, doc, answer)
  }
  if (saysDone(commandOf(intent), answer.param)) return commitIntent(ports, doc, intent, commandKnown)
  // A repeat under a new key may be refused because the first call took effect after all.
  if (unknownOf(kind) === 'wait' && intent.keys.length > 1) {
    const settled = await settledByMethod(ports, passage, doc)
    if (settled) return settled
  }
  return commitIntent(ports, doc, intent, (current) => commandRefused(current, refusalOf(answer)))
}

/** 404 in the right account. What is deleted is deleted; what a first try would have made is in doubt; else: no such thing. */
async function missing(
  ports: Ports,
  passage: OpenPassage,
  doc: CustomerDocument,
  answer: Extract<StripeAnswer, { kind: 'refused' }>,
): Promise<StepResult> {
  const intent = doc.intent ?? never()
  const how = unknownOf(commandOf(intent).kind)
  if (how === 'look_up') {
    return commitIntent(ports, doc, intent, (current) => commandUnknown(current, ports.clock.now()))
  }
  if (how === 'wait' && intent.keys.length > 1) {
    const settled = await settledByMethod(ports, passage, doc)
    if (settled) return settled
  }
  return commitIntent(ports, doc, intent, (current) => commandRefused(current, refusalOf(answer)))
}

function refusalOf({ code, param }: Extract<StripeAnswer, { kind: 'refused' }>) {
  return { code, param }
}

/** The payment method itself tells whether an attach or detach took effect; null: it did not. */
async function settledByMethod(
  ports: Ports,
  passage: OpenPassage,
  doc: CustomerDocument,
): Promise<StepResult | null> {
  const intent = doc.intent ?? never()
  const { kind, path } = commandOf(intent)
  const method = path.split('/')[3] ?? ''
  const answer = await passage.stripe.call(stripeCalls.getPaymentMethod(decodeURIComponent(method)))
  if (answer.kind === 'refused') return null
  if (answer.kind !== 'ok') return waitAndRetry(ports, doc, answer)
  if (!tookEffect(kind, answer.body, doc.stripe_id ?? '')) return null
  return commitIntent(ports, doc, intent, (current) => commandDone(current, answer.body))
}

/** Whether a command of unknown outcome took effect: its list tells, or an hour passes and it is called under a new key. */
async function resolveCommandDoubt(
  ports: Ports,
  passage: OpenPassage,
  doc: CustomerDocument,
  intent: Intent,
): Promise<StepResult> {
  const began = ports.clock.now()
  const lookUp = commandLookUp(commandOf(intent), intent.form)
  if (lookUp) {
    const listed = await readAll(lookUp.page, (cursor) => passage.stripe.call(lookUp.read(cursor)))
    if (listed.kind === 'failed') return failedLookUp(ports, doc, listed.answer)
    const found = listed.items.find(lookUp.isIt)
    if (found) return commitIntent(ports, doc, intent, (current) => commandDone(current, found))
  }
  const counts = (intent.doubt_since ?? began) + ports.settings.doubtGraceMs
  if (began < counts) return waitUntil(ports, doc, counts, 'command_in_doubt')
  if (await isDeleted(passage, doc)) {
    return commitIntent(ports, doc, intent, (current) => commandParked(current, 'link_lost'))
  }
  return commitIntent(ports, doc, intent, (current) => reopened(current, ports.clock.now()))
}

async function failedLookUp(ports: Ports, doc: CustomerDocument, answer: StripeAnswer): Promise<StepResult> {
  if (answer.kind !== 'refused') return waitAndRetry(ports, doc, answer)
  const account = await ports.gate.recheck(doc.tenant_id, forbiddenCall('a look-up', answer))
  if (account !== 'same') return { kind: 'stopped', outcome: account === 'paused' ? 'paused' : 'waiting' }
  // The list of a customer that is gone: nobody will ever tell.
  return commitIntent(ports, doc, doc.intent ?? never(), (current) => commandParked(current, 'link_lost'))
}

/** A dead customer takes no new call, and its old one will be asked for no more. */
async function isDeleted(passage: OpenPassage, doc: CustomerDocument): Promise<boolean> {
  if (doc.stripe_id === undefined) return true
  const answer = await passage.stripe.call(stripeCalls.getCustomer(doc.stripe_id))
  return answer.kind === 'ok' && parseStripeCustomer(answer.body).kind === 'deleted'
}

function never(): never {
  throw bug('no command is open')
}
