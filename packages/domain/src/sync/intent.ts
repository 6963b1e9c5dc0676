// Owns the life of an intent: the one Stripe write that may be on its way (PROTOCOL sections 4 and 5). Pure.
// States of an update: none → open → none. Of a create: none → open → (doubt → open)* → none, linked.
// Every move is one write of the document; the call itself stands between two of them.

import type { CustomerDocument, Intent, Push, SentLeaf } from '../customer/document.ts'
import { leavesOf, treeOf } from '../customer/tree.ts'
import { apiField } from '../customer/view.ts'
import { type Moment, withEvent } from '../event/outbox.ts'
import { bug } from '../error/catalogue.ts'
import type { StripeCustomer } from '../stripe/customer-object.ts'
import { isReserved, stored } from './canonical.ts'
import { withoutDouble } from './double.ts'
import { formOf, leavesOfParam } from './form.ts'
import type { Policy } from './merge.ts'
import { accept } from './observe.ts'
import { standingRefusals } from './plan.ts'
import { withReplacedByPush } from './replaced.ts'

/** Stripe may prune a key once it is 24 h old; an hour is left for a call that sleeps on its way (ms). */
export const keyUsableMs = 23 * 3600 * 1000

/** The document with an intent written down; nothing was sent yet. */
export function opened(
  doc: CustomerDocument,
  step: { kind: 'create' | 'update'; leaves: SentLeaf[] },
  now: number,
): CustomerDocument {
  if (doc.intent) throw bug('an intent is open already')
  const key = intentKey(doc, step.kind)
  const intent: Intent = {
    kind: step.kind,
    key,
    form: formOf(step.leaves),
    sent: step.leaves,
    expect: step.leaves.flatMap(({ k }) => expected(doc, k)),
    since: now,
    first_since: now,
    keys: [key],
    doubt_since: null,
    echoed: false,
  }
  return { ...doc, intent, intent_n: doc.intent_n + 1 }
}

/**
 * What a leaf may hold at Stripe by the time of the call: what our own pushes of unknown outcome would make of it, rolled
 * forward, and what it shows now. That comes last: a version that knows but one value a leaf takes the last.
 */
function expected(doc: CustomerDocument, leaf: string): SentLeaf[] {
  const shown = { k: leaf, v: stored(treeOf(doc.observed), leaf) }
  const ours = doc.pushes.flatMap(({ ok, sent }) => (ok ? [] : sent.filter(({ k }) => k === leaf)))
  return [...ours.filter(({ v }) => v !== shown.v), shown]
}

/** The next key of this customer: deterministic, and never used before. */
export function intentKey(doc: CustomerDocument, kind: string): string {
  return `ls:${kind}:${doc._id}:${doc.gen}.${doc.intent_n + 1}`
}

/** The customer id inside one of our create keys; null for any other text. */
export function customerOfCreateKey(key: string | null): string | null {
  return /^ls:create:([^:]+):\d+\.\d+$/.exec(key ?? '')?.[1] ?? null
}

/** May the stored key still be sent? From 23 h on, and in doubt, never again. */
export function mayCall(intent: Intent, now: number): boolean {
  return intent.doubt_since === null && now - intent.since < keyUsableMs
}

export interface Answered {
  customer: StripeCustomer
  /** The answer was stored before: an old snapshot, so a fresh look is due. */
  replayed: boolean
  /** What callers wanted when the call was made; absent: what they want now. */
  began?: CustomerDocument['desired']
  policyFor: (leaf: string) => Policy
}

/** A 200 to the open intent: base becomes what was sent, the answer is accepted, the link is made. */
export function answered(doc: CustomerDocument, answer: Answered, moment: Moment): CustomerDocument {
  const intent = openIntent(doc)
  const linked = intent.kind === 'create' ? linkedTo(doc, answer.customer.id, moment) : doc
  const settled = { ...withPush(linked, intent, true, moment.now), base: agreed(linked, intent.sent) }
  // A stored answer shows what was then, and what a caller wrote since would pass for agreed: a look tells what is now.
  if (answer.replayed)
    return calmed(wanting(withReplacedByPush({ ...settled, obs: settled.obs + 1 }, intent, moment.now)))
  const { customer, began, policyFor } = answer
  const seen = { customer, lookedFor: null, policyFor, ...(began && { began }) }
  const accepted = withMarksHeld(accept(settled, seen, moment), intent.sent, moment.now)
  return calmed(withReplacedByPush(accepted, intent, moment.now))
}

/**
 * A mark of ours that Stripe's own answer shows in another form (trimmed, cut) is held: a caller's value would be taken as
 * Stripe has it, but a mark is never taken, so it would be sent again after each answer, for ever.
 */
function withMarksHeld(doc: CustomerDocument, sent: readonly SentLeaf[], now: number): CustomerDocument {
  const observed = treeOf(doc.observed)
  const changed = sent.filter(({ k, v }) => isReserved(k) && stored(observed, k) !== v)
  if (changed.length === 0) return doc
  const kept = doc.refused.filter(({ k }) => !changed.some((leaf) => leaf.k === k))
  const held = changed.map((leaf) => ({ ...leaf, code: 'changed_by_stripe', param: null, at: now }))
  return { ...doc, refused: [...kept, ...held] }
}

/** A create proven by an event or a look-up: linked, and looked at; no state read before counts. */
export function proven(doc: CustomerDocument, stripeId: string, moment: Moment): CustomerDocument {
  const intent = openIntent(doc)
  const linked = linkedTo(withPush(doc, intent, true, moment.now), stripeId, moment)
  return calmed({ ...linked, base: agreed(linked, intent.sent), obs: doc.obs + 1 })
}

/** Links, and asks for a look: a deletion in between may have found nobody to tell. */
export function linkedTo(doc: CustomerDocument, stripeId: string, moment: Moment): CustomerDocument {
  const wanted = Math.max(doc.wanted, doc.seen + 1)
  const next = { ...withoutDouble(doc, stripeId), stripe_id: stripeId, wanted }
  return withEvent(next, moment, { type: 'customer.linked', data: { stripe_customer_id: stripeId } })
}

/** Stripe refused the parameters (400, 402): the value is held back, the other fields travel next. */
export function refusedBy(
  doc: CustomerDocument,
  refusal: { code: string; param: string | null },
  moment: Moment,
): CustomerDocument {
  const intent = openIntent(doc)
  const named = leavesOfParam(refusal.param, intent.sent)
  // A refusal that names nothing of ours: one leaf a time, until the guilty one stands alone.
  const guilty = named.length > 0 || !doc.one_leaf ? named : intent.sent.map(({ k }) => k)
  const closed = { ...doc, intent: null, obs: doc.obs + 1 }
  if (guilty.length === 0) return { ...closed, one_leaf: true }
  const values = new Map(intent.sent.map(({ k, v }) => [k, v]))
  const refused = guilty.map((k) => ({ k, v: values.get(k) ?? null, ...refusal, at: moment.now }))
  // What no longer stands is forgotten, so that the list stays as long as the customer's fields are many.
  const standing = standingRefusals(doc)
  const kept = doc.refused.filter(({ k }) => standing.has(k) && !guilty.includes(k))
  return withEvent({ ...closed, refused: [...kept, ...refused] }, moment, {
    type: 'customer.held',
    data: { fields: guilty.map(apiField), code: refusal.code },
  })
}

/** The outcome will not be told (a stored 500, or too old to ask): an update is looked at anew, a create is in doubt. */
export function unknown(doc: CustomerDocument, now: number): CustomerDocument {
  const intent = openIntent(doc)
  if (intent.kind === 'create')
    return { ...doc, intent: { ...intent, doubt_since: intent.doubt_since ?? now } }
  if (intent.kind !== 'update') throw bug(`a ${intent.kind} is no push`)
  return wanting({ ...withPush(doc, intent, false, now), obs: doc.obs + 1 })
}

/** The object turned out to be deleted, or gone: the look decides what happened. */
export function closedForLook(doc: CustomerDocument): CustomerDocument {
  openIntent(doc)
  return wanting({ ...doc, intent: null, obs: doc.obs + 1 })
}

/** A look-up that counts found nothing: the create goes on under a new key. */
export function reopened(doc: CustomerDocument, now: number): CustomerDocument {
  const intent = openIntent(doc)
  const key = intentKey(doc, intent.kind)
  const next: Intent = { ...intent, key, keys: [...intent.keys, key], since: now, doubt_since: null }
  return { ...doc, intent: next, intent_n: doc.intent_n + 1 }
}

/** A look showed it deleted: archived and unlinked, ready for a next generation if somebody unarchives it. */
export function unlinked(doc: CustomerDocument, moment: Moment): CustomerDocument {
  const { stripe_id: former } = doc
  if (former === undefined) throw bug('unlinking a customer without a link')
  const archive = doc.state === 'active' || doc.state === 'suspended'
  const next: CustomerDocument = {
    ...withoutLink(doc),
    state: archive ? 'archived' : doc.state,
    version: archive ? doc.version + 1 : doc.version,
    updated_at: archive ? moment.now : doc.updated_at,
  }
  const told = withEvent(next, moment, { type: 'customer.unlinked', data: { stripe_customer_id: former } })
  return archive ? withEvent(told, moment, { type: 'customer.archived', data: { by: 'stripe' } }) : told
}

/** The document as it stands without its Stripe customer: nothing seen or agreed there counts any more. */
export function withoutLink(doc: CustomerDocument): CustomerDocument {
  const { stripe_id: former, returned: _, replaced: __, live_subscriptions: ___, ...rest } = doc
  return {
    ...rest,
    former_stripe_ids: [...doc.former_stripe_ids, ...(former === undefined ? [] : [former])],
    observed: [],
    base: [],
    stripe: null,
    gen: doc.gen + 1,
    pushes: [],
    obs: doc.obs + 1,
    seen: doc.wanted,
  }
}

/** Asks for a look: a number, since a look that began before the wish does not answer it. */
export function wanting(doc: CustomerDocument): CustomerDocument {
  return { ...doc, wanted: doc.wanted + 1 }
}

function calmed(doc: CustomerDocument): CustomerDocument {
  return { ...doc, next_attempt_at: null, tries: 0, waits: 0, last_error: null }
}

function openIntent(doc: CustomerDocument): Intent {
  if (!doc.intent) throw bug('no intent is open')
  return doc.intent
}

function agreed(doc: CustomerDocument, sent: readonly SentLeaf[]) {
  const base = treeOf(doc.base)
  for (const { k, v } of sent) {
    if (v === null) base.delete(k)
    else base.set(k, v)
  }
  return leavesOf(base)
}

function withPush(doc: CustomerDocument, intent: Intent, ok: boolean, now: number): CustomerDocument {
  const closed = { ...doc, intent: null }
  // Its echo came already and everything is known: there is nothing to wait for.
  if (ok && intent.echoed) return closed
  const { key, sent, expect } = intent
  // The look that an unknown outcome asks for (`wanted + 1`) begins after the echo, if that came first.
  const echo_wanted = intent.echoed ? doc.wanted + 1 : null
  const push: Push = { key, sent, expect, ok, ended_at: now, looked: false, echo_wanted }
  return { ...closed, pushes: [...doc.pushes, push] }
}
