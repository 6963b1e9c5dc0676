// Owns the decision what lane 2 does next for one customer (PROTOCOL section 3). Pure.
// Steps, in this order: resolve an open intent, look, purge, link, create, command, update, done. While an intent is open nothing
// else happens.

import {
  type AppliedOperation,
  type CustomerDocument,
  type SentLeaf,
  wantsLink,
} from '../customer/document.ts'
import { leafNames, type Tree, treeOf } from '../customer/tree.ts'
import { canonical, desiredTree, isReserved, stored, unmirrorable } from './canonical.ts'

export type Step =
  | { kind: 'resolve' }
  | { kind: 'look' }
  | { kind: 'purge' }
  | { kind: 'erase' }
  | { kind: 'link' }
  | { kind: 'create'; leaves: SentLeaf[] }
  | { kind: 'command'; operationId: string }
  | { kind: 'update'; leaves: SentLeaf[] }
  | { kind: 'done' }

/** The next step for this document. */
export function nextStep(doc: CustomerDocument): Step {
  if (doc.tombstone) return { kind: doc.tombstone.erased === false ? 'erase' : 'done' }
  if (doc.intent) return { kind: 'resolve' }
  if (doc.stripe_id !== undefined && doc.wanted > doc.seen) return { kind: 'look' }
  if (doc.purge) return { kind: 'purge' }
  if (doc.link) return { kind: 'link' }
  if (doc.stripe_id === undefined) {
    return wantsLink(doc) ? { kind: 'create', leaves: createLeaves(doc) } : { kind: 'done' }
  }
  const [operationId] = doc.commands ?? []
  if (operationId !== undefined) return { kind: 'command', operationId }
  const leaves = updateLeaves(doc)
  return leaves.length > 0 ? { kind: 'update', leaves } : { kind: 'done' }
}

/** Would this step send something to Stripe? What does not is a look, or book-keeping of ours. */
export function sends(step: Step, doc: CustomerDocument): boolean {
  switch (step.kind) {
    case 'resolve':
    case 'create':
    case 'command':
    case 'update':
      return true
    case 'purge':
      return doc.stripe_id !== undefined
    case 'look':
    case 'link':
    case 'erase':
    case 'done':
      return false
  }
}

/** Both sides agree, or differ only where that is on record; nothing is under way. */
export function inStep(doc: CustomerDocument): boolean {
  return nextStep(doc).kind === 'done'
}

/** Anything that a worker must still do for this document, lane 2 or book-keeping. */
export function isDue(doc: CustomerDocument): boolean {
  return doc.outbox.length > 0 || doc.applied.some(isMarkable) || !inStep(doc)
}

/** An operation whose record can be marked: it does not wait for Stripe. */
export function isMarkable({ waiting }: AppliedOperation): boolean {
  return !waiting
}

/** A leaf whose two sides may differ, and why. */
export interface HeldLeaf {
  k: string
  reason: string
  /** true: Stripe said no; false: it has no form that Stripe takes. */
  refused: boolean
}

/** The fields that are neither pushed nor counted as drift. */
export function heldLeaves(doc: CustomerDocument): HeldLeaf[] {
  const desired = desiredTree(doc)
  const base = treeOf(doc.base)
  const held: HeldLeaf[] = [...unmirrorable(desired, base)]
    .filter(([k]) => canonical(k, desired.get(k)) !== stored(base, k))
    .map(([k, reason]) => ({ k, reason, refused: false }))
  for (const { k, v, code } of doc.refused) {
    // Stripe may have come to hold it after all: nothing is held where both sides agree.
    const stands = canonical(k, desired.get(k)) === v && v !== stored(base, k)
    if (stands) held.push({ k, reason: code, refused: true })
  }
  return held
}

/** The refusals that still stand: leaf → the value that Stripe would not take. */
export function standingRefusals(doc: CustomerDocument): Map<string, string | null> {
  const desired = desiredTree(doc)
  return new Map(
    doc.refused.filter(({ k, v }) => canonical(k, desired.get(k)) === v).map(({ k, v }) => [k, v]),
  )
}

function createLeaves(doc: CustomerDocument): SentLeaf[] {
  const desired = desiredTree(doc)
  const sendable = sendableLeaves(doc, desired).filter(({ v }) => v !== null)
  // After a refusal that named no field, the create carries our marks alone and the fields follow one by one.
  return doc.one_leaf ? sendable.filter(({ k }) => isReserved(k)) : wholeShipping(sendable, desired)
}

function updateLeaves(doc: CustomerDocument): SentLeaf[] {
  const desired = desiredTree(doc)
  const base = treeOf(doc.base)
  const changed = sendableLeaves(doc, desired, base).filter(({ k, v }) => v !== stored(base, k))
  if (changed.length === 0) return []
  if (!doc.one_leaf) return wholeShipping(changed, desired)
  // What is cleared goes first: with 50 metadata entries at Stripe, a place must be free before it is taken.
  const first = changed.find(({ v }) => v === null) ?? changed[0]
  return wholeShipping(first ? [first] : [], desired)
}

function sendableLeaves(doc: CustomerDocument, desired: Tree, base: Tree = new Map()): SentLeaf[] {
  const held = new Set(heldLeaves(doc).map(({ k }) => k))
  return leafNames(desired, base)
    .filter((k) => !held.has(k))
    .map((k) => ({ k, v: canonical(k, desired.get(k)) }))
}

/** Stripe takes shipping as a whole: if one of its leaves travels, all of them do. */
function wholeShipping(leaves: SentLeaf[], desired: Tree): SentLeaf[] {
  if (!leaves.some(({ k }) => k.startsWith('shipping.'))) return leaves
  const rest = leaves.filter(({ k }) => !k.startsWith('shipping.'))
  const names = leafNames(desired, treeOf(leaves)).filter((k) => k.startsWith('shipping.'))
  return [...rest, ...names.map((k) => ({ k, v: canonical(k, desired.get(k)) }))]
}
