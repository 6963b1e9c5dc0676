// Owns what a Stripe event does to a customer's document: it asks for a look, and an echo of our own push is
// examined for an edit that the push overwrote (PROTOCOL section 6). Pure.

import { fieldChanges } from '../customer/changes.ts'
import type { CustomerDocument, Push } from '../customer/document.ts'
import { withEmailOfStripe } from '../customer/email-claim.ts'
import { leavesOf, treeOf, withLeaf } from '../customer/tree.ts'
import { revised } from '../customer/seal.ts'
import { type Moment, withEvent } from '../event/outbox.ts'
import {
  isBare,
  isCreation,
  type StripeEventOutcome,
  type StripeEventRecord,
} from '../stripe/stripe-event.ts'
import {
  canonical,
  desiredTree,
  fixedLeaves,
  fromCanonical,
  isReserved,
  metadataPrefix,
  stored,
} from './canonical.ts'
import { proven, wanting } from './intent.ts'
import type { Policy } from './merge.ts'
import { withConflict } from './observe.ts'
import { withReplacedByEvent } from './replaced.ts'

export interface Noted {
  doc: CustomerDocument
  outcome: StripeEventOutcome
}

export interface Noting {
  event: StripeEventRecord
  /** The push of that key, where it no longer stands in the document. */
  keptPush: Push | null
  policyFor: (leaf: string) => Policy
}

/** The document with one Stripe event taken note of. */
export function noted(doc: CustomerDocument, noting: Noting, moment: Moment): Noted {
  const { event } = noting
  const intent = doc.intent
  const key = event.idempotency_key
  // A late word of a customer that was deleted there: it proves no create of a later generation, and revives nothing.
  if (event.stripe_customer_id !== null && doc.former_stripe_ids.includes(event.stripe_customer_id)) {
    return { doc, outcome: 'known' }
  }
  if (intent?.kind === 'create' && event.stripe_customer_id && doc.stripe_id === undefined) {
    const echoed = key !== null && intent.keys.includes(key)
    if (echoed || event.lockstep_id === doc._id) {
      const known = echoed ? { ...doc, intent: { ...intent, echoed } } : doc
      return { doc: proven(known, event.stripe_customer_id, moment), outcome: 'linked' }
    }
  }
  const previous = previousLeaves(event.previous_attributes)
  const wary = withReplacedByEvent(doc, event, previous, moment.now)
  const push = pushOf(wary, event, noting.keptPush)
  if (!push) return { doc: wanting(wary), outcome: 'looked' }
  const examined = withOverwritten(wary, push, { previous, policyFor: noting.policyFor }, moment)
  const ended = withoutEcho(examined, push.key)
  if (push.ok) return { doc: holdsReplaced(doc, push, previous) ? wanting(ended) : ended, outcome: 'echo' }
  // An update of unknown outcome may take effect after our look, so its echo must ask for one. The push stands until then,
  // also one that had moved to its own collection: unknown to the merge, what it sent would pass for somebody's edit.
  const asked = wanting(examined)
  const pushes = [...withoutEcho(asked, push.key).pushes, { ...push, echo_wanted: asked.wanted }]
  return { doc: { ...asked, pushes }, outcome: 'echo' }
}

/**
 * Must this event be fetched before it is noted? A thin one tells neither who caused it nor what it replaced, so one that may
 * be the echo of an update would hide an edit that the update overwrote. All others ask for a look whatever they would tell.
 */
export function mustFetch(doc: CustomerDocument, event: StripeEventRecord, now: number): boolean {
  if (!isBare(event) || event.type !== 'v1.customer.updated') return false
  if (event.idempotency_key !== null && !isEchoOfUpdate(event)) return false
  const waits = doc.intent?.kind === 'update' || doc.pushes.some(({ key }) => isUpdateKey(key))
  return waits || (doc.kept_pushes_until ?? 0) > now
}

/** True for an event that one of our updates caused, as far as it tells. */
export function isEchoOfUpdate({ idempotency_key: key }: StripeEventRecord): boolean {
  return key !== null && isUpdateKey(key)
}

function isUpdateKey(key: string): boolean {
  return key.startsWith('ls:update:')
}

/** The push that caused this event; an open intent counts as one that will end well. */
function pushOf(
  doc: CustomerDocument,
  event: StripeEventRecord,
  kept: Push | null,
): Push | (Pick<Push, 'key' | 'sent' | 'expect'> & { ok: true }) | null {
  // A Stripe customer is created once: if by us, this is the echo, whether the event tells the key or not.
  if (isCreation(event)) return doc.pushes.find(({ key }) => key.startsWith('ls:create:')) ?? null
  const { idempotency_key: key } = event
  // Not fetched: it has no old values to be examined, and the push stays for whatever brings them.
  if (key === null || isBare(event)) return null
  if (doc.intent?.key === key) return { ...doc.intent, ok: true }
  return doc.pushes.find((push) => push.key === key) ?? (kept?.key === key ? kept : null)
}

/**
 * What we hold for agreed is what this ended push of ours replaced: a value that nobody had told of yet, and that an old read
 * showed after it. A look tells what stands.
 */
function holdsReplaced(
  doc: CustomerDocument,
  push: Pick<Push, 'key' | 'sent'>,
  previous: ReadonlyMap<string, string | null>,
): boolean {
  if (doc.intent?.key === push.key) return false
  const base = treeOf(doc.base)
  return push.sent.some(({ k, v }) => {
    const replaced = previous.get(k)
    return replaced !== undefined && replaced !== v && stored(base, k) === replaced
  })
}

function withoutEcho(doc: CustomerDocument, key: string): CustomerDocument {
  if (doc.intent?.key === key) return { ...doc, intent: { ...doc.intent, echoed: true } }
  return { ...doc, pushes: doc.pushes.filter((push) => push.key !== key) }
}

function withOverwritten(
  doc: CustomerDocument,
  push: Pick<Push, 'key' | 'sent' | 'expect'> & { ok: boolean; looked?: boolean },
  { previous, policyFor }: Pick<Noting, 'policyFor'> & { previous: ReadonlyMap<string, string | null> },
  moment: Moment,
): CustomerDocument {
  let next = doc
  const base = treeOf(doc.base)
  for (const { k, v } of push.sent) {
    const lost = previous.get(k)
    const expected = push.expect.filter((leaf) => leaf.k === k).map((leaf) => leaf.v)
    const shown = expected.at(-1) ?? null
    // One that struck after both sides had agreed on something newer met no longer what it had been planned from: that very
    // value may have been put back by somebody.
    const outdated = !push.ok && push.looked === true && lost !== stored(base, k)
    if (lost === undefined || isReserved(k) || (lost === shown && !outdated) || lost === v) continue
    const edit = { key: push.key, k, lost, won: v }
    // An older push of ours was rolled forward under this one: not an edit to be put back. As somebody may have typed that
    // very value, it is on record.
    next = expected.includes(lost)
      ? withOneOverwritten(next, { ...edit, by: 'late_push' }, 'ours', moment)
      : withOneOverwritten(next, { ...edit, by: 'overwritten' }, policyFor(k), moment)
  }
  return next
}

function withOneOverwritten(
  doc: CustomerDocument,
  edit: { key: string; k: string; lost: string | null; won: string | null; by: 'overwritten' | 'late_push' },
  policy: Policy,
  moment: Moment,
): CustomerDocument {
  const { key, k, lost, won, by } = edit
  const desired = canonical(k, desiredTree(doc).get(k))
  if (desired === lost) return doc
  // While the intent is open its answer has still to move base; what is put back is pushed after that.
  const moved = doc.intent?.key === key || stored(treeOf(doc.base), k) === won
  const restore = policy === 'stripe' && desired === won && moved
  const id = `${key}:${k}`
  const winner = restore ? ('stripe' as const) : ('ours' as const)
  const known = doc.conflicts.some((conflict) => conflict.id === id)
  const record = restore ? { lost: won, won: lost } : { lost, won }
  const recorded = withConflict(doc, { id, k, ...record, winner, by }, moment)
  if (!restore || known) return recorded
  const tree = treeOf(recorded.desired)
  const desiredAgain = leavesOf(withLeaf(tree, k, fromCanonical(k, lost, tree.get(k))))
  const back = { ...recorded, desired: desiredAgain }
  const restored = k === 'email' ? withEmailOfStripe(back) : back
  const changes = fieldChanges(doc, restored)
  return withEvent(revised(restored, moment.now), moment, {
    type: 'customer.updated',
    data: { by: 'stripe', changes },
  })
}

/** `previous_attributes` as canonical leaves: only what stands in it, null where it was empty. */
export function previousLeaves(text: string | null): Map<string, string | null> {
  const leaves = new Map<string, string | null>()
  const previous: unknown = text === null ? null : JSON.parse(text)
  if (!isObject(previous)) return leaves
  for (const [name, value] of Object.entries(previous)) {
    if (name === 'metadata' && isObject(value)) {
      for (const [key, old] of Object.entries(value)) put(leaves, `${metadataPrefix}${key}`, old)
    } else walk(leaves, name, value)
  }
  return leaves
}

function walk(leaves: Map<string, string | null>, name: string, value: unknown): void {
  if (isObject(value)) {
    for (const [part, old] of Object.entries(value)) walk(leaves, `${name}.${part}`, old)
  } else if (fixedLeaves.includes(name)) {
    put(leaves, name, value)
  } else if (value === null) {
    // A whole object that was absent: every leaf below it was empty.
    for (const leaf of fixedLeaves) if (leaf.startsWith(`${name}.`)) leaves.set(leaf, null)
  }
}

function put(leaves: Map<string, string | null>, leaf: string, value: unknown): void {
  const list = Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : null
  leaves.set(leaf, canonical(leaf, list ?? (typeof value === 'string' ? value : null)))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
