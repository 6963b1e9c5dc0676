// Owns the leaves that a caller changed, and changed back to what was last agreed, before Stripe heard of it. Pure.
// By their values alone such a leaf passes for one that nobody touched here, and an edit at Stripe from before the caller's
// last word would win over it in silence. It is remembered until a look that began after that word.

import type { CustomerDocument } from '../customer/document.ts'
import { type Leaf, leafNames, treeOf } from '../customer/tree.ts'
import { canonical, stored } from './canonical.ts'

/** The document after a caller's change of `before`: a look is asked for where a leaf came back to what was agreed. */
export function withReturned(before: CustomerDocument, after: CustomerDocument): CustomerDocument {
  const changed = changedLeaves(before.desired, after.desired)
  if (changed.length === 0) return after
  const now = treeOf(after.desired)
  const agreed = agreedLeaves(after)
  return remembering(
    after,
    changed.filter((k) => agreed.some((values) => values(k) === canonical(k, now.get(k)))),
  )
}

/**
 * The document after an observation that began when callers wanted `began`. What they wrote since and Stripe showed already was
 * not written because Stripe showed it: an edit there may have come between the two.
 */
export function withMetHalfway(
  doc: CustomerDocument,
  began: readonly Leaf[],
  wished: readonly Leaf[],
): CustomerDocument {
  const [now, observed] = [treeOf(wished), treeOf(doc.observed)]
  const met = changedLeaves(began, wished).filter((k) => canonical(k, now.get(k)) === stored(observed, k))
  return remembering(doc, met)
}

function changedLeaves(before: readonly Leaf[], after: readonly Leaf[]): string[] {
  const [old, now] = [treeOf(before), treeOf(after)]
  return leafNames(old, now).filter((k) => canonical(k, old.get(k)) !== canonical(k, now.get(k)))
}

function remembering(doc: CustomerDocument, leaves: readonly string[]): CustomerDocument {
  if (leaves.length === 0) return doc
  const wanted = doc.wanted + 1
  const others = (doc.returned ?? []).filter(({ k }) => !leaves.includes(k))
  return { ...doc, wanted, returned: [...others, ...leaves.map((k) => ({ k, wanted }))] }
}

/** What both sides had last, and what they will have had once the open call is answered. */
function agreedLeaves(doc: CustomerDocument): ((leaf: string) => string | null | undefined)[] {
  const sent = new Map(doc.intent?.sent.map(({ k, v }) => [k, v]))
  const base = treeOf(doc.base)
  // Before the first look nothing was agreed.
  const looked = doc.stripe_id !== undefined && base.size > 0
  return [(k) => sent.get(k), ...(looked ? [(k: string) => stored(base, k)] : [])]
}

/** What is still to be remembered after a look that answers the wishes up to `lookedFor`; null: it was no look. */
export function stillReturned(doc: CustomerDocument, lookedFor: number | null): CustomerDocument['returned'] {
  const left = doc.returned?.filter(({ wanted }) => lookedFor === null || wanted > lookedFor) ?? []
  return left.length > 0 ? left : undefined
}
