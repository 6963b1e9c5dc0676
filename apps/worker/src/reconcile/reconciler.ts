// Owns the reconciliation of a tenant, step by step: a step is one page of Stripe's list, or some of our own documents.
// Promises: the pass is one at a time, whichever worker is on it (a lease in its record, kept by each step); whatever dies, it
// goes on from the last page that was done, and nobody is asked for twice; memory is that of a page.

import { comparePage } from '@lockstep/domain/reconciliation/compare-page'
import { isUnderWay } from '@lockstep/domain/reconciliation/difference'
import { windowOf } from '@lockstep/domain/reconciliation/list-window'
import {
  type Finding,
  findingKey,
  isRunning,
  type Reconciliation,
} from '@lockstep/domain/reconciliation/pass'
import {
  mayHold,
  next,
  noted,
  pageDone,
  scanDone,
  startedOver,
  withHeld,
} from '@lockstep/domain/reconciliation/pass-moves'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { type CustomerPage, parseCustomerPage } from '@lockstep/domain/stripe/customer-object'
import { type StripeAnswer, stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import type { Ports } from '../ports.ts'
import { forbiddenCall } from '../sync/back-off.ts'
import type { OpenPassage } from '../sync/step.ts'
import { type Ask, askOf, askOfHeld, askOfStranded, kindOfAbsent } from './ask.ts'
import { askMirrors, everything } from '../mirror/ask-mirrors.ts'
import { calmPorts } from './calm-ports.ts'
import { heldStrangers } from './first-sync.ts'
import { placeDocuments } from './place-documents.ts'
import { askForPass } from './request.ts'
import { sideBySide } from './side-by-side.ts'
import { openTurn, type Turn, writeRecord } from './turn.ts'

/**
 * idle: nothing is to be done. elsewhere: another process is on it. paused: a person must let the tenant go on. waiting: Stripe
 * is busy or away. more: at once again. done: the pass ended.
 */
export type ReconcileOutcome = 'idle' | 'elsewhere' | 'paused' | 'waiting' | 'more' | 'done'

export interface Reconciler {
  /** One step for this tenant. */
  step(tenantId: string): Promise<ReconcileOutcome>
}

export interface ReconcilerOptions {
  /** A pass begins this long after the last one was asked for (ms). */
  everyMs: number
  /** Aborted: a step ends after the customers that it has begun with. */
  stopping?: AbortSignal
}

/** Customers that are brought in step at once: enough to use what is left of Stripe's limits, few enough to stop soon. */
const atOnce = 8
/** Our own documents in one step: one reply of MongoDB of some MB. */
const scanMax = 500

/** A reconciler, as each worker process has one. */
export function openReconciler(ports: Ports, { everyMs, stopping }: ReconcilerOptions): Reconciler {
  const holder = ports.random.uuid()
  const calm = calmPorts(ports)

  return {
    async step(tenantId) {
      const tenant = await ports.gate.tenant(tenantId)
      const known = await ports.store.readReconciliation(tenantId)
      if (!known || !isRunning(known)) return begin(ports, { tenant, known, everyMs })
      if (!mayHold(known, holder, ports.clock.now())) return 'elsewhere'
      if (tenant.paused_inbound) return 'paused'
      const passage = await calm.gate.outbound(tenantId)
      if (passage.kind !== 'open') return passage.kind === 'paused' ? 'paused' : 'waiting'
      const turn = await openTurn(ports, known, { holder, ...(stopping && { stopping }) })
      if (!turn) return 'elsewhere'
      return known.pass.reading === 'stripe' ? readList(calm, passage, turn) : readOurs(calm, turn)
    },
  }
}

/** Nothing runs: the pass that somebody wished for, or the one whose time has come. */
async function begin(
  ports: Ports,
  { tenant, known, everyMs }: { tenant: Tenant; known: Reconciliation | null; everyMs: number },
): Promise<ReconcileOutcome> {
  if (known?.wish) return (await writeRecord(ports, next(known, ports.random.uuid()))) ? 'more' : 'elsewhere'
  const last = known?.pass.asked_at ?? tenant.created_at
  if (last + everyMs > ports.clock.now()) return 'idle'
  await askForPass(ports, tenant._id, { reason: 'schedule', expected: null })
  return 'more'
}

async function readList(calm: Ports, passage: OpenPassage, turn: Turn): Promise<ReconcileOutcome> {
  const { _id: tenantId, pass } = turn.record
  const { after } = pass.place
  const answer = await passage.stripe.call(
    stripeCalls.listCustomers(after === null ? {} : { startingAfter: after }),
  )
  if (answer.kind !== 'ok') return unread(calm, turn, answer)
  const page: CustomerPage = parseCustomerPage(answer.body)
  const window = windowOf(pass.place, page)
  const compared = await comparePage(calm.store, tenantId, { items: page.items, window })
  await placeDocuments(calm, compared.unplaced)
  const held = await heldStrangers(calm, passage, turn.record, compared.suspicions)
  if ('kind' in held) return unread(calm, turn, held)
  const asks = compared.suspicions.flatMap((suspicion) => {
    const hold = suspicion.kind === 'extra' && held.get(suspicion.listed.id)
    return (hold ? askOfHeld(hold, tenantId) : askOf(suspicion, { tenantId, id: pass.id })) ?? []
  })
  const findings = await askAll(calm, turn, asks)
  if (typeof findings === 'string') return findings
  const done = { window, hasMore: page.hasMore, listed: page.items.length, underWay: compared.underWay }
  const settled = new Set(page.items.map(({ id }) => id).filter((id) => !held.has(id)))
  const moved = await turn.move((record) =>
    withHeld(pageDone(record, { ...done, findings }), { more: [...held.values()], settled }),
  )
  return moved ? 'more' : 'elsewhere'
}

/** A page that Stripe did not show. */
async function unread(ports: Ports, turn: Turn, answer: StripeAnswer): Promise<ReconcileOutcome> {
  if (answer.kind !== 'refused') return 'waiting'
  if (answer.param === 'starting_after') return (await turn.move(startedOver)) ? 'more' : 'elsewhere'
  const account = await ports.gate.recheck(turn.record._id, forbiddenCall('GET /v1/customers', answer))
  return account === 'paused' ? 'paused' : 'waiting'
}

async function readOurs(calm: Ports, turn: Turn): Promise<ReconcileOutcome> {
  const { _id: tenantId, pass } = turn.record
  const docs = await calm.store.scanCustomers(tenantId, pass.here_after, scanMax)
  const asks = docs.flatMap((doc): Ask[] => {
    // Linked, and on no page of the list: where its place were known, a page would have told.
    const { stripe_id: stripeId, stripe } = doc
    const unlisted = stripeId !== undefined && stripe && stripe.created === undefined && !isUnderWay(doc)
    const absent = unlisted
      ? askOf(
          { kind: 'absent', ref: { customerId: doc._id, stripeId, created: 0 } },
          { tenantId, id: pass.id },
        )
      : null
    return [askOfStranded(doc) ?? absent].filter((ask) => ask !== null)
  })
  const findings = await askAll(calm, turn, asks)
  if (typeof findings === 'string') return findings
  // An event that came neither as a webhook nor by the list is made up for. Who never had anything at Stripe costs no read
  // there, and whom this pass itself took in is asked for already.
  const older = docs.filter(({ created_at }) => created_at < (pass.began_at ?? 0))
  const linked = older.flatMap(({ stripe_id: stripeId }) => stripeId ?? [])
  for (const stripeId of await calm.store.ownersOfMirrored(tenantId, linked)) {
    if (!(await turn.keep())) return 'elsewhere'
    await askMirrors(calm, { tenantId, stripeId }, everything, { calm: true })
  }
  const here = docs.filter(({ tombstone }) => !tombstone)
  const done = {
    after: docs.at(-1)?._id ?? null,
    here: here.length,
    // Those with a Stripe customer were counted on its page.
    underWay: here.filter((doc) => doc.stripe_id === undefined && isUnderWay(doc) && !askOfStranded(doc))
      .length,
    ended: docs.length < scanMax,
    now: calm.clock.now(),
  }
  if (!(await turn.move((record) => scanDone(record, { ...done, findings })))) return 'elsewhere'
  if (!done.ended) return 'more'
  const { id, reason, began_at, ended_at, counts } = turn.record.pass
  const ms = (ended_at ?? 0) - (began_at ?? 0)
  calm.log({ event: 'reconciliation_ended', tenant: tenantId, pass: id, reason, ms, ...counts })
  return 'done'
}

/**
 * Writes down what differs, asks for all of it, and answers how it turned out; or why the page is not done. What a process
 * before this one found on the same page, and asked for, differs no more: it counts as it was written down.
 */
async function askAll(calm: Ports, turn: Turn, asks: readonly Ask[]): Promise<Finding[] | ReconcileOutcome> {
  const fresh = new Map(asks.map((ask) => [findingKey(ask.finding), ask.finding]))
  const before = turn.record.pass.open.filter((finding) => !fresh.has(findingKey(finding)))
  const open = [...before, ...fresh.values()]
  if (open.length > before.length && !(await turn.move((record) => noted(record, open)))) return 'elsewhere'
  const stopped = await runAll(calm, turn, asks)
  if (stopped) return stopped
  const turnedOut = await Promise.all(
    open.map(async (finding): Promise<Finding | null> => {
      const kind = await kindOfAbsent(calm, turn.record._id, finding)
      return kind && { ...finding, kind }
    }),
  )
  return turnedOut.filter((finding) => finding !== null)
}

/** Runs them side by side; answers why not all were run, if not. */
async function runAll(calm: Ports, turn: Turn, asks: readonly Ask[]): Promise<ReconcileOutcome | null> {
  let stopped: ReconcileOutcome | null = null
  await sideBySide(asks, atOnce, async (ask) => {
    if (!(await ask.run(calm))) stopped = 'paused'
    else if (!(await turn.keep())) stopped = 'elsewhere'
    else if (turn.stopping?.aborted) stopped = 'waiting'
    return stopped === null
  })
  return stopped
}
