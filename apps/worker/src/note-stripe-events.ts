// Owns the other half of lane 1: the Stripe events of one Stripe customer are noted in its document.
// Promises: an event asks for a look and is never a source of state; it is marked done after the document is written
// (counterexample 20); one whose customer is not known here, or that must be fetched first, goes on to lane 2, undone.

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { kindOfEvent } from '@lockstep/domain/mirror/kinds'
import type { StripeEventOutcome, StripeEventRecord } from '@lockstep/domain/stripe/stripe-event'
import { mustFetch, noted } from '@lockstep/domain/sync/echo'
import { customerOfCreateKey } from '@lockstep/domain/sync/intent'
import { askMirrors, isBuried, wishesOf } from './mirror/ask-mirrors.ts'
import { momentOf, type Ports } from './ports.ts'
import { settleCustomer } from './settle-customer.ts'
import { type ApplyOutcome, ringIfDue } from './work-customer-apply.ts'
import { countOverwrites } from './sync/lost-edits.ts'
import { writeCustomer } from './write-customer.ts'

/** Events noted in one write. */
const batchMax = 100
const mirrored = /^(v1\.)?customer\.(created|updated|deleted|discount\..*)$|^lockstep\.customer\.seen$/

/** Notes all waiting events of one Stripe customer. */
export async function noteStripeEvents(
  ports: Ports,
  tenantId: string,
  stripeId: string,
): Promise<ApplyOutcome> {
  const tenant = await ports.gate.tenant(tenantId)
  if (tenant.paused_inbound) return 'paused'
  let outcome: ApplyOutcome = 'idle'
  for (;;) {
    const all = await ports.store.waitingStripeEvents(tenantId, stripeId, batchMax)
    const others = all.filter(({ type }) => !mirrored.test(type))
    await noteMirrored(ports, { tenantId, stripeId }, others)
    const events = all.filter(({ type }) => mirrored.test(type))
    if (events.length === 0) return others.length > 0 ? 'noted' : outcome
    const doc = await whose(ports, tenantId, stripeId, events)
    if (!doc) return nobodys(ports, tenantId, stripeId, events)
    const unfetched = events.filter((event) => mustFetch(doc, event, ports.clock.now()))
    const ready = events.filter((event) => !unfetched.includes(event))
    if (ready.length > 0 && !(await noteIn(ports, { doc, stripeId }, ready))) continue
    if (unfetched.length > 0) return handOn(ports, tenantId, stripeId)
    outcome = 'noted'
    if (all.length < batchMax) return outcome
  }
}

/** Events of what is mirrored one way ask for a re-read of that object; the ask is durable before they are done. */
async function noteMirrored(
  ports: Ports,
  about: { tenantId: string; stripeId: string },
  events: StripeEventRecord[],
): Promise<void> {
  const asking = events.filter(({ type }) => kindOfEvent(type) !== null)
  const others = events.filter((event) => !asking.includes(event))
  await markAll(ports, others, 'not_mirrored')
  if (asking.length === 0) return
  const buried = await isBuried(ports, about.tenantId, about.stripeId)
  if (!buried) await askMirrors(ports, about, wishesOf(asking), { calm: true })
  await markAll(ports, asking, buried ? 'known' : 'mirrored')
}

/** The linked document, or the one whose open create these events prove. */
async function whose(
  ports: Ports,
  tenantId: string,
  stripeId: string,
  events: StripeEventRecord[],
): Promise<CustomerDocument | null> {
  const linked = await ports.store.findByStripeId(tenantId, stripeId)
  if (linked) return linked
  for (const event of events) {
    for (const customerId of [event.lockstep_id, customerOfCreateKey(event.idempotency_key)]) {
      const doc = customerId ? await ports.store.readCustomer({ tenantId, customerId }) : null
      if (doc?.intent?.kind === 'create' && doc.stripe_id === undefined) return doc
    }
  }
  return null
}

async function nobodys(
  ports: Ports,
  tenantId: string,
  stripeId: string,
  events: StripeEventRecord[],
): Promise<ApplyOutcome> {
  if (await areOfFormer(ports, tenantId, stripeId, events)) return 'known'
  return handOn(ports, tenantId, stripeId)
}

/** Marks these events done where their Stripe customer was somebody's once, and is nobody's any more. */
export async function areOfFormer(
  ports: Ports,
  tenantId: string,
  stripeId: string,
  events: StripeEventRecord[],
): Promise<boolean> {
  if (!(await ports.store.findByFormerStripeId(tenantId, stripeId))) return false
  await markAll(ports, events, 'known')
  return true
}

/** Only Stripe can tell what is missing. */
async function handOn(ports: Ports, tenantId: string, stripeId: string): Promise<ApplyOutcome> {
  await ports.doorbell.ring('stripe-sync', [{ kind: 'stripe_customer', tenantId, id: stripeId }], {
    calm: true,
  })
  return 'handed_on'
}

/** False: it could not be noted there (the document moved on, or a twin holds the link); whose it is must be asked again. */
async function noteIn(
  ports: Ports,
  { doc, stripeId }: { doc: CustomerDocument; stripeId: string },
  events: StripeEventRecord[],
): Promise<boolean> {
  const tenant = await ports.gate.tenant(doc.tenant_id)
  const policyFor = ports.gate.policyOf(tenant)
  const kept = new Map<string, Awaited<ReturnType<typeof ports.store.findKeptPush>>>()
  for (const { idempotency_key: key } of events) {
    if (key?.startsWith('ls:')) kept.set(key, await keptPush(ports, doc, key))
  }
  const outcomes = new Map<string, StripeEventOutcome>()
  const written = await writeCustomer(ports, doc, (current) => {
    // Linked elsewhere meanwhile: these events tell of a duplicate, and noted here they would be lost.
    if (current.stripe_id !== undefined && current.stripe_id !== stripeId) return null
    // A push that moved to its own collection since it was looked for must be found there, or its echo passes for a
    // stranger's and the edit that it overwrote is never told.
    if ([...kept.keys()].some((key) => isHere(doc, key) && !isHere(current, key))) return null
    let next = current
    for (const event of events) {
      const keptPush = kept.get(event.idempotency_key ?? '') ?? null
      const note = noted(next, { event, keptPush, policyFor }, momentOf(ports))
      outcomes.set(event._id, note.outcome)
      next = note.doc
    }
    return next
  })
  if (written.kind !== 'written') return false
  await countOverwrites(ports, doc, written.doc)
  const at = ports.clock.now()
  await ports.store.markStripeEvents(
    events.map(({ _id: id }) => ({ id, at, outcome: outcomes.get(id) ?? 'looked' })),
  )
  // A look that a webhook asked for comes after the writes that callers wait for, as in the budget.
  await ringIfDue(ports, await settleCustomer(ports, written.doc), { calm: true })
  return true
}

async function keptPush(ports: Ports, doc: CustomerDocument, key: string) {
  return isHere(doc, key) ? null : ports.store.findKeptPush(doc.tenant_id, key)
}

function isHere(doc: CustomerDocument, key: string): boolean {
  return doc.intent?.key === key || doc.pushes.some((push) => push.key === key)
}

/** Marks Stripe events done, all with one outcome. */
export async function markAll(
  ports: Ports,
  events: StripeEventRecord[],
  outcome: StripeEventOutcome,
): Promise<void> {
  if (events.length === 0) return
  const at = ports.clock.now()
  await ports.store.markStripeEvents(events.map(({ _id: id }) => ({ id, at, outcome })))
}
